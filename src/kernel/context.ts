import { hash as cryptoHash } from "node:crypto";
import { deadlines, monotonicMs, type Expiring } from "../contract/deadline.ts";
import { CallError, SeamlineError, transportError } from "../contract/errors.ts";
import type { Bound, UnitOfWork } from "../data/data.ts";
import type { Caller } from "../module/module.ts";
import type { BoundOperation } from "./operation.ts";
import type { Origin } from "./trace.ts";

/**
 * One call in flight, and at the same time all that its handler is given.
 *
 * A context is made for every call, so it holds a handful of fields; whatever a handler may ask for beyond them is a
 * getter on the prototype that costs nothing unless it is read. The getters are written once per module, by
 * `contextClass`. It is also the entry in the deadline queue, so that holding a call to its deadline takes no object.
 */
export class CallContext implements Expiring, Bound {
  /** The way it came; told when it ends. */
  declare readonly via: Via;
  declare readonly operation: BoundOperation | null;
  declare readonly deadline: number;
  /** The context that made this call; null for the first of a request. */
  declare readonly parent: CallContext | null;
  declare readonly origin: Origin;
  /** The input as it was given, for another try. */
  declare readonly given: unknown;
  /** How the caller's promise is settled; null once it is. */
  declare resolve: Resolve | null;
  declare reject: Reject | null;
  declare unit: UnitOfWork | null;
  /** Why the call was stopped before it was done; null if it was not. */
  declare over: CallError | null;
  declare slot: number;
  /** Made by `rare`. */
  declare protected rareParts: Rare | null;

  // `declare` above, because a declared field would first be set to undefined: writing each once makes a context cheap.
  constructor(
    via: Via,
    operation: BoundOperation | null,
    deadline: number,
    parent: CallContext | null,
    origin: Origin,
    key: string,
    given: unknown,
    resolve: Resolve | null,
    reject: Reject | null,
  ) {
    this.via = via;
    this.operation = operation;
    this.deadline = deadline;
    this.parent = parent;
    this.origin = origin;
    this.given = given;
    this.resolve = resolve;
    this.reject = reject;
    this.unit = null;
    this.over = null;
    this.slot = -1;
    this.rareParts = key === "" ? null : { ...nothingRare, key };
  }

  /** What few calls need. */
  get rare(): Rare {
    return (this.rareParts ??= { ...nothingRare });
  }

  /** Idempotency key; "" for none. */
  get key(): string {
    return this.rareParts === null ? "" : this.rareParts.key;
  }

  get caller(): Caller {
    return { module: this.via.from, user: this.origin.user };
  }

  get traceId(): string {
    return this.origin.traceId;
  }

  get signal(): AbortSignal {
    const { rare } = this;
    if (rare.abort === null) {
      rare.abort = new AbortController();
      if (this.over !== null) rare.abort.abort(this.over);
    }
    return rare.abort.signal;
  }

  get remainingMs(): () => number {
    return () => Math.max(0, this.deadline - monotonicMs());
  }

  get fail(): (code: string, data: unknown) => never {
    return (code, data) => {
      throw contractError(this.operation, code, data, this.traceId);
    };
  }

  /** The handler has answered in time. */
  done(value: unknown): void {
    const { resolve } = this;
    if (resolve === null) return;
    this.resolve = this.reject = null;
    if (this.slot !== -1) deadlines.remove(this);
    this.via.inFlight--;
    resolve(value);
  }

  /** The call that made this one: when that is given up, so is this. */
  get owner(): object | null {
    return this.parent;
  }

  abandon(): void {
    this.stop(cancelled(this.operation, this.traceId));
  }

  /** Called by the deadline queue. */
  expire(): void {
    this.stop(deadlineExceeded(this.operation, this.traceId));
  }

  /** Settles the call with an error and stops all that it has begun. Harmless when the call is over. */
  stop(error: CallError): void {
    if (this.over !== null) return;
    this.over = error;
    const { resolve, reject } = this;
    this.resolve = this.reject = null;
    if (this.slot !== -1) deadlines.remove(this);
    const rare = this.rareParts;
    if (rare !== null) {
      rare.abort?.abort(error);
      if (rare.stops !== null) for (const stop of rare.stops) stop(error);
    }
    // At a deadline there is no need: no call outlives the deadline of the call that made it.
    if (error.code === "cancelled") deadlines.abandon(this);
    if (resolve !== null && reject !== null) this.via.failing(this, error, resolve, reject);
  }

