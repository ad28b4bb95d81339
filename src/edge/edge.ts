import type { Operation } from "../contract/contract.ts";
import type { Log } from "../module/module.ts";
import type { PageContext, Pages } from "../module/pages.ts";

/** The front door of the edge room: one process's HTTP port. The kernel implements `EdgeHost`. */

export interface RequestScope {
  /** ms from now until calls made for this request end; Infinity for none. */
  readonly deadlineMs: number;
  /** Fires when the client goes away before it has its answer. Made when it is first asked for. */
  readonly signal: AbortSignal;
  /** Incoming W3C traceparent, "" for none (the kernel then begins a trace). */
  readonly traceparent: string;
  /** Told the names of parts that were answered by their fallback. */
  degraded(part: string): void;
}

export interface EdgeHost {
  readonly app: string;
  readonly process: string;
  readonly guards: "guarded" | "naive";
  /** Operations of this process's modules that have an `http` route. */
  readonly operations: readonly Operation[];
  readonly pages: readonly Pages[];
  /** A deployment-wide secret for signing form tokens, 32 bytes. */
  readonly secret: Buffer;
  /**
   * Calls one of `operations`. `bearer` is a session token ("" for none), turned into a user by the app's identity
   * operation; `key` the Idempotency-Key header ("" for none). Rejects with CallError.
   */
  call(operation: Operation, input: unknown, scope: RequestScope, bearer: string, key: string): Promise<unknown>;
  /** A context for one request of one of `pages`. Asked once a request. */
  pageContext(pages: Pages, scope: RequestScope): PageContext;
  /** The HTTP port of the process that holds a module; null where it has none. */
  portOf(module: string): number | null;
  /** What `/readyz` says: per part of this process, "ready" or why not. */
  health(): { ready: boolean; parts: Record<string, string> };
  log: Log;
}

export interface EdgeOptions {
  /** 0: any free port. */
  readonly port: number;
  /** Default "127.0.0.1". */
  readonly host?: string;
  /**
   * Whether browsers reach this port over https, through a proxy that ends TLS. Then HSTS is sent, and URLs of other
   * processes are https. Default false: headers such as X-Forwarded-Proto are never believed.
   */
  readonly secure?: boolean;
}

export interface Edge {
  readonly port: number;
  /**
   * Answers for another host from now on, on the same port; requests in hand end as they began.
   *
   * @throws SeamlineError `app_invalid`, `start_failed`: it answers as before
   */
  renew(host: EdgeHost): Promise<void>;
  /** Stops taking requests, waits for those in hand until the deadline (on `monotonicMs()`), closes. May be called twice. */
  close(deadline: number): Promise<void>;
}

/**
 * Opens the process's HTTP port. Fastify is loaded by this call, so a process without a port never pays for it.
 *
 * @throws SeamlineError `port_in_use`; `app_invalid` when two routes clash; `start_failed` when pages cannot register
 */
export async function startEdge(host: EdgeHost, options: EdgeOptions): Promise<Edge> {
  const { serve } = await import("./server.ts");
  return serve(host, options);
}
