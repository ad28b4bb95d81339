import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";
import {
  nameOf,
  operationsOf,
  reservedNames,
  type Client,
  type Contract,
  type ErrorCodes,
  type ErrorData,
  type EventDefinition,
  type EventNames,
  type Input,
  type Operation,
  type OperationNames,
  type SchemaInput,
  type SchemaOutput,
} from "../contract/contract.ts";
import { SeamlineError } from "../contract/errors.ts";
import {
  sagasOf,
  schedulesOf,
  type DefineSaga,
  type DefineSchedule,
  type LetterReading,
  type LetterWriting,
  type Saga,
  type SagaReading,
  type SagaWriting,
  type Schedule,
} from "./saga.ts";
import type { ProgramAddress } from "./program.ts";

/**
 * A module is a contract, the functions that fulfil it, its own store, and the contracts of the modules it asks. Every
 * handler is an ordinary async function of (input, context); everything it may touch is in the context.
 */

/** The person on whose behalf a call is made, as the app's identity operation described them. */
export interface User {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly string[];
}

export interface Caller {
  /** The module (or pages) that made this call; "edge" for a contract's own HTTP route. */
  readonly module: string;
  /** null: nobody is signed in. */
  readonly user: User | null;
}

export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** A module's tables as a reader sees them: single statements, each on whichever connection is free. */
export type ReadStore<Tables> = Pick<
  Kysely<Tables>,
  "selectFrom" | "selectNoFrom" | "with" | "withRecursive" | "fn" | "case" | "dynamic" | "getExecutor"
>;

export interface StoreDefinition<Tables = unknown> {
  /** kysely migrations by name, run in the order of their names, inside the module's own schema. */
  readonly migrations: Readonly<Record<string, Migration>>;
  /** Carries the type of the tables; never present at run time. */
  readonly tables?: Tables;
}

/** Declares a module's tables. `Tables` is kysely's table interface. */
export function store<Tables>(definition: { migrations: Record<string, Migration> }): StoreDefinition<Tables> {
  return definition;
}

type Uses = Record<string, Contract<string, any>>;
type Clients<U> = { readonly [K in keyof U]: Client<U[K]> };
type TablesOf<S> = S extends StoreDefinition<infer Tables> ? Tables : never;

interface CommonContext {
  readonly caller: Caller;
  /** Fires when the call is cancelled or its deadline passes. */
  readonly signal: AbortSignal;
  /** What is left of the call's time, in ms; at least 0. Infinity in a naive topology. */
  remainingMs(): number;
  readonly log: Log;
  /** 32 hex digits, the same for every call that one request leads to. */
  readonly traceId: string;
  /** The time now. Ask this, not `Date`, so that tests can move it. */
  now(): Date;
  /** Where one of the `programs` of this module is. */
  program(name: string): ProgramAddress;
}

interface Failing<O> {
  /** Ends the call with a declared error; the transaction is rolled back. */
  fail<Code extends ErrorCodes<O>>(code: Code, data: ErrorData<O, Code>): never;
}

interface Reading<S> {
  /** The module's tables, for reading outside any transaction. */
  readonly read: ReadStore<TablesOf<S>>;
  /** This module's sagas. */
  readonly sagas: SagaReading;
  /** Events of this module that were given up. */
  readonly letters: LetterReading;
}

interface Writing<C, S> {
  /**
   * The module's tables inside this call's transaction, which opens with the first statement and commits when the
   * handler returns. Ask other modules before the first statement: a call while the transaction is open is refused.
   */
  readonly store: Kysely<TablesOf<S>>;
  /** Tells an event, in this call's transaction. */
  emit<K extends EventNames<C>>(name: K, payload: C[K] extends EventDefinition<infer P> ? SchemaInput<P> : never): void;
  /** The idempotency key of this call. */
  readonly key: string;
  readonly sagas: SagaWriting;
  readonly letters: LetterWriting;
}

export type QueryContext<U, S, O> = CommonContext &
  Failing<O> &
  Reading<S> &
  Clients<U> & { readonly store: ReadStore<TablesOf<S>> };
export type CommandContext<C, U, S, O> = CommonContext &
  Failing<O> &
  Reading<S> &
  Writing<C, S> &
  Clients<U> &
  IssuingContext;
export type SubscriptionContext<C, U, S> = CommonContext & Reading<S> & Writing<C, S> & Clients<U>;
/** What a saga's `ask` and `poll` are given. Nothing of it is in a transaction. */
type AskingContext<U, S> = CommonContext & Reading<S> & Clients<U> & { readonly key: string };
/** What a saga's `write` is given. What it must ask, it asks in a step of its own before. */
type SagaWritingContext<C, S> = CommonContext & Reading<S> & Writing<C, S>;
type Sagas<C, U, S> = DefineSaga<CommonContext & Reading<S>, AskingContext<U, S>, SagaWritingContext<C, S>>;
/** `issue` signs who a user is; it throws unless this module is the app's identity module. */
export interface IssuingContext {
  issue(user: User): string;
}