  /** Calls `stop` when this context is stopped. @returns a function that takes it back */
  whenStopped(stop: (error: CallError) => void): () => void {
    const stops = (this.rare.stops ??= new Set());
    stops.add(stop);
    return () => stops.delete(stop);
  }

  /** The key of the next command this context asks for: the same when the context's own command is run again. */
  nextKey(operation: BoundOperation): string {
    if (this.key === "") return crypto.randomUUID();
    return shortKey(`${this.key}/${operation.name}#${++this.rare.asked}`);
  }
}

interface Rare {
  key: string;
  abort: AbortController | null;
  /** Commands asked for so far. */
  asked: number;
  /** Tries before this one. */
  attempt: number;
  /** The signal the caller gave. */
  outer: AbortSignal | null;
  stops: Set<(error: CallError) => void> | null;
}

const nothingRare: Rare = { key: "", abort: null, asked: 0, attempt: 0, outer: null, stops: null };

export type Resolve = (value: unknown) => void;
export type Reject = (error: unknown) => void;

/** The way a call came: a seam, or an arrival from outside. */
export interface Via {
  /** Who calls: a module's or pages' name. */
  readonly from: string;
  /** Whether the call came over a wire. */
  readonly bound: "joined" | "cut";
  inFlight: number;
  /** Settles a call that failed, by `reject` or by another try. Counts it out of `inFlight` when it is settled. */
  failing(context: CallContext, error: CallError, resolve: Resolve, reject: Reject): void;
}

/** Calls that begin here or come from another process: whoever sent them decides about another try. */
export class Arrival implements Via {
  readonly from: string;
  inFlight = 0;

  constructor(from: string) {
    this.from = from;
  }

  get bound(): "cut" {
    return "cut";
  }

  failing(_context: CallContext, error: CallError, _resolve: Resolve, reject: Reject): void {
    this.inFlight--;
    reject(error);
  }
}

/**
 * A context in which something begins that is no call: a request, the handling of an event, a schedule's work, a step of
 * a saga. Nobody waits for its answer.
 *
 * @param key what its commands' keys follow from; "": each has a key of its own
 */
export function rootContext(
  Context: typeof CallContext,
  from: string,
  deadline: number,
  origin: Origin,
  key: string,
): CallContext {
  return new Context(new Arrival(from), null, deadline, null, origin, key, undefined, null, null);
}

/** The deadline of such a context, in whole ms (contract/deadline.ts). A naive topology has none. */
export function deadlineIn(limitMs: number, guarded: boolean): number {
  return guarded ? Math.floor(monotonicMs() + limitMs) : Infinity;
}

/** Keys are at most 200 characters; a longer one is told by its digest. */
function shortKey(key: string): string {
  return key.length <= 200 ? key : `sha256:${cryptoHash("sha256", key, "hex")}`;
}

function contractError(operation: BoundOperation | null, code: string, data: unknown, traceId: string): CallError {
  const carrier = operation?.errors.get(code);
  if (!operation || !carrier)
    throw new SeamlineError("internal", `fail("${code}"): ${operation?.name ?? "this context"} declares no such error`);
  return new CallError("contract", code, `${operation.name}: ${code}`, {
    operation: operation.name,
    data: carrier.copy(data),
    traceId,
  });
}

export function deadlineExceeded(operation: BoundOperation | null, traceId: string): CallError {
  const name = operation?.name ?? "request";
  const limit = operation ? ` of ${operation.deadlineMs} ms or what its caller had left` : "";
  return transportError("deadline_exceeded", `${name} did not finish within its deadline${limit}`, {
    operation: name,
    data: { module: operation?.definition.module ?? "" },
    traceId,
  });
}

export function cancelled(operation: BoundOperation | null, traceId: string): CallError {
  const name = operation?.name ?? "request";
  return transportError("cancelled", `${name} was given up by its caller`, { operation: name, traceId });
}
