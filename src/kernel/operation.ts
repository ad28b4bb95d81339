import type { EventDefinition, Operation } from "../contract/contract.ts";
import { transportError, type CallError } from "../contract/errors.ts";
import { CodecError, decode, encode } from "../wire/codec.ts";
import { compileSchema, type CompiledSchema } from "./compile/compile.ts";

/** An operation with everything worked out once: names, compiled schemas, and how its values become text. */
export interface BoundOperation {
  /** "module.operation". */
  readonly name: string;
  readonly definition: Operation;
  /** Its number in this process. */
  readonly id: number;
  readonly isQuery: boolean;
  readonly deadlineMs: number;
  readonly input: Carrier;
  readonly output: Carrier;
  readonly errors: ReadonlyMap<string, Carrier>;
}

/** A compiled schema together with its way through the wire. */
export interface Carrier extends CompiledSchema {
  /** JSON text of a copy; "" for undefined. */
  toText(copy: unknown): string;
  /** From parsed JSON, not yet checked. */
  fromJson(json: unknown): unknown;
}

let nextId = 0;
const operations = new WeakMap<Operation, BoundOperation>();
const events = new WeakMap<EventDefinition, Carrier>();

export function bindOperation(definition: Operation): BoundOperation {
  let bound = operations.get(definition);
  if (!bound) operations.set(definition, (bound = makeOperation(definition)));
  return bound;
}

export function eventCarrier(definition: EventDefinition): Carrier {
  let carrier = events.get(definition);
  if (!carrier) events.set(definition, (carrier = carrierOf(compileSchema(definition.payload))));
  return carrier;
}

function makeOperation(definition: Operation): BoundOperation {
  const errors = Object.entries(definition.errors).map(
    ([code, schema]) => [code, carrierOf(compileSchema(schema))] as const,
  );
  return {
    name: `${definition.module}.${definition.name}`,
    definition,
    id: nextId++,
    isQuery: definition.kind === "query",
    deadlineMs: definition.deadlineMs,
    input: carrierOf(compileSchema(definition.input)),
    output: carrierOf(compileSchema(definition.output)),
    errors: new Map(errors),
  };
}

function carrierOf(schema: CompiledSchema): Carrier {
  const { copy, plain, stable } = schema;
  return {
    copy,
    plain,
    stable,
    toText: plain ? plainText : (value) => (value === undefined ? "" : encode(value)),
    fromJson: plain ? (json) => json : (json) => (json === undefined ? undefined : decode(json)),
  };
}

function plainText(value: unknown): string {
  return value === undefined ? "" : JSON.stringify(value);
}

/** What a caller is told whose input does not fit. */
export function invalidInput(operation: BoundOperation, error: unknown): CallError {
  if (!(error instanceof CodecError)) throw error;
  const path = error.path === "" ? "input" : `input.${error.path}`;
  return transportError("invalid", `${operation.name}: ${error.message} (in ${path})`, {
    operation: operation.name,
    data: { path },
  });
}
