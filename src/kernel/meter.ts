import { monitorEventLoopDelay } from "node:perf_hooks";
import { monotonicMs } from "../contract/deadline.ts";
import { CallError } from "../contract/errors.ts";
import { Histogram } from "../record/histogram.ts";
import type { CallContext, Via } from "./context.ts";
import type { MeterReport, SeamDelta } from "./control.ts";
import type { Handler, LocalModule } from "./local.ts";
import type { BoundOperation } from "./operation.ts";
import type { Invoke, Seam } from "./seam.ts";
import { usage } from "./usage.ts";

/**
 * Measures every call of one process, for as long as somebody wants to know: at the caller, from asking to the answer, and
 * at the callee, from the call's arrival to its handler's end. The difference of their means is what the way there and
 * back took.
 *
 * Nobody pays for it meanwhile: a seam that is not measured has the bare function in its slot, and a module that is not
 * measured has the bare handlers in its table. Measuring puts a function around each, and ending it puts the bare ones
 * back. Calls in flight at either moment go on as they began.
 *
 * Both ends count into rows of one operation each. A joined call has both its ends in one row; of a cut call each process
 * has one half, and the halves add up like everything else in reports.
 */

/** How often the event loop is asked whether it is there. Shorter tells of shorter delays, and costs more. */
const resolutionMs = 10;

/** How often what was seen is told. */
const everyMs = 1000;

export class Meter {
  readonly #seams: readonly Seam[];
  readonly #locals: ReadonlyMap<string, LocalModule>;
  /** By the operation's number: a row for each part that asks, of which there are few. */
  readonly #rows: Row[][] = [];
  readonly #loop = monitorEventLoopDelay({ resolution: resolutionMs });
  /** When the calls arrived that waited for a place at their module. */
  readonly #queued = new WeakMap<CallContext, number>();
  /** Most modules never let a call wait, and then there is nothing to look up. */
  #anyQueued = false;

  readonly #say: (report: MeterReport) => void;
  readonly #timer: NodeJS.Timeout;

  /**
   * Begins to measure.
   *
   * @param say told once a second, and whenever `report` is called
   */
  constructor(seams: readonly Seam[], locals: ReadonlyMap<string, LocalModule>, say: (report: MeterReport) => void) {
    this.#seams = seams;
    this.#locals = locals;
    this.#say = say;
    this.#attach(this);
    this.#loop.enable();
    this.#timer = setInterval(() => this.report(), everyMs).unref();
  }

