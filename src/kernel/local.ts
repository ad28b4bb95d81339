import { hash } from "node:crypto";
import { deadlines, monotonicMs } from "../contract/deadline.ts";
import { CallError, SeamlineError, transportError } from "../contract/errors.ts";
import type { EventRecord, ModuleStore, UnitOfWork } from "../data/data.ts";
import type { Module } from "../module/module.ts";
import { CodecError } from "../wire/codec.ts";
import type { ContextClass } from "./context-class.ts";
import type { CallContext } from "./context.ts";
import { eventCarrier, type BoundOperation } from "./operation.ts";
import { absentModule } from "./retry.ts";
import type { Runtime } from "./runtime.ts";
import { traceIdOf } from "./trace.ts";

/**
 * A module that runs in this process: takes a call whose input is checked and copied already, and settles it with a
 * checked copy of the result or with a CallError, by its deadline at the latest. Joined callers and the wire both end up
 * here, which is what makes them alike.
 *
 * A call that ran into its deadline is settled for its caller at once; its handler cannot be stopped, so it keeps its
 * place in the bulkhead until it has returned. Otherwise a hanging handler would let in work without end.
 */

/** Handlers of one module at once. More lets a slow module eat the process; fewer idles on waits. */
const maxActive = 128;
/** Calls that wait for a place. A longer queue answers later, not more. */
const maxQueued = 256;
/** Time that the handler of an event may take. */
const eventDeadlineMs = 10_000;

type Executor = { resolve: (value: unknown) => void; reject: (error: unknown) => void };
const executor = {} as Executor;
/** Handed to every `new Promise`, so that making one needs no closure. */
function grab(resolve: (value: unknown) => void, reject: (error: unknown) => void): void {
  executor.resolve = resolve;
  executor.reject = reject;
}

export class LocalModule {
  readonly name: string;
  readonly store: ModuleStore | null;
  readonly Context: ContextClass;
  active = 0;
  readonly #module: Module;
  readonly #runtime: Runtime;
  readonly #guarded: boolean;
  #queue: { operation: BoundOperation; input: unknown; context: CallContext }[] = [];

  constructor(module: Module, runtime: Runtime, Context: ContextClass, store: ModuleStore | null) {
    this.name = module.name;
    this.store = store;
    this.Context = Context;
    this.#module = module;
    this.#runtime = runtime;
    this.#guarded = runtime.guarded;
  }

  /** @param input a checked copy, which the handler may keep */
  run(operation: BoundOperation, input: unknown, context: CallContext): Promise<unknown> {
    const promise = new Promise(grab);
    context.resolve = executor.resolve;
    context.reject = executor.reject;
    if (context.deadline !== Infinity) deadlines.add(context);
    if (this.active < maxActive || !this.#guarded) this.#start(operation, input, context);
    else this.#wait(operation, input, context);
    return promise;
  }

  /** Whether the same command may be run again because its key is remembered. */
  remembers(operation: BoundOperation): boolean {
    return this.store !== null && !operation.definition.secret;
  }

  #wait(operation: BoundOperation, input: unknown, context: CallContext): void {
    if (this.#queue.length >= maxQueued) this.#queue = this.#queue.filter((entry) => entry.context.resolve !== null);
    if (this.#queue.length < maxQueued) {
      this.#queue.push({ operation, input, context });
      return;
    }
    const message = `${operation.name}: ${maxActive} calls run and ${maxQueued} wait already`;
    const details = { operation: operation.name, data: { module: this.name }, traceId: context.traceId };
    context.stop(transportError("overloaded", message, details));
  }

  #start(operation: BoundOperation, input: unknown, context: CallContext): void {
    this.active++;
    const { store } = this;
    // A command's result is copied inside its transaction already.
    const copied = store !== null && operation.definition.kind === "command";
    let result: Promise<unknown>;
    try {
      result = copied
        ? this.#command(operation, input, context, store)
        : this.#module.handlers[operation.definition.name]!(input, context);
    } catch (error) {
      result = Promise.reject(error);
    }
    // A handler that is not async may return its value plainly.
    if (typeof (result as { then?: unknown } | undefined)?.then !== "function") result = Promise.resolve(result);
    result.then(
      (value) => {
        this.#leave();
        if (copied) return context.done(value);
        let copy: unknown;
        try {
          copy = operation.output.copy(value);
        } catch (error) {
          return context.stop(this.#failure(operation, error, context));
        }
        context.done(copy);
      },
      (error: unknown) => {
        this.#leave();
        if (context.resolve !== null) context.stop(this.#failure(operation, error, context));
      },
    );
  }

  #leave(): void {
    this.active--;
    while (this.#queue.length > 0 && this.active < maxActive) {
      const { operation, input, context } = this.#queue.shift()!;
      if (context.resolve !== null) this.#start(operation, input, context);
    }
  }

  /** The handler in one transaction; the result is copied inside it, so that a result that does not fit undoes it. */
  async #command(
    operation: BoundOperation,
    input: unknown,
    context: CallContext,
    store: ModuleStore,
  ): Promise<unknown> {
    const handler = this.#module.handlers[operation.definition.name]!;
    const claim =
      context.key === "" || operation.definition.secret
        ? null
        : {
            key: scopedKey(context),
            operation: operation.name,
            fingerprint: hash("sha256", `${operation.name} ${operation.input.toText(input)}`, "base64"),
          };
    let copy: unknown;
    let text = "";
    const stored = await store.command(claim, context, async (unit: UnitOfWork) => {
      context.unit = unit;
      copy = operation.output.copy(await handler(input, context));
      return (text = operation.output.toText(copy));
    });
    if (claim === null || stored === text) return copy;
    return stored === "" ? undefined : operation.output.fromJson(JSON.parse(stored));
  }

