import type { FastifyReply } from "fastify";
import type { Visit } from "./visit.ts";

/** A handler answers the visit. A reply is awaited until it is sent, so what it resolves to says nothing. */
export type Answer = FastifyReply | Promise<unknown>;
type Handler<V> = (visit: V) => Answer;

/** How a file of pages adds its addresses. */
interface Router<V> {
  readonly get: (path: string, handler: Handler<V>) => void;
  readonly post: (path: string, handler: Handler<V>) => void;
  /** For what everybody gets alike, such as pictures: nobody is asked who the visitor is. */
  readonly file: (path: string, handler: Handler<V>) => void;
}

/** One file of pages. */
export type Part<V = Visit> = (router: Router<V>) => void;
