import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { pages, type Contract, type Pages } from "seamline";
import { accountPages } from "./account.ts";
import { Failure, failurePage, messagePage } from "./failures.ts";
import { comesFromHere } from "./guard.ts";
import { createLocales, type Language } from "./language.ts";
import type { Layout } from "./layout.ts";
import type { Answer, Part } from "./routes.ts";
import { SessionCache } from "./session.ts";
import { signInPages } from "./signin.ts";
import type { SharedTexts } from "./site-texts.ts";
import { serveFiles } from "./static.ts";
import type { SharedUses } from "./uses.ts";
import { bareVisit, openVisit, type Desk, type Visit } from "./visit.ts";

/**
 * What two sites share: requests, sessions, forms, the frame of a page, signing in, the account. A site is made of:
 *
 * 1. `uses.ts`: the modules its pages ask, `accounts` among them.
 * 2. `text.ts`: `siteTexts({ ko, en })` with the words of `SiteWords` and its own, `const en: typeof ko`. `done` and
 *    `forbidden` join the shared ones; any other shared text that is given anew replaces it.
 * 3. `visit.ts`: `type Visit = shared.Visit<typeof uses, Texts>` and `type Part = routes.Part<Visit>`.
 * 4. A file for each group of pages: `export const listingPages: Part = ({ get, post }) => { get("/listings/:number",
 *    async (visit) => visit.show({ title, body: html`…` })) }`. What may be missing is asked by `visit.context.part`.
 * 5. Forms: `submit(visit, { values, check, call, explain })` says ok, and then `visit.go(path, "a key of done")`; or gives
 *    the state to show again with `summary`, `hidden`, `inputField`, `textArea`, `selectField`, `checkField`. `callKey`
 *    makes the call's idempotency key. `confirmPage` asks before something is taken away; `visit.signInFirst(path)`.
 * 6. An upload has its parser from `prepare`, reads its fields itself, and gives the one called `token` to
 *    `submit(visit, { token })` or `visit.checkTicket(token)`. What is no page is sent with `visit.reply`.
 * 7. `assets/`: stylesheets, scripts and pictures, served at addresses that change with their content, and linked after
 *    `base.css` and `forms.js` where `layout` names them. A site's `:root` may set anew what base.css has in its own.
 * 8. `web.ts`: `export default sitePages("stay-web", { uses, texts, assets, layout, start, parts })`.
 */

export interface SiteDefinition<U extends SharedUses, T extends SharedTexts> {
  readonly uses: U;
  /** From `siteTexts`. */
  readonly texts: Readonly<Record<Language, T>>;
  /** The folder with the site's own stylesheets, scripts and pictures, ending in "/". */
  readonly assets: URL;
  readonly layout: Layout<Visit<U, T>>;
  /** The page where the site's own matter begins, such as "/board": where signing in leads to. */
  readonly start: string;
  readonly parts: readonly Part<Visit<U, T>>[];
  /** Gives Fastify what only this site's pages need, such as a parser for uploads. */
  prepare?(fastify: FastifyInstance): PromiseLike<unknown> | void;
}

const sharedAssets = new URL("./assets/", import.meta.url);
const reading: readonly string[] = ["GET", "HEAD", "OPTIONS"];

/** A site's pages. They keep nothing but a cache of sessions, and work without browser script. */
export function sitePages<
  U extends SharedUses & Readonly<Record<string, Contract<string, any>>>,
  T extends SharedTexts,
>(name: string, { uses, texts, assets, layout, start, parts, prepare }: SiteDefinition<U, T>): Pages {
  return pages(name, {
    uses,
    async plugin(fastify, site) {
      await prepare?.(fastify);
      const files = serveFiles(fastify, [sharedAssets, assets]);
      const desk: Desk<U, T> = { site, files, layout, start, cache: new SessionCache(), locales: createLocales(texts) };
      const visiting =
        (handler: (visit: Visit<U, T>) => Answer) => async (request: FastifyRequest, reply: FastifyReply) =>
          handler(await openVisit(desk, request, reply));

      fastify.addHook("onRequest", async (request, reply) => {
        if (reading.includes(request.method) || comesFromHere(request.headers)) return;
        const visit = bareVisit(desk, request, reply);
        return visit.show(messagePage(visit, visit.text.forbiddenPage, visit.text.crossSite, "cross-site"), 403);
      });
      fastify.setErrorHandler((error, request, reply) => {
        const visit = bareVisit(desk, request, reply);
        const failure = new Failure(error, visit.context.traceId);
        const { status, traceId } = failure;
        if (status >= 500)
          visit.context.log.error({ err: error, status, traceId, path: visit.address }, "a page failed");
        return visit.show(failurePage(visit, failure), status);
      });
      fastify.setNotFoundHandler(
        visiting((visit) =>
          visit.show(messagePage(visit, visit.text.notFound, visit.text.notFoundWhy, "not-found"), 404),
        ),
      );

      for (const part of [signInPages, ...parts, accountPages])
        part({
          get: (path, handler) => void fastify.get(path, visiting(handler)),
          post: (path, handler) => void fastify.post(path, visiting(handler)),
          file: (path, handler) => void fastify.get(path, (request, reply) => handler(bareVisit(desk, request, reply))),
        });
    },
  });
}
