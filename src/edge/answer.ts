import { randomBytes } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Log } from "../module/module.ts";
import { prefersHtml, traceparentOf } from "./headers.ts";
import { errorPage } from "./page.ts";
import { headersOf, httpProblem, problemOf, type Problem } from "./problem.ts";
import { apiHeaders } from "./security.ts";

/** Answers with errors: problem+json, or a page for a client that prefers one. */
export class Answers {
  readonly #log: Log;
  readonly #headers: Record<string, string>;

  constructor(log: Log, secure: boolean) {
    this.#log = log;
    this.#headers = apiHeaders(secure);
  }

  /** @param html whether a client that prefers HTML gets it */
  error(error: unknown, request: FastifyRequest, reply: FastifyReply, html: boolean): FastifyReply {
    const found = problemOf(error);
    const traceId = found.traceId || traceparentOf(request.headers).slice(3, 35) || randomBytes(16).toString("hex");
    const problem = { ...found, traceId };
    if (problem.status >= 500) this.#logFailure(error, problem, request);
    return this.problem(problem, request, reply, html);
  }

  notFound(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const problem = httpProblem(404, `nothing answers ${request.method} ${pathOf(request)}`);
    return this.problem(problem, request, reply, true);
  }

  problem(problem: Problem, request: FastifyRequest, reply: FastifyReply, html: boolean): FastifyReply {
    // Pages have headers of their own by now; what failed before any hook ran has none.
    if (!reply.hasHeader("content-security-policy")) reply.headers(this.#headers);
    reply.code(problem.status).headers(headersOf(problem)).header("cache-control", "no-store");
    if (problem.traceId !== "") reply.header("x-trace-id", problem.traceId);
    if (html) reply.header("vary", "accept");
    if (html && prefersHtml(request.headers))
      return reply.type("text/html; charset=utf-8").send(errorPage(problem.status, problem.traceId));
    return reply.type("application/problem+json").send(textOf(problem, pathOf(request)));
  }

  #logFailure(error: unknown, problem: Problem, request: FastifyRequest): void {
    const { status, code, traceId } = problem;
    const fields = { method: request.method, path: pathOf(request), status, code, traceId, err: error };
    this.#log.error(fields, "a request failed");
  }
}

/** A problem as JSON text. An empty trace id is left out. */
export function textOf(problem: Problem, instance?: string): string {
  const { traceId, data, ...rest } = problem;
  return JSON.stringify({ ...rest, instance, ...(traceId === "" ? {} : { traceId }), data });
}

/** Without the query string, which may hold what does not belong into a log. */
export function pathOf(request: FastifyRequest): string {
  const { url } = request.raw;
  const query = url!.indexOf("?");
  return query === -1 ? url! : url!.slice(0, query);
}
