import type { StandardSchemaV1 } from "@standard-schema/spec";
import { CallError, SeamlineError } from "./errors.ts";

/**
 * A contract says what a caller may ask of a module and what it gets: queries, commands and events, with the schemas of
 * their values and the errors they may end with. It is plain data and types, safe to load in a browser, and the only
 * thing of a module that another module may import.
 */

/** Any Standard Schema: zod, valibot, arktype, … zod 4 is compiled; others are called as they are. */
export type Schema<In = any, Out = any> = StandardSchemaV1<In, Out>;
export type SchemaInput<S> = S extends StandardSchemaV1 ? StandardSchemaV1.InferInput<S> : void;
export type SchemaOutput<S> = S extends StandardSchemaV1 ? StandardSchemaV1.InferOutput<S> : void;

export type OperationKind = "query" | "command";
export type HttpMethod = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
/** "GET /api/posts/:number". Path parameters and, for GET and DELETE, the query string fill the input's fields. */
export type HttpRoute = `${HttpMethod} /${string}`;

type Errors = Record<string, Schema>;

interface OperationSpec<I, O, E> {
  /** What the caller gives. Left out: nothing. */
  input?: I;
  /** What the caller gets. Left out: nothing. */
  output?: O;
  /** Errors a caller can act on: code → schema of the data that comes with it. */
  errors?: E;
  /** Time a call may take, in ms. Default 1000. The budget that is left travels with the call. */
  deadlineMs?: number;
  /**
   * For commands whose result must not lie in the store, such as a session token: no key is remembered, so the runtime
   * does not retry the command once it may have been handled. Default false.
   */
  secret?: boolean;
  /** Also reachable over HTTP, on the port of the process that holds the module. */
  http?: HttpRoute;
}

export interface Operation<
  Kind extends OperationKind = OperationKind,
  I extends Schema | undefined = Schema | undefined,
  O extends Schema | undefined = Schema | undefined,
  E extends Errors = Errors,
> {
  readonly type: "operation";
  readonly kind: Kind;
  /** The contract's name; set by `contract`. */
  readonly module: string;
  readonly name: string;
  readonly input: I;
  readonly output: O;
  readonly errors: E;
  readonly deadlineMs: number;
  readonly secret: boolean;
  readonly http: HttpRoute | null;
}

export interface EventDefinition<S extends Schema = Schema> {
  readonly type: "event";
  readonly module: string;
  readonly name: string;
  readonly payload: S;
  /** Events with the same key reach a subscriber in the order in which they were committed. */
  readonly key: (payload: SchemaOutput<S>) => string;
}

export type Definition = Operation<any, any, any, any> | EventDefinition<any>;
export type Shape = Record<string, Definition>;

const contractName = Symbol.for("seamline.contract");

export type Contract<Name extends string = string, S extends Shape = Shape> = Readonly<S> & {
  readonly [contractName]: Name;
};

/** Words that `module` uses beside the handlers, so no operation may have one of them as its name. */
export const reservedNames = ["uses", "store", "on", "programs", "sagas", "schedules"] as const;
type Reserved = (typeof reservedNames)[number];

function operation<
  Kind extends OperationKind,
  I extends Schema | undefined,
  O extends Schema | undefined,
  E extends Errors,
>(kind: Kind, spec: OperationSpec<I, O, E>): Operation<Kind, I, O, E> {
  return {
    type: "operation",
    kind,
    module: "",
    name: "",
    input: spec.input as I,
    output: spec.output as O,
    errors: spec.errors ?? ({} as E),
    deadlineMs: spec.deadlineMs ?? 1000,
    secret: spec.secret ?? false,
    http: spec.http ?? null,
  };
}

/** An operation that changes nothing: it may be retried, and asked of any replica. */
export function query<
  I extends Schema | undefined = undefined,
  O extends Schema | undefined = undefined,
  E extends Errors = {},
>(spec: OperationSpec<I, O, E>): Operation<"query", I, O, E> {
  return operation("query", spec);
}

/** An operation that changes something: it runs in one transaction, under a key that the module's store remembers. */
export function command<
  I extends Schema | undefined = undefined,
  O extends Schema | undefined = undefined,
  E extends Errors = {},
>(spec: OperationSpec<I, O, E>): Operation<"command", I, O, E> {
  return operation("command", spec);
}

/** A fact that a module tells after it is committed. Without a `key`, all events of one kind keep one order. */
export function event<S extends Schema>(
  payload: S,
  options: { key?: (payload: SchemaOutput<S>) => string } = {},
): EventDefinition<S> {
  return { type: "event", module: "", name: "", payload, key: options.key ?? (() => "") };
}

const moduleNamePattern = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const definitionNamePattern = /^[a-z][A-Za-z0-9]*$/;
const routePattern = /^(GET|POST|PUT|PATCH|DELETE) \/\S*$/;

/**
 * Names a module and what it offers.
 *
 * @param name lower-case words with hyphens; also the name of the module's database schema and role
 * @param shape operation or event by name
 * @throws SeamlineError `contract_invalid` that names the contract, the field and the remedy
 */
