import type { CallOptions } from "../contract/contract.ts";
import { deadlines, type Expiring } from "../contract/deadline.ts";
import { transportError, type CallError } from "../contract/errors.ts";
import { copyValue } from "../wire/codec.ts";
import { admit, refusal, refuse, refused } from "./admission.ts";
import { cancelled, deadlineExceeded, type CallContext } from "./context.ts";
import { invalidInput, type BoundOperation } from "./operation.ts";
import type { Seam } from "./seam.ts";

/** Calls that wait at one seam. More would be answered too late. */
const maxHeld = 1024;

export interface HeldCall {
  release(): void;
}

/** A held call: waits within its deadline, then goes where the seam is bound next. */
export function invokeHeld(
  seam: Seam,
  caller: CallContext,
  operation: BoundOperation,
  input: unknown,
  options?: CallOptions,
): Promise<unknown> {
  const deadline = admit(seam, caller, operation, options);
  if (deadline === refused) return refusal(seam, caller, operation, options);
  if (seam.held.size >= maxHeld) return refuse(seam, tooMany(operation, maxHeld, caller.traceId));
  let copy: unknown;
  try {
    copy = copyValue(input);
  } catch (error) {
    return refuse(seam, invalidInput(operation, error));
  }
  return new Promise((resolve, reject) => {
    const signal = options?.signal;
    const leave = (): void => {
      seam.held.delete(entry);
      deadlines.remove(entry);
      signal?.removeEventListener("abort", giveUp);
    };
    const end = (error: CallError): void => {
      leave();
      seam.calls++;
      seam.failed++;
      reject(error);
    };
    const giveUp = (): void => end(cancelled(operation, caller.traceId));
    const entry: HeldCall & Expiring = {
      deadline,
      slot: -1,
      owner: caller,
      abandon: giveUp,
      expire: () => end(deadlineExceeded(operation, caller.traceId)),
      release() {
        leave();
        const left = deadline === Infinity ? options : { ...options, deadlineMs: deadline - deadlines.nowMs() };
        // Not through the slot: a meter there has counted this call when it came.
        seam.way(seam, caller, operation, copy, left).then(resolve, reject);
      },
    };
    seam.held.add(entry);
    deadlines.add(entry);
    signal?.addEventListener("abort", giveUp);
  });
}

/** @param limit of calls that may wait for a module that is held */
export function tooMany(operation: BoundOperation, limit: number, traceId: string): CallError {
  const { name, definition } = operation;
  const message = `${name}: ${limit} calls wait already while ${definition.module} is held`;
  return transportError("overloaded", message, { operation: name, data: { module: definition.module }, traceId });
}
