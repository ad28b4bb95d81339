import { operationsOf, type Contract } from "../contract/contract.ts";
import { CallError, transportError } from "../contract/errors.ts";
import type { EventRecord } from "../data/data.ts";
import { CodecError, encode } from "../wire/codec.ts";
import type { Destination, IncomingCall, WireFailure } from "../wire/wire.ts";
import { Arrival, cancelled } from "./context.ts";
import { forward } from "./forward.ts";
import { edge } from "./gateway.ts";
import type { LocalModule } from "./local.ts";
import { bindOperation, invalidInput, type BoundOperation } from "./operation.ts";
import type { Runtime } from "./runtime.ts";
import { traceIdOf } from "./trace.ts";
import { maxWaiting, Waiting } from "./waiting.ts";

/**
 * The callee's end of a cut call: what arrives on the wire is checked as if a stranger had sent it (who may ask, who the
 * user is, whether the input fits), run like a joined call, and answered.
 */

/** The operation by which a relay hands an event to a subscriber: "<module>.$event". */
export const eventOperation = "$event";

export interface ServeOptions {
  readonly runtime: Runtime;
  /** Part → modules it may ask. The edge of any process may ask every module. */
  readonly uses: Readonly<Record<string, readonly string[]>>;
  /** The way to a module that is not in this process; null: no process is known to hold it. */
  readonly elsewhere: (module: string) => Destination | null;
}

/**
 * Takes calls for the modules of this process. While a module is held they wait; once it has gone they are passed on.
 * What is neither here nor anywhere is `unavailable`.
 */
export class Receiver {
  readonly #options: ServeOptions;
  /** By the operation's name, of modules that are served now: what most calls need is one look here. */
  readonly #known = new Map<string, { operation: BoundOperation; local: LocalModule }>();
  readonly #served = new Map<string, LocalModule>();
  readonly #held = new Map<string, Waiting>();

  constructor(options: ServeOptions) {
    this.#options = options;
  }

