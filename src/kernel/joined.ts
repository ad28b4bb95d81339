import type { CallOptions } from "../contract/contract.ts";
import { CallError } from "../contract/errors.ts";
import { callDeadline, keyFor, refusal, refuse } from "./admission.ts";
import { cancelled, type CallContext } from "./context.ts";
import { invalidInput, type BoundOperation } from "./operation.ts";
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
  seam.budget.earn();
  const deadline = callDeadline(seam, caller, operation, options);
  const refused = refusal(caller, operation, deadline, options);
  if (refused !== null) return refuse(seam, refused);
  let copy: unknown;
  let key: string;
  try {
    copy = operation.input.copy(input);
    key = keyFor(caller, operation, options);
  } catch (error) {
    return refuse(seam, error instanceof CallError ? error : invalidInput(operation, error));
  }
  const { detect } = seam.runtime;
  if (detect !== null) detect(operation, "input", copy);
  const local = seam.local!;
  const context = new local.Context(caller.origin, caller, seam.from, operation, deadline, key);
  context.seam = seam;
  context.given = input;
  seam.inFlight++;
  const result = local.run(operation, copy, context);
  if (options?.signal !== undefined) followSignal(context, options.signal, result);
  return result;
}

/** Settles what `stop` ended: by another try where that is allowed, else with the error. */
export function failing(
  seam: Seam,
  context: CallContext,
  error: CallError,
  resolve: (value: unknown) => void,
  reject: (error: unknown) => void,
): void {
  const operation = context.operation!;
  const { attempt, outer } = context.rare;
  const delayMs = retryDelayMs(operation, seam.mayRepeat(operation), error, attempt, context.deadline, seam.budget);
  const end = (): void => {
    seam.inFlight--;
    seam.failed++;
    reject(error);
  };
  if (delayMs === null) return end();
  // Until then it stays in flight, so that who waits for `drained` waits for the next try too, which goes the same way.
  setTimeout(() => {
    const { parent, given, deadline, key } = context;
    const caller = parent!;
    if (caller.over !== null || outer?.aborted) return end();
    const again = new seam.local!.Context(context.origin, caller, seam.from, operation, deadline, key);
    again.seam = seam;
    again.given = given;
    again.rare.attempt = attempt + 1;
    const result = seam.local!.run(operation, operation.input.copy(given), again);
    if (outer !== null) followSignal(again, outer, result);
    result.then(resolve, reject);
  }, delayMs);
}

function followSignal(context: CallContext, signal: AbortSignal, result: Promise<unknown>): void {
  context.rare.outer = signal;
  const stop = (): void => context.stop(cancelled(context.operation, context.traceId));
  const forget = (): void => signal.removeEventListener("abort", stop);
  signal.addEventListener("abort", stop, { once: true });
  result.then(forget, forget);
}
