import type { CallOptions } from "../contract/contract.ts";
import { deadlines } from "../contract/deadline.ts";
import { SeamlineError, transportError } from "../contract/errors.ts";
import { cancelled, deadlineExceeded, type CallContext } from "./context.ts";
import type { BoundOperation } from "./operation.ts";
import type { Seam } from "./seam.ts";

/** What is settled before a call goes anywhere, the same joined, cut and held. */

/** Instead of a deadline: the call may not begin; `refusal` says why. */
export const refused = -1;

/** The point in time at which a call must be settled, or `refused`. */
export function admit(seam: Seam, caller: CallContext, operation: BoundOperation, options?: CallOptions): number {
  if (caller.over !== null || (caller.unit !== null && caller.unit.open) || options?.signal?.aborted) return refused;
  if (!seam.guarded) return Infinity;
  const nowMs = deadlines.nowMs();
  let deadline = nowMs + operation.deadlineMs;
  if (caller.deadline < deadline) deadline = caller.deadline;
  const asked = options?.deadlineMs;
  if (asked !== undefined && nowMs + asked < deadline) deadline = Math.floor(nowMs + asked);
  return deadline > nowMs ? deadline : refused;
}

/** Settles a call that was refused. */
export function refusal(
  seam: Seam,
  caller: CallContext,
  operation: BoundOperation,
  options?: CallOptions,
): Promise<never> {
  if (caller.unit !== null && caller.unit.open) return refuse(seam, openTransaction(caller, operation));
  const given = caller.over !== null || options?.signal?.aborted;
  return refuse(seam, (given ? cancelled : deadlineExceeded)(operation, caller.traceId));
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
