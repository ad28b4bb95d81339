import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Client, Contract } from "../contract/contract.ts";
import { SeamlineError } from "../contract/errors.ts";
import type { Caller, Log } from "./module.ts";

/**
 * Pages are what a person's browser talks to: a Fastify plugin (or any fetch handler) that asks modules and keeps
 * nothing. They are placed by the topology like a module, under their own name.
 */

type Uses = Record<string, Contract<string, any>>;

/** What one HTTP request may use: clients whose calls carry the request's deadline, trace and identity. */
export type PageContext<U = Record<never, never>> = {
  readonly [K in keyof U]: Client<U[K]>;
} & {
  readonly caller: Caller;
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly traceId: string;
  now(): Date;
  /** The same context on behalf of the user whom `identity` (a token that the identity module issued) names. */
  as(identity: string | null): PageContext<U>;
  /**
   * Asks for a part of the page that may be missing. If the module cannot answer (`isAbsence`), the page goes on with
   * `fallback(error)` and the reply says so in its `x-degraded` header. Other errors are thrown. In a naive topology
   * there are no fallbacks: every error is thrown.
   */
  part<T, F>(name: string, call: () => Promise<T>, fallback: (error: Error) => F): Promise<T | F>;
};

export interface Site<U> {
  /** The context of a request. Calls end with the request's deadline (default 5 s) or when the client goes away. */
  readonly context: (request: FastifyRequest, reply: FastifyReply) => PageContext<U>;
  /** Base URLs of other processes' HTTP ports, for links and for browser code, by module name: "http://host:8080". */
  readonly urlOf: (module: string, request: FastifyRequest) => string | null;
  /** Whether people reach these pages over https. */
  readonly secure: boolean;
  /** A secret of the deployment for signing form tokens, 32 bytes; the same in every process and after a restart. */
  readonly secret: Buffer;
}

export interface PagesDefinition<U extends Uses> {
  uses?: U;
  /** Registers routes. */
  plugin(fastify: FastifyInstance, site: Site<U>): Promise<void> | void;
}

export interface Pages {
  readonly type: "pages";
  readonly name: string;
  readonly uses: Readonly<Record<string, Contract>>;
  readonly plugin: (fastify: FastifyInstance, site: Site<any>) => Promise<void> | void;
}

/** Declares pages. @throws SeamlineError `module_invalid` */
export function pages<U extends Uses = {}>(name: string, definition: PagesDefinition<U>): Pages {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name))
    throw new SeamlineError(
      "module_invalid",
      `pages "${name}": the name must be lower-case words joined by hyphens, such as "board-web"`,
    );
  if (typeof definition.plugin !== "function")
    throw new SeamlineError("module_invalid", `pages "${name}": plugin must be a function (fastify, site)`);
  return Object.freeze({ type: "pages", name, uses: definition.uses ?? {}, plugin: definition.plugin });
}
