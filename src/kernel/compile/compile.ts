import type * as z from "zod/v4/core";
import type { Schema } from "../../contract/contract.ts";
import { CodecError } from "../../wire/codec.ts";
import { ask } from "./ask.ts";
import { isZod } from "./facts.ts";
import { Writer } from "./writer.ts";

/**
 * Turns a schema into one function that checks a value and copies exactly what the schema says, in a single pass.
 *
 * The function is written out as JavaScript from zod's definition tree, so that a joined call pays for property reads
 * and comparisons only. Its source is made from the schema's structure, never from values: every name and constant goes
 * in as a JSON literal or as a reference.
 *
 * It is a fast *yes*: whatever it accepts, the schema accepts with the same result. Whatever it does not recognise goes
 * to the schema itself, which decides and says what is wrong. So parts that cannot be written out (transforms,
 * refinements, other schema libraries) work as well; they only cost what their library costs, and the rest of the schema
 * stays compiled.
 */
export interface CompiledSchema {
  /** A checked copy that shares nothing with `value`. @throws CodecError */
  readonly copy: (value: unknown) => unknown;
  /** The copies consist of what JSON has, so that `JSON.stringify` and `JSON.parse` carry them without tags. */
  readonly plain: boolean;
  /**
   * Checking a checked value again gives the same value (there is no transform), so that both ends of a link may check.
   * Otherwise the caller's end sends the value as it is, and the callee's end alone checks.
   */
  readonly stable: boolean;
}

/** A schema that accepts nothing but `undefined`, for operations without input or output. */
const nothing: CompiledSchema = {
  copy(value) {
    if (value === undefined) return undefined;
    throw new CodecError("", "was not expected; leave it out");
  },
  plain: true,
  stable: true,
};

const compiled = new WeakMap<object, CompiledSchema>();

/** @param schema any Standard Schema; undefined for "nothing" */
export function compileSchema(schema: Schema | undefined): CompiledSchema {
  if (schema === undefined) return nothing;
  const known = compiled.get(schema);
  if (known) return known;
  const made = isZod(schema) ? fromZod(schema) : fromStandard(schema);
  compiled.set(schema, made);
  return made;
}

function fromStandard(schema: Schema): CompiledSchema {
  return { copy: (value) => ask(schema, value), plain: false, stable: false };
}

function fromZod(schema: z.$ZodType): CompiledSchema {
  const writer = new Writer();
  const standard = schema as unknown as Schema;
  return {
    copy: writer.build(schema, (value) => ask(standard, value)),
    plain: writer.plain,
    stable: writer.stable,
  };
}
