import type { CallOptions } from "../contract/contract.ts";
import { SeamlineError, transportError } from "../contract/errors.ts";
import { cancelled, deadlineExceeded, type CallContext } from "./context.ts";
import type { BoundOperation } from "./operation.ts";
import type { Seam } from "./seam.ts";

/** What is settled before a call goes anywhere, the same joined, cut and held. */

/** The point in time at which a call must be settled. @param nowMs on the coarse clock */
export function callDeadline(
  seam: Seam,
  caller: CallContext,
  operation: BoundOperation,
  nowMs: number,
  options?: CallOptions,
): number {
  if (!seam.runtime.guarded) return Infinity;
  let deadline = nowMs + operation.deadlineMs;
  if (caller.deadline < deadline) deadline = caller.deadline;
  if (options?.deadlineMs !== undefined && nowMs + options.deadlineMs < deadline)
    deadline = Math.floor(nowMs + options.deadlineMs);
  return deadline;
}

/** Why a call may not even begin; null: it may. */
export function refusal(
  caller: CallContext,
  operation: BoundOperation,
  deadline: number,
  nowMs: number,
  options?: CallOptions,
): Error | null {
  if (caller.unit !== null && caller.unit.open) return openTransaction(caller, operation);
  if (caller.over !== null || options?.signal?.aborted) return cancelled(operation, caller.traceId);
  return deadline <= nowMs ? deadlineExceeded(operation, caller.traceId) : null;
}

function openTransaction(caller: CallContext, operation: BoundOperation): Error {
  const name = caller.operation?.name ?? "a subscription";
  return new SeamlineError(
    "internal",
    `${name} asks ${operation.name} while its transaction is open, which would hold a connection and its locks for as ` +
      `long as ${operation.definition.module} takes. Ask before the first use of store, or read with read`,
  );
}

export function keyFor(caller: CallContext, operation: BoundOperation, options?: CallOptions): string {
  if (operation.isQuery) return "";
  const key = options?.key;
  if (key === undefined) return caller.nextKey(operation);
  if (key.length === 0 || key.length > 200)
    throw transportError("invalid", `${operation.name}: the key must have 1 to 200 characters; it has ${key.length}`, {
      operation: operation.name,
    });
  return key;
}

export function refuse(seam: Seam, error: Error): Promise<never> {
  seam.failed++;
  return Promise.reject(error);
}
