import type { FastifyInstance, FastifyRequest } from "fastify";
import type { PageContext, Site } from "../module/pages.ts";
import { hostnameOf } from "./headers.ts";

/** A WHATWG fetch handler: what Hono, h3, SvelteKit, Remix and many others can give. */
export type FetchHandler<U> = (request: Request, context: PageContext<U>) => Response | Promise<Response>;

/**
 * Turns a fetch handler into the plugin of pages. It is asked for every address that no contract's route takes, and
 * its answer goes out as it is, streams included; a body may have 1 MiB. Its own Content-Security-Policy header, where
 * it sends one, stands in place of the edge's strict one.
 *
 * @example pages("shop", { uses: { board }, plugin: fetchHandler((request, context) => hono.fetch(request, context)) })
 */
export function fetchHandler<U = Record<never, never>>(
  handler: FetchHandler<U>,
): (fastify: FastifyInstance, site: Site<U>) => Promise<void> {
  return async (fastify, site) => {
    await fastify.register(async (scope) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
      scope.all("/*", async (request, reply) => {
        const context = site.context(request, reply);
        const response = await handler(toRequest(request, context.signal, site.secure), context);
        return reply.send(response);
      });
    });
  };
}

function toRequest(request: FastifyRequest, signal: AbortSignal, secure: boolean): Request {
  const headers = new Headers();
  const { rawHeaders, method, url } = request.raw;
  for (let index = 0; index < rawHeaders.length; index += 2) headers.append(rawHeaders[index]!, rawHeaders[index + 1]!);
  // An address that starts with two slashes would otherwise name another host.
  const address = new URL(
    `${secure ? "https" : "http"}://${hostnameOf(request.headers) === null ? "localhost" : request.host}`,
  );
  const [path, ...query] = url!.split("?");
  address.pathname = path!;
  address.search = query.join("?");
  const body = ["GET", "HEAD"].includes(method!) ? undefined : (request.body as Buffer<ArrayBuffer> | undefined);
  return new Request(address, { method: method!, headers, signal, body: body ?? null });
}