  /** Handles an event; resolves when its effect is committed. */
  async consume(event: EventRecord): Promise<void> {
    const subscription = this.#module.subscriptions.find(
      ({ event: { module, name } }) => `${module}.${name}` === event.event,
    );
    if (!subscription || !this.store)
      throw new SeamlineError("invalid", `module "${this.name}" does not subscribe to ${event.event}`);
    const carrier = eventCarrier(subscription.event);
    const payload = carrier.copy(carrier.fromJson(event.payload === "" ? undefined : JSON.parse(event.payload)));
    const origin = { traceId: traceIdOf(event.traceparent), user: null, identity: "" };
    const deadline = this.#guarded ? monotonicMs() + eventDeadlineMs : Infinity;
    const context = new this.Context(origin, null, subscription.event.module, null, deadline, `event:${event.id}`);
    const info = { id: event.id, at: new Date(event.at) };
    if (deadline !== Infinity) deadlines.add(context);
    try {
      await this.store.consume(event, context, async (unit) => {
        context.unit = unit;
        await subscription.handler(payload, context, info);
      });
    } finally {
      deadlines.remove(context);
    }
  }

  /** What the caller is told about an error that the handler ended with. */
  #failure(operation: BoundOperation, error: unknown, context: CallContext): CallError {
    if (error instanceof CallError && error.operation === operation.name && error.code !== "internal") return error;
    const passed = passedOn(operation, error, context);
    if (passed) return passed;
    this.#runtime.log.error(
      { module: this.name, operation: operation.name, trace: context.traceId, err: error },
      error instanceof CodecError
        ? "the result does not fit the contract"
        : "the handler failed in a way its contract does not declare",
    );
    return transportError("internal", `${operation.name} failed; its log has trace ${context.traceId}`, {
      operation: operation.name,
      traceId: context.traceId,
    });
  }
}

/** One user's key must not bring up another user's result. */
function scopedKey(context: CallContext): string {
  const user = context.origin.user?.id ?? "";
  const key = `${user}:${context.key}`;
  return key.length <= 200 ? key : `sha256:${hash("sha256", key)}`;
}

/**
 * Absence is passed on as absence: of this module's store (an error without an operation), or of a module it asked. What
 * a caller can do about either is the same. Everything else is the module's own fault.
 */
function passedOn(operation: BoundOperation, error: unknown, context: CallContext): CallError | null {
  if (!(error instanceof SeamlineError) || !isAbsenceCode(error.code)) return null;
  const asked = error instanceof CallError ? absentModule(error) : "";
  return transportError(error.code, `${operation.name}: ${error.message}`, {
    operation: operation.name,
    data: { module: asked === "" ? operation.definition.module : asked },
    traceId: context.traceId,
    cause: error,
  });
}

function isAbsenceCode(code: string): code is "unavailable" | "deadline_exceeded" | "overloaded" {
  return code === "unavailable" || code === "deadline_exceeded" || code === "overloaded";
}
