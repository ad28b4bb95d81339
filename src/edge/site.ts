import cookie from "@fastify/cookie";
import formbody from "@fastify/formbody";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { nameOf } from "../contract/contract.ts";
import { SeamlineError } from "../contract/errors.ts";
import type { PageContext, Pages, Site } from "../module/pages.ts";
import type { Answers } from "./answer.ts";
import { tagAndCompress } from "./compress.ts";
import type { EdgeHost } from "./edge.ts";
import { hostnameOf, prefersHtml } from "./headers.ts";
import { HttpScope, pageDeadlineMs } from "./scope.ts";
import { pageHeaders, pagePolicy } from "./security.ts";

/**
 * Pages: each in its own Fastify scope, with cookies, form bodies, ETags and a strict content security policy.
 *
 * A page handler that throws is answered by the edge's own error page, unless the pages set an error handler. The same
 * holds for unknown addresses: the first pages of a process that set a not-found handler answer people with it, while
 * other clients get problem+json from the edge in any case.
 *
 * @returns whether some pages answer unknown addresses
 */
export async function sites(
  fastify: FastifyInstance,
  host: EdgeHost,
  answers: Answers,
  secure: boolean,
): Promise<boolean> {
  const owners = new Map<string, Pages>();
  const headers = pageHeaders(secure);
  await fastify.register(async (common) => {
    await common.register(cookie, { secret: host.secret });
    await common.register(formbody);
    await tagAndCompress(common);
    for (const pages of host.pages)
      await common.register(async (scope) => {
        const site = new PagesSite(host, pages, secure);
        scope.addHook("onRequest", (request, reply, done) => {
          reply.headers(headers).header("content-security-policy", pagePolicy(site.origins(request)));
          done();
        });
        shareNotFound(scope, pages, owners, answers);
        await start(pages, scope, site);
      });
  });
  return owners.has("/");
}

async function start(pages: Pages, scope: FastifyInstance, site: Site<any>): Promise<void> {
  try {
    await pages.plugin(scope, site);
  } catch (cause) {
    if (cause instanceof SeamlineError) throw cause;
    const { code, message = String(cause) } = cause as Partial<Error & { code: string }>;
    if (code === "FST_ERR_DUPLICATED_ROUTE")
      throw new SeamlineError(
        "app_invalid",
        `pages "${pages.name}": another part of this process has the same address: ${message}; change one`,
        { cause },
      );
    throw new SeamlineError("start_failed", `pages "${pages.name}" did not start: ${message}`, { cause });
  }
}

class PagesSite implements Site<any> {
  readonly secure: boolean;
  readonly secret: Buffer;
  readonly #host: EdgeHost;
  readonly #pages: Pages;
  /** One context a request, however often it is asked for: its calls share a trace and a deadline. */
  readonly #contexts = new WeakMap<FastifyRequest, PageContext<any>>();

  constructor(host: EdgeHost, pages: Pages, secure: boolean) {
    this.#host = host;
    this.#pages = pages;
    this.secure = secure;
    this.secret = host.secret;
  }

  // Arrow functions, so that pages may take them out of the site.
  readonly context: Site<any>["context"] = (request, reply) => {
    const known = this.#contexts.get(request);
    if (known !== undefined) return known;
    const deadlineMs = this.#host.guards === "naive" ? Infinity : pageDeadlineMs;
    const context = this.#host.pageContext(this.#pages, new HttpScope(request, reply, deadlineMs)) as PageContext<any>;
    this.#contexts.set(request, context);
    return context;
  };

  readonly urlOf: Site<any>["urlOf"] = (module, request) => {
    const port = this.#host.portOf(module);
    const hostname = hostnameOf(request.headers);
    return port === null || hostname === null ? null : `${this.secure ? "https" : "http"}://${hostname}:${port}`;
  };

  /** Origins that the pages' browser code may ask: of the modules that the pages declare, and of no others. */
  origins(request: FastifyRequest): string[] {
    const urls = Object.values(this.#pages.uses).map((uses) => this.urlOf(nameOf(uses), request));
    return [...new Set(urls.filter((url) => url !== null))];
  }
}

/** Lets pages set a not-found handler that answers people only, the first pages of a process for all its addresses. */
function shareNotFound(scope: FastifyInstance, pages: Pages, owners: Map<string, Pages>, answers: Answers): void {
  type NotFound = (this: FastifyInstance, ...given: any[]) => FastifyInstance;
  const { setNotFoundHandler: set } = scope as { setNotFoundHandler: NotFound };
  const shared: NotFound = function (...given) {
    const prefix = this.prefix || "/";
    const owner = owners.get(prefix) ?? pages;
    // Pages alone in their process may set one, so together with others they may as well; one of them is asked.
    if (owner !== pages) return this;
    owners.set(prefix, pages);
    const handler = given.findLast((one) => typeof one === "function");
    const people = typeof handler !== "function" ? undefined : handler.bind(this);
    const options = typeof given[0] === "object" && given[0] !== null ? [given[0]] : [];
    return set.call(this, ...options, (request: FastifyRequest, reply: any) =>
      people !== undefined && prefersHtml(request.headers) ? people(request, reply) : answers.notFound(request, reply),
    );
  };
  scope.setNotFoundHandler = shared as FastifyInstance["setNotFoundHandler"];
}
