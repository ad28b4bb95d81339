import type { CallOptions } from "../contract/contract.ts";
import { CallError, transportError } from "../contract/errors.ts";
import { decode, encode } from "../wire/codec.ts";
import type { OutgoingCall, Outcome } from "../wire/wire.ts";
import { admit, keyFor, refusal, refuse, refused } from "./admission.ts";
import type { CallContext } from "./context.ts";
import { invalidInput, type BoundOperation } from "./operation.ts";
import { retryDelayMs } from "./retry.ts";
import type { Seam } from "./seam.ts";
import { traceparent } from "./trace.ts";

/** A cut call: the same as a joined one, over the wire. */
export function invokeCut(
  seam: Seam,
  caller: CallContext,
  operation: BoundOperation,
  input: unknown,
  options?: CallOptions,
): Promise<unknown> {
  seam.calls++;
  const deadline = admit(seam, caller, operation, options);
  if (deadline === refused) return refusal(seam, caller, operation, options);
  const { stable, toText } = operation.input;
  let text: string;
  let key: string;
  try {
    text = stable ? toText(operation.input.copy(input)) : input === undefined ? "" : encode(input);
    key = operation.isQuery ? "" : keyFor(caller, operation, options);
  } catch (error) {
    return refuse(seam, error instanceof CallError ? error : invalidInput(operation, error));
  }
  const { traceId, identity } = caller.origin;
  const call: OutgoingCall = {
    operation: operation.name,
    input: text,
    meta: { from: seam.from, traceparent: traceparent(traceId), identity, key },
    deadline,
    signal: options?.signal ?? null,
    owner: caller,
  };
  seam.inFlight++;
  if (seam.doubled && seam.mayRepeat(operation))
    return seam.destination!.call(call).then(() => send(seam, caller, operation, call, 0));
  return send(seam, caller, operation, call, 0);
}

function send(
  seam: Seam,
  caller: CallContext,
  operation: BoundOperation,
  call: OutgoingCall,
  attempt: number,
): Promise<unknown> {
  return seam.destination!.call(call).then((outcome) => {
    if (outcome.ok) {
      seam.inFlight--;
      return result(seam, operation, outcome.value, caller);
    }
    const error = toError(operation, outcome);
    const repeatable = outcome.unsent || seam.mayRepeat(operation);
    const delayMs = retryDelayMs(operation, repeatable, error, attempt, call.deadline, seam);
    if (delayMs === null || caller.over !== null || call.signal?.aborted) {
      seam.inFlight--;
      seam.failed++;
      throw error;
    }
    return later(delayMs).then(() => send(seam, caller, operation, call, attempt + 1));
  });
}

function result(seam: Seam, operation: BoundOperation, json: unknown, caller: CallContext): unknown {
  const { stable, fromJson, copy } = operation.output;
  try {
    const value = fromJson(json);
    return stable ? copy(value) : value;
  } catch (error) {
    seam.failed++;
    const message = `${operation.name} answered with what this side's contract does not know: ${(error as Error).message}`;
    throw transportError("internal", message, { operation: operation.name, traceId: caller.traceId, cause: error });
  }
}

function toError(operation: BoundOperation, outcome: Outcome & { ok: false }): CallError {
  const { origin, code, message, traceId } = outcome;
  const carrier = origin === "contract" ? operation.errors.get(code) : undefined;
  const known = origin === "transport" || carrier !== undefined;
  const absent = { module: operation.definition.module };
  const data = carrier ? carrier.fromJson(outcome.data) : outcome.data === undefined ? absent : decode(outcome.data);
  if (known) return new CallError(origin, code, message, { operation: operation.name, data, traceId });
  const unknown = `${operation.name} failed with "${code}", which this side's contract does not know`;
  return transportError("internal", unknown, { operation: operation.name, traceId });
}

function later(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
