import type { Reject, Resolve } from "./context.ts";

/**
 * A promise and the two functions that settle it, without a closure or an object for each: `new Promise(grab)` leaves
 * the functions here, from where the next line takes them.
 */
export let resolvePending: Resolve;
export let rejectPending: Reject;

export function grab(resolve: Resolve, reject: Reject): void {
  resolvePending = resolve;
  rejectPending = reject;
}
