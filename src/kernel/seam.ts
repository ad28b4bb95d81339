import type { CallOptions } from "../contract/contract.ts";
import { monotonicMs } from "../contract/deadline.ts";
import { SeamlineError, type CallError } from "../contract/errors.ts";
import type { Destination } from "../wire/wire.ts";
import type { CallContext, Reject, Resolve, Via } from "./context.ts";
import { invokeCut } from "./cut.ts";
import { invokeHeld, type HeldCall } from "./held.ts";
import { invokeJoined, failing } from "./joined.ts";
import type { LocalModule } from "./local.ts";
import { invokeMetered, type Meter } from "./meter.ts";
import type { BoundOperation } from "./operation.ts";
import { RetryBudget } from "./retry.ts";
import type { Detector, Runtime } from "./runtime.ts";

/**
 * A seam: the way from one part of the program to one module it uses.
 *
 * Every call goes through the seam's one replaceable slot, `invoke`. It is bound to a module of the same process (joined),
 * to a destination on the wire (cut), or to nothing for a while (held): held calls wait, within their deadlines, and go on
 * through whatever the seam is bound to next. So a module can move while the program runs, and no caller knows.
 *
 * While the process is metered, what stands in the slot measures each call and sends it on by `way`, which is what would
 * stand there otherwise.
 *
 * Joined and cut calls (`joined.ts`, `cut.ts`) are written out one like the other because they must mean the same: check and copy the input, hold
 * the call to its deadline, retry what may be retried, copy the result.
 */
export class Seam implements Via {
  readonly from: string;
  readonly to: string;
  readonly runtime: Runtime;
  readonly guarded: boolean;
  readonly detect: Detector | null;
  invoke: Invoke = invokeHeld;
  /** What the seam is bound to; never a meter. */
  way: Invoke = invokeHeld;
  /** The way that calls go; while they are held, the way they went before. */
  bound: Via["bound"] = "cut";
  meter: Meter | null = null;
  local: LocalModule | null = null;
  destination: Destination | null = null;
  /** Whether the callee remembers the keys of commands (it has a store). */
  remembers = false;
  /** Tests send every call that may be repeated twice. */
  doubled = false;
  calls = 0;
  failed = 0;
  inFlight = 0;
  readonly budget = new RetryBudget();
  readonly held = new Set<HeldCall>();

  constructor(from: string, to: string, runtime: Runtime) {
    this.from = from;
    this.to = to;
    this.runtime = runtime;
    this.guarded = runtime.guarded;
    this.detect = runtime.detect;
  }

  get binding(): "joined" | "cut" | "held" {
    return this.way === invokeHeld ? "held" : this.bound;
  }

  /** Binds the seam to a module of this process and lets held calls go on. */
  join(local: LocalModule): void {
    this.local = local;
    this.remembers = local.store !== null;
    this.bound = "joined";
    this.#release(invokeJoined);
  }

  /** Binds the seam to a destination and lets held calls go on. `remembers`: the callee has a store. */
  cut(destination: Destination, remembers: boolean): void {
    this.destination = destination;
    this.remembers = remembers;
    this.bound = "cut";
    this.#release(invokeCut);
  }

  /** New calls wait from now on. Calls in flight go on; `drained` tells when they are done. */
  hold(): void {
    this.#go(invokeHeld);
  }

  /** Measures every call from now on, however the seam is bound; null: no more. */
  metered(meter: Meter | null): void {
    this.meter = meter;
    this.#go(this.way);
  }

  /** Waits until no call that was let through is in flight. @throws SeamlineError `deadline_exceeded` */
  async drained(deadline: number): Promise<void> {
    while (this.inFlight > 0) {
      if (monotonicMs() > deadline)
        throw new SeamlineError(
          "deadline_exceeded",
          `${this.inFlight} calls ${this.from} → ${this.to} are still in flight`,
        );
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  failing(context: CallContext, error: CallError, resolve: Resolve, reject: Reject): void {
    failing(this, context, error, resolve, reject);
  }

  #go(way: Invoke): void {
    this.way = way;
    this.invoke = this.meter === null ? way : invokeMetered;
  }

  #release(way: Invoke): void {
    this.#go(way);
    for (const call of this.held) call.release();
  }

  mayRepeat(operation: BoundOperation): boolean {
    const { kind, secret } = operation.definition;
    return kind === "query" || (this.remembers && !secret);
  }
}

export type Invoke = (
  seam: Seam,
  caller: CallContext,
  operation: BoundOperation,
  input: unknown,
  options?: CallOptions,
) => Promise<unknown>;
