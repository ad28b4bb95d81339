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
  readonly #rows = new Map<BoundOperation, Map<string, Row>>();
  readonly #loop = monitorEventLoopDelay({ resolution: resolutionMs });
  /** When the calls arrived that waited for a place at their module. */
  readonly #queued = new WeakMap<CallContext, number>();

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
      seams: [...this.#rows.values()].flatMap((rows) => [...rows.values()].flatMap((row) => row.take())),
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
    this.#queued.set(context, monotonicMs());
  }

  /** The handler, measured. */
  around(handler: Handler): Handler {
    return async (input, given) => {
      const context = given as CallContext;
      const operation = context.operation!;
      const began = this.#queued.get(context) ?? monotonicMs();
      const answered = (): void => {
        // Nobody waits any more for a call that was stopped: its caller has no answer to set this one against.
        if (context.resolve === null) return;
        const { from, bound } = context.via;
        this.row(from, operation)
          .count(bound)
          .handler.add(monotonicMs() - began);
      };
      try {
        const value: unknown = await handler(input, context);
        answered();
        return value;
      } catch (error) {
        if (isDeclared(operation, error)) answered();
        throw error;
      }
    };
  }

  row(from: string, operation: BoundOperation): Row {
    let rows = this.#rows.get(operation);
    if (rows === undefined) this.#rows.set(operation, (rows = new Map()));
    let row = rows.get(from);
    if (row === undefined) rows.set(from, (row = new Row(from, operation)));
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
  row.began(seam.bound);
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
  readonly #from: string;
  readonly #operation: BoundOperation;
  #inFlight = 0;
  #bound: Via["bound"] = "joined";
  #counts: { joined?: Count; cut?: Count } = {};

  constructor(from: string, operation: BoundOperation) {
    this.#from = from;
    this.#operation = operation;
  }

  began(bound: Via["bound"]): void {
    this.#inFlight++;
    this.#bound = bound;
  }

  /** @param bound what the seam is bound to at the call's end: one that was held went that way */
  ended(bound: Via["bound"]): Count {
    this.#inFlight--;
    const count = this.count(bound);
    count.calls++;
    return count;
  }

  count(bound: Via["bound"]): Count {
    return (this.#counts[bound] ??= new Count());
  }

  /** The rows of a report, without what did not happen. What comes next is counted from nothing. */
  take(): SeamDelta[] {
    if (this.#inFlight > 0) this.count(this.#bound);
    const counts = Object.entries(this.#counts) as [Via["bound"], Count][];
    this.#counts = {};
    const { module: to, name: operation } = this.#operation.definition;
    return counts.map(([binding, { calls, failed, caller, handler }]) => ({
      ...({ type: "seam", from: this.#from, to, operation, binding, calls, failed } as const),
      inFlight: binding === this.#bound ? this.#inFlight : 0,
      callerHistogram: caller.toJSON(),
      handlerHistogram: handler.toJSON(),
    }));
  }
}

class Count {
  calls = 0;
  failed = 0;
  readonly caller = new Histogram();
  readonly handler = new Histogram();
}

/** An error that the contract declares is an answer like a result; a call that got none tells nothing of the way. */
function isDeclared({ name }: BoundOperation, error: unknown): boolean {
  return error instanceof CallError && error.origin === "contract" && error.operation === name;
}
