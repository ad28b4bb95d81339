import type { FastifyReply, FastifyRequest } from "fastify";
import type { RequestScope } from "./edge.ts";
import { traceparentOf } from "./headers.ts";

/** One request's deadline, trace and cancellation. The signal is made only when asked for: most requests never need it. */
export class HttpScope implements RequestScope {
  readonly deadlineMs: number;
  readonly traceparent: string;
  readonly #reply: FastifyReply;
  #controller: AbortController | null = null;
  #parts: Set<string> | null = null;

  constructor(request: FastifyRequest, reply: FastifyReply, deadlineMs: number) {
    this.deadlineMs = deadlineMs;
    this.traceparent = traceparentOf(request.headers);
    this.#reply = reply;
  }

  get signal(): AbortSignal {
    if (this.#controller !== null) return this.#controller.signal;
    const controller = (this.#controller = new AbortController());
    const { raw } = this.#reply;
    const gone = (): void => {
      if (!raw.writableEnded) controller.abort();
    };
    if (raw.closed || raw.destroyed) gone();
    else raw.once("close", gone);
    return controller.signal;
  }

  degraded(part: string): void {
    this.#parts ??= new Set();
    this.#parts.add(encodeURIComponent(part));
    // A part that fails while the body streams is too late for a header, and must not fail the stream.
    if (!this.#reply.raw.headersSent) this.#reply.header("x-degraded", [...this.#parts].join(", "));
  }
}

/** Time that one page request's calls have, in ms. Longer keeps people waiting for what will not come. */
export const pageDeadlineMs = 5000;
