import type { CallOptions } from "../contract/contract.ts";
import { deadlines } from "../contract/deadline.ts";
import { CallError } from "../contract/errors.ts";
import { admit, keyFor, refusal, refuse, refused } from "./admission.ts";
import { cancelled, type CallContext, type Reject, type Resolve } from "./context.ts";
import { invalidInput, type BoundOperation } from "./operation.ts";
import { grab, rejectPending, resolvePending } from "./pending.ts";
import { retryDelayMs } from "./retry.ts";
import type { Seam } from "./seam.ts";

/** A joined call: the handler is called directly, with a checked copy. */
export function invokeJoined(
  seam: Seam,
  caller: CallContext,
  operation: BoundOperation,
  input: unknown,
  options?: CallOptions,
): Promise<unknown> {
  seam.calls++;
  const deadline = admit(seam, caller, operation, options);
  if (deadline === refused) return refusal(seam, caller, operation, options);
  let copy: unknown;
  let key: string;
  try {
    copy = operation.input.copy(input);
    key = operation.isQuery ? "" : keyFor(caller, operation, options);
    if (seam.detect !== null) seam.detect(operation, "input", copy);
  } catch (error) {
    return refuse(seam, error instanceof CallError ? error : invalidInput(operation, error));
  }
  const local = seam.local!;
  const promise = new Promise(grab);
  const context = new local.Context(
    seam,
    operation,
    deadline,
    caller,
    caller.origin,
    key,
    input,
    resolvePending,
    rejectPending,
  );
  local.start(operation, copy, context);
  if (options?.signal !== undefined) followSignal(context, options.signal, promise);
  return promise;
}

/** Settles what `stop` ended: by another try where that is allowed, else with the error. */
export function failing(seam: Seam, context: CallContext, error: CallError, resolve: Resolve, reject: Reject): void {
  const operation = context.operation!;
  const { attempt, outer } = context.rare;
  const delayMs = retryDelayMs(operation, seam.mayRepeat(operation), error, attempt, context.deadline, seam);
  const end = (): void => {
    seam.inFlight--;
    seam.failed++;
    reject(error);
  };
  if (delayMs === null) return end();
  // Until then it stays in flight, so that who waits for `drained` waits for the next try too.
  setTimeout(() => {
    const { parent: caller, given, deadline, origin, key } = context;
    if (caller!.over !== null || outer?.aborted) return end();
    if (seam.way !== invokeJoined) return onward(seam, context, resolve, reject);
    let copy: unknown;
    try {
      copy = operation.input.copy(given);
    } catch {
      // The caller has changed its input since, so that there is nothing left to try again with.
      return end();
    }
    const again = new seam.local!.Context(seam, operation, deadline, caller, origin, key, given, resolve, reject);
    again.rare.attempt = attempt + 1;
    seam.inFlight--;
    seam.local!.start(operation, copy, again);
    if (outer !== null) followSignal(again, outer, null);
  }, delayMs);
}

/** The next try of a call whose seam is bound to something else by now: it goes there. */
function onward(seam: Seam, context: CallContext, resolve: Resolve, reject: Reject): void {
  const { parent: caller, operation, given, deadline, key } = context;
  const { outer } = context.rare;
  seam.inFlight--;
  const options = {
    ...(deadline !== Infinity && { deadlineMs: Math.max(0, deadline - deadlines.nowMs()) }),
    ...(key !== "" && { key }),
    ...(outer !== null && { signal: outer }),
  };
  seam.way(seam, caller!, operation!, given, options).then(resolve, reject);
}

/** @param promise tells when the signal need not be followed any more; null: it is the caller's to let go */
function followSignal(context: CallContext, signal: AbortSignal, promise: Promise<unknown> | null): void {
  context.rare.outer = signal;
  const stop = (): void => context.stop(cancelled(context.operation, context.traceId));
  const forget = (): void => signal.removeEventListener("abort", stop);
  signal.addEventListener("abort", stop, { once: true });
  promise?.then(forget, forget);
}