export function contract<const Name extends string, S extends Shape>(
  name: Name,
  shape: S & { [K in Reserved]?: never },
): Contract<Name, S> {
  const refuse = (what: string): never => {
    throw new SeamlineError("contract_invalid", `contract "${name}": ${what}`, { data: { contract: name } });
  };
  if (!moduleNamePattern.test(name))
    refuse(`the name must be lower-case words joined by hyphens, such as "guest-book"`);
  const routes = new Map<string, string>();
  const entries = Object.entries(shape as Shape).map(([key, definition]) => {
    if (!definitionNamePattern.test(key)) refuse(`"${key}" must be camelCase letters and digits, such as "listPosts"`);
    if ((reservedNames as readonly string[]).includes(key))
      refuse(`"${key}" is a word of module(); choose another name`);
    if (definition?.type !== "operation" && definition?.type !== "event")
      refuse(`"${key}" must be made by query(), command() or event()`);
    if (definition.type === "operation") checkOperation(key, definition, routes, refuse);
    return [key, Object.freeze({ ...definition, module: name, name: key })] as const;
  });
  return Object.freeze({ ...Object.fromEntries(entries), [contractName]: name }) as unknown as Contract<Name, S>;
}

function checkOperation(
  key: string,
  definition: Operation,
  routes: Map<string, string>,
  refuse: (what: string) => never,
): void {
  const { deadlineMs, http } = definition;
  if (!Number.isFinite(deadlineMs) || deadlineMs <= 0)
    refuse(`"${key}".deadlineMs is ${deadlineMs}; it must be a positive number of ms`);
  for (const code of Object.keys(definition.errors))
    if (!definitionNamePattern.test(code))
      refuse(`"${key}".errors has "${code}"; an error code is camelCase letters and digits`);
  if (http === null) return;
  if (!routePattern.test(http)) refuse(`"${key}".http is "${http}"; it must look like "GET /api/posts/:number"`);
  if (http.startsWith("GET ") && definition.kind === "command")
    refuse(`"${key}" is a command, so its http must not be GET`);
  const taken = routes.get(http);
  if (taken !== undefined) refuse(`"${key}" and "${taken}" have the same http route "${http}"`);
  routes.set(http, key);
}

/** The name a contract was given. */
export function nameOf<Name extends string>(of: { readonly [contractName]: Name }): Name {
  return of[contractName];
}

/** Whether a value was made by `contract`. */
export function isContract(value: unknown): value is Contract {
  return typeof value === "object" && value !== null && contractName in value;
}

export function operationsOf(of: Contract): Operation[] {
  return Object.values(of as unknown as Shape).filter((definition) => definition.type === "operation");
}

export function eventsOf(of: Contract): EventDefinition[] {
  return Object.values(of as unknown as Shape).filter((definition) => definition.type === "event");
}

export interface CallOptions {
  /** A shorter deadline than the contract's, in ms from now. A longer one is not granted. */
  deadlineMs?: number;
  /** Gives the call up: it settles with `cancelled`, and the callee's own signal fires. */
  signal?: AbortSignal;
  /**
   * For commands: the idempotency key, 1–200 characters. Two calls with one key have one effect and one result. Default:
   * a new key a call (derived from the outer command's key where there is one), shared by all attempts of the call.
   */
  key?: string;
}

export type OperationNames<C> = { [K in keyof C]: C[K] extends Operation<any, any, any, any> ? K : never }[keyof C] &
  string;
export type EventNames<C> = { [K in keyof C]: C[K] extends EventDefinition<any> ? K : never }[keyof C] & string;

/** What a handler is given. */
export type Input<O> = O extends Operation<any, infer I, any, any> ? SchemaOutput<I> : never;
/** What a caller gets. */
export type Output<O> = O extends Operation<any, any, infer R, any> ? SchemaOutput<R> : never;

export type ClientCall<O> =
  O extends Operation<any, infer I, infer R, any>
    ? undefined extends SchemaInput<I>
      ? (input?: SchemaInput<I>, options?: CallOptions) => Promise<SchemaOutput<R>>
      : void extends SchemaInput<I>
        ? (input?: undefined, options?: CallOptions) => Promise<SchemaOutput<R>>
        : (input: SchemaInput<I>, options?: CallOptions) => Promise<SchemaOutput<R>>
    : never;

/** How a caller sees a module: an async function for each operation. */
export type Client<C> = { readonly [K in OperationNames<C>]: ClientCall<C[K]> };

export type ErrorData<O, Code> =
  O extends Operation<any, any, any, infer E> ? (Code extends keyof E ? SchemaOutput<E[Code]> : never) : never;
export type ErrorCodes<O> = O extends Operation<any, any, any, infer E> ? keyof E & string : never;

/**
 * Whether a call of `operation` ended with the declared error `code`; then `error.data` has the declared type.
 *
 * @example if (isError(error, comments.add, "locked")) show(error.data.until)
 */
export function isError<O extends Operation<any, any, any, any>, Code extends ErrorCodes<O>>(
  error: unknown,
  operation: O,
  code: Code,
): error is CallError & { code: Code; data: ErrorData<O, Code> } {
  return (
    error instanceof CallError &&
    error.origin === "contract" &&
    error.code === code &&
    error.operation === `${operation.module}.${operation.name}`
  );
}
