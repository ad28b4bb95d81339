import type { CallOptions } from "../contract/contract.ts";
import { deadlines, monotonicMs, type Expiring } from "../contract/deadline.ts";
import { CallError, SeamlineError, transportError } from "../contract/errors.ts";
import { copyValue, decode, encode } from "../wire/codec.ts";
import type { Destination, OutgoingCall, Outcome } from "../wire/wire.ts";
import { cancelled, deadlineExceeded, type CallContext, type Settling } from "./context.ts";
import type { LocalModule } from "./local.ts";
import { invalidInput, type BoundOperation } from "./operation.ts";
import { retryDelayMs, RetryBudget } from "./retry.ts";
import type { Runtime } from "./runtime.ts";
import { traceparent } from "./trace.ts";

/**
 * A seam: the way from one part of the program to one module it uses.
 *
 * Every call goes through the seam's one replaceable slot, `invoke`. It is bound to a module of the same process (joined),
 * to a destination on the wire (cut), or to nothing for a while (held): held calls wait, within their deadlines, and go on
 * through whatever the seam is bound to next. So a module can move while the program runs, and no caller knows.
 *
 * Joined and cut calls are written out side by side below because they must mean the same: check and copy the input, hold
 * the call to its deadline, retry what may be retried, copy the result.
 */
export class Seam implements Settling {
  readonly from: string;
  readonly to: string;
  readonly runtime: Runtime;
  invoke: Invoke = invokeHeld;
  local: LocalModule | null = null;
  destination: Destination | null = null;
  /** Whether the callee remembers the keys of commands (it has a store). */
  remembers = false;
  /** Tests send every call that may be repeated twice. */
  doubled = false;
  calls = 0;
  failed = 0;
  inFlight = 0;
  readonly budget = new RetryBudget();
  readonly held = new Set<HeldCall>();

  constructor(from: string, to: string, runtime: Runtime) {
    this.from = from;
    this.to = to;
    this.runtime = runtime;
  }

  get binding(): "joined" | "cut" | "held" {
    return this.invoke === invokeJoined ? "joined" : this.invoke === invokeCut ? "cut" : "held";
  }

  /** Binds the seam to a module of this process and lets held calls go on. */
  join(local: LocalModule): void {
    this.local = local;
    this.remembers = local.store !== null;
    this.#release(invokeJoined);
  }

  /** Binds the seam to a destination and lets held calls go on. `remembers`: the callee has a store. */
  cut(destination: Destination, remembers: boolean): void {
    this.destination = destination;
    this.remembers = remembers;
    this.#release(invokeCut);
  }

  /** New calls wait from now on. Calls in flight go on; `drained` tells when they are done. */
  hold(): void {
    this.invoke = invokeHeld;
  }

