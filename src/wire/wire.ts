import type { TransportCode } from "../contract/errors.ts";

/** The front door of the wire room: calls between processes. Nothing here knows what a module is. */

/** Where a process listens: "unix:/path.sock" or "tcp:127.0.0.1:4100". */
export type Address = string;

/** What goes with a call. */
export interface CallMeta {
  /** The calling module. */
  readonly from: string;
  /** W3C traceparent: "00-<32 hex>-<16 hex>-01". */
  readonly traceparent: string;
  /** The signed identity of the user; "" for none. */
  readonly identity: string;
  /** Idempotency key; "" for none. */
  readonly key: string;
}

/** How a call failed on the other side. `data` is the wire's JSON text, "" for none. */
export interface WireFailure {
  readonly origin: "contract" | "transport";
  readonly code: string;
  readonly message: string;
  readonly data: string;
  readonly traceId: string;
}

/** A call as the server side sees it. Exactly one of `reply` and `fail` is called, once; a second is ignored. */
export interface IncomingCall {
  /** "module.operation". */
  readonly operation: string;
  /** The decoded JSON of the input; tagged forms are still tagged. */
  readonly input: unknown;
  readonly meta: CallMeta;
  /** On this process's `monotonicMs()`; Infinity for none. */
  readonly deadline: number;
  /** Set by the receiver: called once when the caller cancels or its link breaks. */
  oncancel: (() => void) | null;
  /** @param output JSON text of the result; "" for nothing */
  reply(output: string): void;
  fail(failure: WireFailure): void;
}

export interface WireServerOptions {
  readonly address: Address;
  /** The deployment's secret (32 bytes). A link that cannot prove that it knows it is refused. */
  readonly secret: Buffer;
  /** This process, for the other side's messages: "board#0". */
  readonly name: string;
  /** Frames above this end the link. Default 16 MiB. */
  readonly maxFrameBytes?: number;
  receive(call: IncomingCall): void;
  warn(message: string, data: object): void;
}

export interface WireServer {
  readonly address: Address;
  /** Tells every link to send nothing more, and waits until calls in hand are answered or the deadline passes. */
  drain(deadline: number): Promise<void>;
  /** Ends all links. May be called twice. */
  close(): Promise<void>;
}

export interface OutgoingCall {
  readonly operation: string;
  /** JSON text of the input; "" for nothing. */
  readonly input: string;
  readonly meta: CallMeta;
  /** On `monotonicMs()`; Infinity for none. */
  readonly deadline: number;
  readonly signal: AbortSignal | null;
  /** On whose behalf it is made: `deadlines.abandon(owner)` cancels it. */
  readonly owner: object | null;
}

/** How a call ended. `code` is null on success, and then `value` is the decoded JSON (tagged forms still tagged). */
export type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | {
      readonly ok: false;
      readonly origin: "contract" | "transport";
      readonly code: TransportCode | (string & {});
      readonly message: string;
      /** Decoded JSON, tagged forms still tagged. */
      readonly data: unknown;
      readonly traceId: string;
      /** Whether the call certainly never reached a handler, so that even an unkeyed command may be sent again. */
      readonly unsent: boolean;
    };

/** All endpoints of one destination (a module's replicas): chooses one, watches it, retries nothing. */
export interface Destination {
  /** Replaces the endpoints; links to those that left are drained. */
  endpoints(addresses: readonly Address[]): void;
  /** Never rejects, and settles within the deadline + 50 ms whatever the other side does. */
  call(call: OutgoingCall): Promise<Outcome>;
  /** For status: per endpoint, its address, link state, calls in flight, breaker state. */
  status(): readonly {
    address: Address;
    link: "open" | "connecting" | "down";
    inFlight: number;
    breaker: "closed" | "open" | "half-open";
  }[];
  close(): Promise<void>;
}

export interface DestinationOptions {
  readonly secret: Buffer;
  /** This process: "web#0". */
  readonly name: string;
  /** The destination's name, for messages. */
  readonly to: string;
  /** naive: no breaker. */
  readonly guards: "guarded" | "naive";
  readonly maxFrameBytes?: number;
  /** A link that is refused or breaks the protocol is said here; a process that is merely away is not. */
  warn?(message: string, data: object): void;
}
