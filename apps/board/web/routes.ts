import type { FastifyReply } from "fastify";
import type { Visit } from "./visit.ts";

/** A handler answers the visit. A reply is awaited until it is sent, so what it resolves to says nothing. */
export type Answer = FastifyReply | Promise<unknown>;
export type Handler = (visit: Visit) => Answer;

/** How a file of pages adds its addresses. */
export interface Router {
  readonly get: (path: string, handler: Handler) => void;
  readonly post: (path: string, handler: Handler) => void;
}

export type Pages = (router: Router) => void;