  /** Waits until no call that was let through is in flight. @throws SeamlineError `deadline_exceeded` */
  async drained(deadline: number): Promise<void> {
    while (this.inFlight > 0) {
      if (monotonicMs() > deadline)
        throw new SeamlineError(
          "deadline_exceeded",
          `${this.inFlight} calls ${this.from} → ${this.to} are still in flight`,
        );
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  failing(
    context: CallContext,
    error: CallError,
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
  ): void {
    failing(this, context, error, resolve, reject);
  }

  #release(invoke: Invoke): void {
    this.invoke = invoke;
    for (const call of this.held) call.release();
  }

  mayRepeat(operation: BoundOperation): boolean {
    const { kind, secret } = operation.definition;
    return kind === "query" || (this.remembers && !secret);
  }
}

export type Invoke = (
  seam: Seam,
  caller: CallContext,
  operation: BoundOperation,
  input: unknown,
  options?: CallOptions,
) => Promise<unknown>;

/** The point in time at which a call must be settled. */
function callDeadline(seam: Seam, caller: CallContext, operation: BoundOperation, options?: CallOptions): number {
  if (!seam.runtime.guarded) return Infinity;
  const now = deadlines.nowMs();
  let deadline = now + operation.deadlineMs;
  if (caller.deadline < deadline) deadline = caller.deadline;
  if (options?.deadlineMs !== undefined && now + options.deadlineMs < deadline) deadline = now + options.deadlineMs;
  return deadline;
}

/** Why a call may not even begin; null: it may. */
function refusal(
  caller: CallContext,
  operation: BoundOperation,
  deadline: number,
  options?: CallOptions,
): Error | null {
  if (caller.unit !== null && caller.unit.open) return openTransaction(caller, operation);
  if (caller.over !== null || options?.signal?.aborted) return cancelled(operation, caller.traceId);
  if (deadline !== Infinity && deadline <= deadlines.nowMs()) return deadlineExceeded(operation, caller.traceId);
  return null;
}

function openTransaction(caller: CallContext, operation: BoundOperation): Error {
  const name = caller.operation?.name ?? "a subscription";
  return new SeamlineError(
    "internal",
    `${name} asks ${operation.name} while its transaction is open, which would hold a connection and its locks for as ` +
      `long as ${operation.definition.module} takes. Ask before the first use of store, or read with read`,
  );
}

function keyFor(caller: CallContext, operation: BoundOperation, options?: CallOptions): string {
  if (operation.definition.kind === "query") return "";
  const key = options?.key;
  if (key === undefined) return caller.nextKey(operation);
  if (key.length === 0 || key.length > 200)
    throw transportError("invalid", `${operation.name}: the key must have 1 to 200 characters; it has ${key.length}`, {
      operation: operation.name,
    });
  return key;
}

// Joined: a direct call of the handler.

function invokeJoined(
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
function failing(
  seam: Seam,
  context: CallContext,
  error: CallError,
  resolve: (value: unknown) => void,
  reject: (error: unknown) => void,
): void {
  seam.inFlight--;
  const operation = context.operation!;
  const { attempt, outer } = context.rare;
  const delayMs = retryDelayMs(operation, seam.mayRepeat(operation), error, attempt, context.deadline, seam.budget);
  if (delayMs === null) {
    seam.failed++;
    reject(error);
    return;
  }
  setTimeout(() => {
    const { parent, given, deadline, key } = context;
    const caller = parent!;
    if (seam.invoke !== invokeJoined || caller.over !== null || outer?.aborted) return reject(error);
    const again = new seam.local!.Context(context.origin, caller, seam.from, operation, deadline, key);
    again.seam = seam;
    again.given = given;
    again.rare.attempt = attempt + 1;
    seam.inFlight++;
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

// Cut: the same over the wire.

function invokeCut(
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
  const { stable, toText } = operation.input;
  let text: string;
  let key: string;
  try {
    text = stable ? toText(operation.input.copy(input)) : input === undefined ? "" : encode(input);
    key = keyFor(caller, operation, options);
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
    const delayMs = retryDelayMs(operation, repeatable, error, attempt, call.deadline, seam.budget);
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

// Held: wait for the next binding.

interface HeldCall {
  release(): void;
}

function invokeHeld(
  seam: Seam,
  caller: CallContext,
  operation: BoundOperation,
  input: unknown,
  options?: CallOptions,
): Promise<unknown> {
  const deadline = callDeadline(seam, caller, operation, options);
  const refused = refusal(caller, operation, deadline, options);
  if (refused !== null) return refuse(seam, refused);
  let copy: unknown;
  try {
    copy = copyValue(input);
  } catch (error) {
    return refuse(seam, invalidInput(operation, error));
  }
  return new Promise((resolve, reject) => {
    const entry: HeldCall & Expiring = {
      deadline,
      slot: -1,
      owner: caller,
      abandon() {
        seam.held.delete(entry);
        reject(cancelled(operation, caller.traceId));
      },
      expire() {
        seam.held.delete(entry);
        seam.failed++;
        reject(deadlineExceeded(operation, caller.traceId));
      },
      release() {
        seam.held.delete(entry);
        if (deadline !== Infinity) deadlines.remove(entry);
        const left = deadline === Infinity ? options : { ...options, deadlineMs: deadline - deadlines.nowMs() };
        seam.invoke(seam, caller, operation, copy, left).then(resolve, reject);
      },
    };
    seam.held.add(entry);
    if (deadline !== Infinity) deadlines.add(entry);
  });
}

function refuse(seam: Seam, error: Error): Promise<never> {
  seam.failed++;
  return Promise.reject(error);
}

function later(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