  /** Tells what was measured since the last report. */
  report(): void {
    const ns = this.#loop.percentile(99);
    this.#loop.reset();
    this.#say({
      seams: this.#rows.flatMap((rows) => rows.flatMap((row) => row.take())),
      loopP99Ms: Math.max(0, ns / 1e6 - resolutionMs),
      cpuMs: usage().cpuMs,
    });
  }

  /** Makes everything as it was. What was not told by then is lost. May be called twice. */
  stop(): void {
    clearInterval(this.#timer);
    this.#loop.disable();
    this.#attach(null);
  }

  /** Told by a module of a call that has to wait for a place, so that its time there is its module's and not the way's. */
  queued(context: CallContext): void {
    this.#anyQueued = true;
    this.#queued.set(context, monotonicMs());
  }

  /**
   * The handler, measured. Its own promise is handed on, and looked at beside: another one around it would cost every call
   * as much as all of the counting.
   */
  around(handler: Handler): Handler {
    return (input, given) => {
      const context = given as CallContext;
      const began = (this.#anyQueued ? this.#queued.get(context) : undefined) ?? monotonicMs();
      const failed = (error: unknown): void => {
        if (isDeclared(context.operation!, error)) this.#answered(context, began);
      };
      let result: Promise<unknown>;
      try {
        result = handler(input, context);
      } catch (error) {
        failed(error);
        throw error;
      }
      // A handler that is not async may return its value plainly.
      if (result instanceof Promise) result.then(() => this.#answered(context, began), failed);
      else this.#answered(context, began);
      return result;
    };
  }

  #answered(context: CallContext, began: number): void {
    // Nobody waits any more for a call that was stopped: its caller has no answer to set this one against.
    if (context.resolve === null) return;
    const { from, bound } = context.via;
    this.row(from, context.operation!)
      .count(bound)
      .handler.add(monotonicMs() - began);
  }

  row(from: string, operation: BoundOperation): Row {
    const rows = (this.#rows[operation.id] ??= []);
    for (let at = 0; at < rows.length; at += 1) if (rows[at]!.from === from) return rows[at]!;
    const row = new Row(from, operation);
    rows.push(row);
    return row;
  }

  #attach(meter: Meter | null): void {
    for (const seam of this.#seams) seam.metered(meter);
    for (const local of this.#locals.values()) local.metered(meter);
  }
}

/** What stands in a seam's slot while it is measured: goes the way the seam is bound to, also while that is to wait. */
export const invokeMetered: Invoke = (seam, caller, operation, input, options) => {
  const row = seam.meter!.row(seam.from, operation);
  const began = monotonicMs();
  const promise = seam.way(seam, caller, operation, input, options);
  row.inFlight++;
  row.bound = seam.bound;
  // The promise that is handed on is this one, so that a failure nobody waits for is noticed as ever.
  return promise.then(
    (value) => {
      row.ended(seam.bound).caller.add(monotonicMs() - began);
      return value;
    },
    (error: unknown) => {
      const count = row.ended(seam.bound);
      count.failed++;
      if (isDeclared(operation, error)) count.caller.add(monotonicMs() - began);
      throw error;
    },
  );
};

/** The calls of one part to one operation. */
class Row {
  readonly from: string;
  #joined: Count | null = null;
  #cut: Count | null = null;
  inFlight = 0;
  bound: Via["bound"] = "joined";
  readonly #operation: BoundOperation;

  constructor(from: string, operation: BoundOperation) {
    this.from = from;
    this.#operation = operation;
  }

  /** @param bound what the seam is bound to at the call's end: one that was held went that way */
  ended(bound: Via["bound"]): Count {
    this.inFlight--;
    const count = this.count(bound);
    count.calls++;
    return count;
  }

  count(bound: Via["bound"]): Count {
    return bound === "joined" ? (this.#joined ??= new Count()) : (this.#cut ??= new Count());
  }

  /** The rows of a report, without what did not happen. What comes next is counted from nothing. */
  take(): SeamDelta[] {
    const { module: to, name: operation } = this.#operation.definition;
    return (["joined", "cut"] as const).flatMap((binding) => {
      const count = binding === "joined" ? this.#joined : this.#cut;
      const inFlight = binding === this.bound ? this.inFlight : 0;
      if (inFlight === 0 && (count === null || count.isEmpty)) return [];
      return [
        { type: "seam" as const, from: this.from, to, operation, binding, inFlight, ...this.count(binding).take() },
      ];
    });
  }
}

/** Made once for each row, and emptied with each report. */
class Count {
  calls = 0;
  failed = 0;
  readonly caller = new Histogram();
  readonly handler = new Histogram();

  get isEmpty(): boolean {
    return this.calls === 0 && this.handler.count === 0;
  }

  take(): Pick<SeamDelta, "calls" | "failed" | "callerHistogram" | "handlerHistogram"> {
    const { calls, failed } = this;
    const [callerHistogram, handlerHistogram] = [this.caller.toJSON(), this.handler.toJSON()];
    this.calls = this.failed = 0;
    this.caller.clear();
    this.handler.clear();
    return { calls, failed, callerHistogram, handlerHistogram };
  }
}

/** An error that the contract declares is an answer like a result; a call that got none tells nothing of the way. */
function isDeclared({ name }: BoundOperation, error: unknown): boolean {
  return error instanceof CallError && error.origin === "contract" && error.operation === name;
}
