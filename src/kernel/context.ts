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
  readonly origin: Origin;
  /** The context that made this call; null for the first of a request. */
  readonly parent: CallContext | null;
  /** Who made it: a module's or pages' name. */
  readonly from: string;
  readonly operation: BoundOperation | null;
  deadline: number;
  readonly key: string;
  unit: UnitOfWork | null = null;
  /** Why the call was stopped before it was done; null if it was not. */
  over: CallError | null = null;
  /** How the caller's promise is settled; null before the start and once it is settled. */
  resolve: ((value: unknown) => void) | null = null;
  reject: ((error: unknown) => void) | null = null;
  /** The seam of a joined call, which is told of the end, and the input as it was given, for another try. */
  seam: Settling | null = null;
  given: unknown = undefined;
  slot = -1;
  /** What few calls need; made by `rare`. */
  protected rareParts: Rare | null = null;

  constructor(
    origin: Origin,
    parent: CallContext | null,
    from: string,
    operation: BoundOperation | null,
    deadline: number,
    key: string,
  ) {
    this.origin = origin;
    this.parent = parent;
    this.from = from;
    this.operation = operation;
    this.deadline = deadline;
    this.key = key;
  }

  /** What few calls need. */
  get rare(): Rare {
    return (this.rareParts ??= { abort: null, asked: 0, attempt: 0, outer: null, stops: null });
  }

  get caller(): Caller {
    return { module: this.from, user: this.origin.user };
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
    const { resolve, seam } = this;
    if (resolve === null) return;
    this.resolve = this.reject = null;
    if (this.deadline !== Infinity) deadlines.remove(this);
    if (seam !== null) seam.inFlight--;
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
    const { resolve, reject, seam } = this;
    this.resolve = this.reject = null;
    if (this.deadline !== Infinity) deadlines.remove(this);
    const rare = this.rareParts;
    if (rare !== null) {
      rare.abort?.abort(error);
      if (rare.stops !== null) for (const stop of rare.stops) stop(error);
    }
    deadlines.abandon(this);
    if (resolve === null || reject === null) return;
    if (seam === null) reject(error);
    else seam.failing(this, error, resolve, reject);
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
  abort: AbortController | null;
  /** Commands asked for so far. */
  asked: number;
  /** Tries before this one. */
  attempt: number;
  /** The signal the caller gave. */
  outer: AbortSignal | null;
  stops: Set<(error: CallError) => void> | null;
}

/** What a context knows of its seam. */
export interface Settling {
  inFlight: number;
  /** Decides whether a joined call that failed is tried again, and settles it. */
  failing(
    context: CallContext,
    error: CallError,
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
  ): void;
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
