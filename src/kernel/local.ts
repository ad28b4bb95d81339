import { hash } from "node:crypto";
import { operationsOf } from "../contract/contract.ts";
import { deadlines, monotonicMs } from "../contract/deadline.ts";
import { CallError, SeamlineError, transportError } from "../contract/errors.ts";
import type { EventRecord, ModuleStore, UnitOfWork } from "../data/data.ts";
import type { Module } from "../module/module.ts";
import { CodecError } from "../wire/codec.ts";
import type { ContextClass } from "./context-class.ts";
import { deadlineIn, rootContext, type CallContext } from "./context.ts";
import type { Meter } from "./meter.ts";
import { bindOperation, eventCarrier, type BoundOperation } from "./operation.ts";
import { absentModule } from "./retry.ts";
import type { Detector, Runtime } from "./runtime.ts";
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

export type Handler = Module["handlers"][string];

export class LocalModule {
  readonly name: string;
  readonly store: ModuleStore | null;
  readonly Context: ContextClass;
  active = 0;
  readonly #module: Module;
  /** By the id of the operation; a command's runs it in a transaction. */
  readonly #handlers: Handler[] = [];
  /** The same, never measured. */
  readonly #bare: readonly Handler[];
  #meter: Meter | null = null;
  readonly #runtime: Runtime;
  readonly #guarded: boolean;
  readonly #detect: Detector | null;
  #queue: { operation: BoundOperation; input: unknown; context: CallContext }[] = [];
  /** Events being handled. */
  #consuming = 0;

  constructor(module: Module, runtime: Runtime, Context: ContextClass, store: ModuleStore | null) {
    this.name = module.name;
    this.store = store;
    this.Context = Context;
    this.#module = module;
    for (const definition of operationsOf(module.contract)) {
      const operation = bindOperation(definition);
      const handler = module.handlers[definition.name]!;
      this.#handlers[operation.id] =
        store === null || operation.isQuery
          ? handler
          : (input, context) => this.#command(operation, handler, input, context as CallContext, store);
    }
    this.#bare = this.#handlers.slice();
    this.#runtime = runtime;
    this.#guarded = runtime.guarded;
    this.#detect = runtime.detect;
  }

  /** Measures every handler that is started from now on; null: no more. */
  metered(meter: Meter | null): void {
    this.#meter = meter;
    this.#bare.forEach((handler, id) => (this.#handlers[id] = meter === null ? handler : meter.around(handler)));
  }

  /**
   * Runs a call and settles `context`.
   *
   * @param input a checked copy, which the handler may keep
   */
  start(operation: BoundOperation, input: unknown, context: CallContext): void {
    context.via.inFlight++;
    if (context.deadline !== Infinity) deadlines.add(context);
    if (this.active >= maxActive && this.#guarded) return this.#wait(operation, input, context);
    this.#run(operation, input, context);
  }

  #wait(operation: BoundOperation, input: unknown, context: CallContext): void {
    if (this.#queue.length >= maxQueued) this.#queue = this.#queue.filter((entry) => entry.context.resolve !== null);
    if (this.#queue.length < maxQueued) {
      this.#queue.push({ operation, input, context });
      this.#meter?.queued(context);
      return;
    }
    const message = `${operation.name}: ${maxActive} calls run and ${maxQueued} wait already`;
    const details = { operation: operation.name, data: { module: this.name }, traceId: context.traceId };
    context.stop(transportError("overloaded", message, details));
  }

  #run(operation: BoundOperation, input: unknown, context: CallContext): void {
    this.active++;
    let result: Promise<unknown>;
    try {
      result = this.#handlers[operation.id]!(input, context);
    } catch (error) {
      result = Promise.reject(error);
    }
    // A handler that is not async may return its value plainly.
    if (!(result instanceof Promise)) result = Promise.resolve(result);
    result.then(
      (value) => this.#answered(context, value),
      (error: unknown) => this.#failed(context, error),
    );
  }

  #answered(context: CallContext, value: unknown): void {
    this.active--;
    if (this.#queue.length > 0) this.#next();
    const operation = context.operation!;
    // A command's result was copied inside its transaction.
    if (this.store !== null && !operation.isQuery) return context.done(value);
    let copy: unknown;
    try {
      copy = operation.output.copy(value);
      if (this.#detect !== null) this.#detect(operation, "output", copy);
    } catch (error) {
      return this.#stop(context, operation, error);
    }
    context.done(copy);
  }

  #failed(context: CallContext, error: unknown): void {
    this.active--;
    if (this.#queue.length > 0) this.#next();
    this.#stop(context, context.operation!, error);
  }

  #stop(context: CallContext, operation: BoundOperation, error: unknown): void {
    if (context.resolve !== null) context.stop(this.#failure(operation, error, context));
  }

  #next(): void {
    while (this.#queue.length > 0 && this.active < maxActive) {
      const { operation, input, context } = this.#queue.shift()!;
      if (context.resolve !== null) this.#run(operation, input, context);
    }
  }

  /** The handler in one transaction; the result is copied inside it, so that a result that does not fit undoes it. */
  async #command(
    operation: BoundOperation,
    handler: Handler,
    input: unknown,
    context: CallContext,
    store: ModuleStore,
  ): Promise<unknown> {
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
      if (this.#detect !== null) this.#detect(operation, "output", copy);
      return (text = operation.output.toText(copy));
    });
    if (claim === null || stored === text) return copy;
    return stored === "" ? undefined : operation.output.fromJson(JSON.parse(stored));
  }

  /** Waits until it has nothing in hand. @returns how many calls and events it still has at the deadline */
  async drained(deadline: number): Promise<number> {
    for (;;) {
      const left = this.active + this.#queue.length + this.#consuming;
      if (left === 0 || monotonicMs() >= deadline) return left;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  /** Handles an event; resolves when its effect is committed. */
  async consume(event: EventRecord): Promise<void> {
    this.#consuming++;
    try {
      await this.#consume(event);
    } finally {
      this.#consuming--;
    }
  }

  async #consume(event: EventRecord): Promise<void> {
    const subscription = this.#module.subscriptions.find(
      ({ event: { module, name } }) => `${module}.${name}` === event.event,
    );
    if (!subscription || !this.store)
      throw new SeamlineError("invalid", `module "${this.name}" does not subscribe to ${event.event}`);
    const carrier = eventCarrier(subscription.event);
    const payload = carrier.copy(carrier.fromJson(event.payload === "" ? undefined : JSON.parse(event.payload)));
    const origin = { traceId: traceIdOf(event.traceparent), user: null, identity: "" };
    const deadline = deadlineIn(eventDeadlineMs, this.#guarded);
    const context = rootContext(this.Context, subscription.event.module, deadline, origin, `event:${event.id}`);
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
