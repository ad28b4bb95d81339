import { operationsOf } from "../contract/contract.ts";
import { CallError, transportError } from "../contract/errors.ts";
import type { EventRecord } from "../data/data.ts";
import { CodecError, encode } from "../wire/codec.ts";
import type { IncomingCall, WireFailure } from "../wire/wire.ts";
import { Arrival, cancelled } from "./context.ts";
import type { LocalModule } from "./local.ts";
import { bindOperation, invalidInput, type BoundOperation } from "./operation.ts";
import type { Runtime } from "./runtime.ts";
import { traceIdOf } from "./trace.ts";

/**
 * The callee's end of a cut call: what arrives on the wire is checked as if a stranger had sent it (who may ask, who the
 * user is, whether the input fits), run like a joined call, and answered.
 */

/** The operation by which a relay hands an event to a subscriber: "<module>.$event". */
export const eventOperation = "$event";

export interface ServeOptions {
  readonly runtime: Runtime;
  readonly modules: ReadonlyMap<string, LocalModule>;
  readonly contracts: ReadonlyMap<string, Parameters<typeof operationsOf>[0]>;
  /** Part → modules it may ask. */
  readonly uses: Readonly<Record<string, readonly string[]>>;
}

/** Makes the function that takes incoming calls. */
export function createReceiver(options: ServeOptions): (call: IncomingCall) => void {
  const { modules, contracts, runtime } = options;
  const known = new Map<string, { operation: BoundOperation; local: LocalModule }>();
  for (const [name, local] of modules)
    for (const definition of operationsOf(contracts.get(name)!)) {
      const operation = bindOperation(definition);
      known.set(operation.name, { operation, local });
    }
  return (call) => {
    const target = known.get(call.operation);
    if (target !== undefined) return serve(runtime, options, target.operation, target.local, call);
    const [name = "", operation = ""] = call.operation.split(".");
    const local = modules.get(name);
    if (local && operation === eventOperation) return serveEvent(runtime, local, call);
    const what = local ? `${name} has no operation "${operation}"` : `this process does not hold "${name}"`;
    call.fail(
      failureOf(
        transportError("unavailable", `${call.operation}: ${what}`, {
          operation: call.operation,
          data: { module: name },
        }),
      ),
    );
  };
}

function serve(
  runtime: Runtime,
  options: ServeOptions,
  operation: BoundOperation,
  local: LocalModule,
  call: IncomingCall,
): void {
  const { meta } = call;
  const traceId = traceIdOf(meta.traceparent);
  let copy: unknown;
  let user;
  try {
    if (!(options.uses[meta.from] ?? []).includes(local.name))
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