  receive(call: IncomingCall): void {
    const target = this.#known.get(call.operation);
    if (target !== undefined) return serve(this.#options, target.operation, target.local, call);
    const [name = "", operation = ""] = call.operation.split(".");
    const waiting = this.#held.get(name);
    if (waiting !== undefined) return wait(waiting, name, call);
    const local = this.#served.get(name);
    if (local && operation === eventOperation) return serveEvent(this.#options.runtime, local, call);
    const destination = local ? null : this.#options.elsewhere(name);
    if (destination !== null) return forward(call, destination);
    refuseCall(
      call,
      "unavailable",
      name,
      local ? `${name} has no operation "${operation}"` : `this process does not hold "${name}"`,
    );
  }

  /** The module is served from now on, also the calls that waited for it. */
  serve(local: LocalModule, contract: Contract): void {
    this.#served.set(local.name, local);
    for (const definition of operationsOf(contract)) {
      const operation = bindOperation(definition);
      this.#known.set(operation.name, { operation, local });
    }
    this.#letGo(local.name);
  }

  /** Calls to the module wait from now on. May be called twice. */
  hold(module: string): void {
    this.#forget(module);
    if (!this.#held.has(module)) this.#held.set(module, new Waiting());
  }

  /** The module is here no longer. Calls that waited for it are passed on. */
  dismiss(module: string): void {
    this.#forget(module);
    this.#letGo(module);
  }

  #forget(module: string): void {
    this.#served.delete(module);
    for (const [name, { local }] of this.#known) if (local.name === module) this.#known.delete(name);
  }

  #letGo(module: string): void {
    const waiting = this.#held.get(module);
    this.#held.delete(module);
    waiting?.release((call) => this.receive(call));
  }
}

function wait(waiting: Waiting, module: string, call: IncomingCall): void {
  if (waiting.size >= maxWaiting)
    return refuseCall(call, "overloaded", module, `${maxWaiting} calls wait already while ${module} is held`);
  waiting.add(call, () => refuseCall(call, "deadline_exceeded", module, `${module} was held until the deadline`));
}

function refuseCall(
  call: IncomingCall,
  code: "unavailable" | "overloaded" | "deadline_exceeded",
  module: string,
  why: string,
): void {
  const { operation } = call;
  call.fail(failureOf(transportError(code, `${operation}: ${why}`, { operation, data: { module } })));
}

function serve(options: ServeOptions, operation: BoundOperation, local: LocalModule, call: IncomingCall): void {
  const { runtime, uses } = options;
  const { meta } = call;
  const traceId = traceIdOf(meta.traceparent);
  let copy: unknown;
  let user;
  try {
    if (meta.from !== edge && !(uses[meta.from] ?? []).includes(local.name))
      throw denied(operation, traceId, `"${meta.from}" has no seam to "${local.name}"`);
    user = runtime.identities.check(meta.identity);
    copy = operation.input.copy(operation.input.fromJson(call.input));
  } catch (error) {
    return call.fail(failureOf(refusal(operation, error, traceId)));
  }
  const origin = { traceId, user, identity: meta.identity };
  const via = arrivalOf(meta.from);
  const resolve = (value: unknown): void => answer(call, operation, value, traceId);
  const reject = (error: unknown): void => call.fail(failureOf(error as CallError, operation));
  const { deadline } = call;
  const context = new local.Context(via, operation, deadline, null, origin, meta.key, undefined, resolve, reject);
  call.oncancel = () => context.stop(cancelled(operation, traceId));
  local.start(operation, copy, context);
}

/** One for each caller; who may call was checked before, so there are few. */
const arrivals = new Map<string, Arrival>();
function arrivalOf(from: string): Arrival {
  let arrival = arrivals.get(from);
  if (!arrival) arrivals.set(from, (arrival = new Arrival(from)));
  return arrival;
}

function answer(call: IncomingCall, operation: BoundOperation, value: unknown, traceId: string): void {
  try {
    call.reply(operation.output.toText(value));
  } catch (error) {
    call.fail(failureOf(refusal(operation, error, traceId)));
  }
}

/** The input was checked before it became a CallError; anything unexpected must not leave the caller waiting. */
function refusal(operation: BoundOperation, error: unknown, traceId: string): CallError {
  if (error instanceof CallError) return error;
  if (error instanceof CodecError) return invalidInput(operation, error);
  const code = (error as { code?: unknown } | null)?.code === "denied" ? "denied" : "internal";
  const message = error instanceof Error ? error.message : String(error);
  return transportError(code, `${operation.name}: ${message}`, { operation: operation.name, traceId });
}

function denied(operation: BoundOperation, traceId: string, why: string): CallError {
  return transportError("denied", `${operation.name}: ${why}; declare it in uses`, {
    operation: operation.name,
    traceId,
  });
}

function failureOf(error: CallError, operation?: BoundOperation): WireFailure {
  const carrier = error.origin === "contract" ? operation?.errors.get(error.code) : undefined;
  const data = carrier ? carrier.toText(error.data) : error.data === undefined ? "" : encode(error.data);
  return { origin: error.origin, code: error.code, message: error.message, data, traceId: error.traceId };
}

function serveEvent(runtime: Runtime, local: LocalModule, call: IncomingCall): void {
  const event = call.input as EventRecord;
  const publisher = String(event?.event).split(".")[0];
  const failed = (error: unknown): void => {
    const message = error instanceof Error ? error.message : String(error);
    runtime.log.warn(
      { module: local.name, event: event?.event, id: event?.id, err: error },
      "an event was not handled",
    );
    const code = (error as { code?: unknown } | null)?.code === "invalid" ? "invalid" : "unavailable";
    call.fail(failureOf(transportError(code, `${call.operation}: ${message}`, { operation: call.operation })));
  };
  if (publisher !== call.meta.from) return failed(new Error(`"${call.meta.from}" told an event of "${publisher}"`));
  local.consume(event).then(() => call.reply(""), failed);
}