type Handler<C, U, S, O> =
  O extends Operation<infer Kind, any, infer R, any>
    ? (
        input: Input<O>,
        context: Kind extends "query" ? QueryContext<U, S, O> & IssuingContext : CommandContext<C, U, S, O>,
      ) => Promise<SchemaInput<R>>
    : never;

export interface EventInfo {
  readonly id: string;
  readonly at: Date;
}

export interface Subscription {
  readonly event: EventDefinition<any>;
  readonly handler: (payload: any, context: any, info: EventInfo) => Promise<void>;
}

export type ModuleDefinition<C, U extends Uses, S> = {
  /** The contracts this module asks, by the name they have in the context. */
  uses?: U;
  /** This module's tables. Left out: the module keeps nothing. */
  store?: S;
  /** Names of the app's programs that this module asks. */
  programs?: readonly string[];
  /** What it does when another module tells something. */
  on?: (subscribe: Subscribe<C, U, S>) => Subscription[];
  /** Tasks of several steps that reach their end whatever dies meanwhile. */
  sagas?: (saga: Sagas<C, U, S>) => Saga[];
  /** What it does every so often. */
  schedules?: (schedule: DefineSchedule<SubscriptionContext<C, U, S>>) => Schedule[];
} & { [K in Exclude<OperationNames<C>, (typeof reservedNames)[number]>]: Handler<C, U, S, C[K]> };

export type Subscribe<C, U, S> = <P extends EventDefinition<any>>(
  event: P,
  handler: (
    payload: P extends EventDefinition<infer Payload> ? SchemaOutput<Payload> : never,
    context: SubscriptionContext<C, U, S>,
    info: EventInfo,
  ) => Promise<void>,
) => Subscription;

/** A module as the runtime sees it. */
export interface Module {
  readonly type: "module";
  readonly name: string;
  readonly contract: Contract;
  readonly uses: Readonly<Record<string, Contract>>;
  readonly store: StoreDefinition | null;
  readonly programs: readonly string[];
  readonly subscriptions: readonly Subscription[];
  readonly sagas: readonly Saga[];
  readonly schedules: readonly Schedule[];
  readonly handlers: Readonly<Record<string, (input: any, context: any) => Promise<unknown>>>;
}

/** Names in every context, so no seam may take one of them. */
const contextNames = [
  "caller",
  "signal",
  "remainingMs",
  "log",
  "traceId",
  "now",
  "fail",
  "read",
  "store",
  "emit",
  "key",
  "issue",
  "sagas",
  "letters",
  "program",
] as const;

/**
 * Fulfils a contract.
 *
 * @throws SeamlineError `module_invalid` that names the module, the field and the remedy
 */
export function module<
  C extends Contract<string, any>,
  U extends Uses = {},
  S extends StoreDefinition<any> = StoreDefinition<{}>,
>(of: C, definition: ModuleDefinition<C, U, S>): Module {
  const name = nameOf(of);
  const refuse = (what: string): never => {
    throw new SeamlineError("module_invalid", `module "${name}": ${what}`, { data: { module: name } });
  };
  const {
    uses = {},
    store: tables = null,
    programs = [],
    on,
  } = definition as ModuleDefinition<C, Uses, StoreDefinition>;
  for (const key of Object.keys(uses))
    if ((contextNames as readonly string[]).includes(key))
      refuse(`uses.${key}: "${key}" is a name of the context; call the seam something else`);
  if (!Array.isArray(programs)) refuse('`programs` must be a list of names, such as ["payment-provider"]');
  const operations = operationsOf(of).map((operation) => operation.name);
  const handlers: Record<string, (input: unknown, context: unknown) => Promise<unknown>> = {};
  for (const [key, value] of Object.entries(definition)) {
    if ((reservedNames as readonly string[]).includes(key)) continue;
    if (!operations.includes(key)) refuse(`"${key}" is not an operation of the contract; remove it or declare it`);
    if (typeof value !== "function") refuse(`"${key}" must be a function (input, context) => Promise`);
    handlers[key] = value as unknown as (input: unknown, context: unknown) => Promise<unknown>;
  }
  for (const operation of operations) if (!handlers[operation]) refuse(`the handler of "${operation}" is missing`);
  const subscriptions = on?.((event, handler) => ({ event, handler })) ?? [];
  if (subscriptions.length > 0 && tables === null)
    refuse("`on` needs a store, which remembers the events that were handled; declare one");
  const seen = new Set<string>();
  for (const { event } of subscriptions) {
    const full = `${event.module}.${event.name}`;
    if (seen.has(full)) refuse(`subscribes twice to ${full}; put both effects in one handler`);
    seen.add(full);
  }
  const sagas = sagasOf(definition.sagas, refuse);
  const schedules = schedulesOf(definition.schedules, refuse);
  if (sagas.length + schedules.length > 0 && tables === null)
    refuse("`sagas` and `schedules` need a store, which remembers how far they are; declare one");
  return Object.freeze({
    type: "module",
    name,
    contract: of,
    uses,
    store: tables,
    programs,
    subscriptions,
    sagas,
    schedules,
    handlers,
  });
}
