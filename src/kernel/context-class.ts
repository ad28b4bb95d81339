import { isContract, operationsOf, type CallOptions, type Contract } from "../contract/contract.ts";
import { SeamlineError } from "../contract/errors.ts";
import type { ModuleStore } from "../data/data.ts";
import type { Log, User } from "../module/module.ts";
import type { ProgramAddress } from "../module/program.ts";
import { lettersOf, sagasOf } from "./context-tasks.ts";
import { CallContext } from "./context.ts";
import { bindOperation, eventCarrier } from "./operation.ts";
import type { Runtime } from "./runtime.ts";
import type { Seam } from "./seam.ts";
import { traceparent } from "./trace.ts";

/**
 * What the handlers of one part find in their context: a client for each seam, the store, its events, a log. Written
 * once per part, as getters on a class, so that a call pays only for what its handler reads.
 */

export interface ContextPart {
  readonly name: string;
  readonly uses: Readonly<Record<string, Contract>>;
  readonly contract: Contract | null;
  readonly store: ModuleStore | null;
  /** By the name the contract has in the context. */
  readonly seams: Readonly<Record<string, Seam>>;
  /** The names of its sagas; modules only. */
  readonly sagas?: readonly string[];
  /** Where its programs are; modules only. */
  readonly program?: (name: string) => ProgramAddress;
}

export type ContextClass = typeof CallContext;

/** Writes the getters of one part's contexts: a client for each seam, its store, its events, its log. */
export function contextClass(runtime: Runtime, part: ContextPart): ContextClass {
  class PartContext extends CallContext {}
  const getters: Record<string, (this: PartContext) => unknown> = {
    log() {
      return logWith({ module: part.name, trace: this.traceId, operation: this.operation?.name }, runtime.log);
    },
    now: () => runtime.now,
    issue: () => (user: User) => runtime.identities.issue(user),
    program: () => part.program,
  };
  for (const [key, contract] of Object.entries(part.uses)) {
    const ClientClass = clientClass(contract, part.seams[key]!);
    getters[key] = function () {
      return new ClientClass(this);
    };
  }
  if (part.store) addStore(getters, part.store, part);
  for (const [key, get] of Object.entries(getters)) Object.defineProperty(PartContext.prototype, key, { get });
  return PartContext;
}

function addStore(
  getters: Record<string, (this: CallContext) => unknown>,
  store: ModuleStore,
  { contract, sagas = [] }: ContextPart,
): void {
  getters["read"] = function () {
    return store.reader(this);
  };
  getters["store"] = function () {
    return this.unit === null ? store.reader(this) : this.unit.store;
  };
  getters["emit"] = function () {
    return (name: string, payload: unknown) => emit(this, contract, name, payload);
  };
  getters["sagas"] = function () {
    return sagasOf(this, store, sagas);
  };
  getters["letters"] = function () {
    return lettersOf(this, store);
  };
}

function emit(context: CallContext, contract: Contract | null, name: string, payload: unknown): void {
  const event = isContract(contract) ? (contract as Record<string, unknown>)[name] : undefined;
  if (typeof event !== "object" || event === null || (event as { type?: unknown }).type !== "event")
    throw new SeamlineError("internal", `emit("${name}"): the contract declares no such event`);
  if (context.unit === null)
    throw new SeamlineError("internal", `emit("${name}"): only commands and subscriptions may tell events`);
  const definition = event as Parameters<typeof eventCarrier>[0];
  const carrier = eventCarrier(definition);
  const copy = carrier.copy(payload);
  context.unit.emit({
    event: `${definition.module}.${definition.name}`,
    key: definition.key(copy),
    payload: carrier.toText(copy),
    at: new Date().toISOString(),
    traceparent: traceparent(context.traceId),
  });
}

/**
 * A class whose instances are clients for one context: a function per operation, which may be taken from the client and
 * passed around, as people do with functions. A method would cost some 15 ns less, and fail there.
 */
function clientClass(contract: Contract, seam: Seam): new (context: CallContext) => object {
  class Client {
    declare readonly context: CallContext;
    constructor(context: CallContext) {
      this.context = context;
    }
  }
  for (const definition of operationsOf(contract)) {
    const operation = bindOperation(definition);
    Object.defineProperty(Client.prototype, definition.name, {
      get(this: Client) {
        const { context } = this;
        return (input: unknown, options?: CallOptions) => seam.invoke(seam, context, operation, input, options);
      },
    });
  }
  return Client;
}

/** A log that adds fields to each of its lines. */
export function logWith(common: object, log: Log): Log {
  return {
    debug: (fields, message) => log.debug({ ...common, ...fields }, message),
    info: (fields, message) => log.info({ ...common, ...fields }, message),
    warn: (fields, message) => log.warn({ ...common, ...fields }, message),
    error: (fields, message) => log.error({ ...common, ...fields }, message),
  };
}
