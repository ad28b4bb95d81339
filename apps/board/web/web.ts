import type { FastifyReply, FastifyRequest } from "fastify";
import { pages } from "seamline";
import { accountPages } from "./account.ts";
import { commentPages } from "./comments.ts";
import { Failure, failurePage, messagePage } from "./failures.ts";
import { comesFromHere } from "./guard.ts";
import { homePages } from "./home.ts";
import { postPages } from "./posts.ts";
import type { Handler, Pages } from "./routes.ts";
import { SessionCache } from "./session.ts";
import { signInPages } from "./signin.ts";
import { serveFiles } from "./static.ts";
import { uses } from "./uses.ts";
import { bareVisit, openVisit, type Desk } from "./visit.ts";
import { writePages } from "./write.ts";

/** The board's pages. They keep nothing but a cache of sessions, and work without browser script. */

const parts: readonly Pages[] = [homePages, signInPages, writePages, postPages, commentPages, accountPages];

export default pages("board-web", {
  uses,
  plugin(fastify, site) {
    const desk: Desk = { site, files: serveFiles(fastify), cache: new SessionCache() };
    const visiting = (handler: Handler) => async (request: FastifyRequest, reply: FastifyReply) =>
      handler(await openVisit(desk, request, reply));

    fastify.addHook("onRequest", async (request, reply) => {
      if (["GET", "HEAD", "OPTIONS"].includes(request.method) || comesFromHere(request.headers)) return;
      const visit = bareVisit(desk, request, reply);
      return visit.show(messagePage(visit, visit.text.forbiddenPage, visit.text.crossSite, "cross-site"), 403);
    });
    fastify.setErrorHandler((error, request, reply) => {
      const visit = bareVisit(desk, request, reply);
      const failure = new Failure(error, visit.context.traceId);
      const { status, traceId } = failure;
      if (status >= 500) visit.context.log.error({ err: error, status, traceId, path: visit.address }, "a page failed");
      return visit.show(failurePage(visit, failure), status);
    });
    fastify.setNotFoundHandler(
      visiting((visit) =>
        visit.show(messagePage(visit, visit.text.notFound, visit.text.notFoundWhy, "not-found"), 404),
      ),
    );

    for (const part of parts)
      part({
        get: (path, handler) => void fastify.get(path, visiting(handler)),
        post: (path, handler) => void fastify.post(path, visiting(handler)),
      });
  },
});
