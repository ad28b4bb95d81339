import { CallError } from "../contract/errors.ts";
import { monotonicMs } from "../contract/deadline.ts";
import type { BoundOperation } from "./operation.ts";

/**
 * When a call is tried again. Only when the callee was `unavailable`, only what may be repeated (a query, or a command
 * under a key that its store remembers), only while there is time and budget. The budget keeps retries to a fifth of the
 * calls of a seam: when a module is down for good, retries must not double what it will find when it comes back.
 */

/** Tries after the first. More helps only against faults that last longer than a deadline. */
const maxRetries = 3;
const firstDelayMs = 10;
/** Retries earned by a call, and how many may be saved up. */
const earned = 0.2;
const saved = 20;

export class RetryBudget {
  #tokens = saved;
  #callsSeen = 0;

  /** @param calls all calls of the seam so far, so that a call that needs no retry pays nothing */
  spend(calls: number): boolean {
    this.#tokens = Math.min(saved, this.#tokens + (calls - this.#callsSeen) * earned);
    this.#callsSeen = calls;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}

/**
 * How long to wait before trying again, in ms; null: not at all, as always in a naive topology. A failure that the callee only passed on (its own callee
 * was away) has been retried there already.
 */
export function retryDelayMs(
  operation: BoundOperation,
  repeatable: boolean,
  error: unknown,
  attempt: number,
  deadline: number,
  seam: { readonly guarded: boolean; readonly budget: RetryBudget; readonly calls: number },
): number | null {
  if (!seam.guarded || !repeatable || attempt >= maxRetries || !isAway(operation, error)) return null;
  const delayMs = firstDelayMs * 4 ** attempt * (0.5 + Math.random());
  if (monotonicMs() + delayMs >= deadline) return null;
  return seam.budget.spend(seam.calls) ? delayMs : null;
}

function isAway(operation: BoundOperation, error: unknown): boolean {
  if (!(error instanceof CallError) || error.origin !== "transport" || error.code !== "unavailable") return false;
  return absentModule(error) === operation.definition.module;
}

/** Which module could not answer, as `unavailable` and its like say in `data.module`; "" where unknown. */
export function absentModule(error: CallError): string {
  const data = error.data as { module?: unknown } | undefined;
  return typeof data?.module === "string" ? data.module : "";
}
