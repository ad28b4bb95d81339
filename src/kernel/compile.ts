import type * as z from "zod/v4/core";
import type { Schema } from "../contract/contract.ts";
import { CodecError, copyValue, maxDepth, maxUnits } from "../wire/codec.ts";

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
  copy(value: unknown): unknown;
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

function isZod(schema: unknown): schema is z.$ZodType {
  return typeof schema === "object" && schema !== null && "_zod" in schema;
}

/** What the schema itself makes of a value, copied. */
function ask(schema: Schema, value: unknown): unknown {
  const result = validate(schema, value);
  if (result instanceof Promise)
    throw new CodecError("", "has a schema that checks asynchronously; contracts need schemas that answer at once");
  if (result.issues) {
    const issue = result.issues[0];
    const path = (issue?.path ?? []).map((part) => (typeof part === "object" ? part.key : part));
    throw new CodecError(toPath(path), `does not fit the contract: ${issue?.message ?? "refused by its schema"}`);
  }
  return copyValue(result.value);
}

function validate(schema: Schema, value: unknown): ReturnType<Schema["~standard"]["validate"]> {
  try {
    return schema["~standard"].validate(value);
  } catch (error) {
    if (error instanceof RangeError)
      throw new CodecError("", `lies more than ${maxDepth} levels deep, or refers back to itself; flatten it`);
    throw error;
  }
}

function toPath(parts: readonly PropertyKey[]): string {
  return parts
    .map((part, at) => (typeof part === "number" ? `[${part}]` : at === 0 ? String(part) : `.${String(part)}`))
    .join("");
}

function fromStandard(schema: Schema): CompiledSchema {
  return { copy: (value) => ask(schema, value), plain: false, stable: false };
}

function fromZod(schema: z.$ZodType): CompiledSchema {
  const writer = new Writer();
  const fast = writer.build(schema);
  const standard = schema as unknown as Schema;
  return {
    copy(value) {
      const copy = fast(value);
      return copy === no ? ask(standard, value) : copy;
    },
    plain: writer.plain,
    stable: writer.stable,
  };
}

/** What a compiled function answers when it does not recognise a value. */
const no = Symbol("no");

type Def = Record<string, any> & { type: string; checks?: z.$ZodCheck[] };

/** Statements that look at the variable they were written for, or leave by `return no`; and the copy they end with. */
interface Code {
  readonly statements: string;
  readonly result: string;
}

/**
 * Writes a schema as one function, nested parts in place. Parts that refer to themselves, and the options of a union,
 * which must be able to fail on their own, get functions of their own. Every function takes a value and its depth, gives
 * a copy or `no`, and adds the copy's size to `units`.
 */
class Writer {
  plain = true;
  stable = true;
  readonly #functions: string[] = [];
  readonly #references: unknown[] = [];
  readonly #names = new Map<z.$ZodType, string>();
  #variables = 0;

  build(root: z.$ZodType): (value: unknown) => unknown {
    const name = this.call(root);
    const source = [
      `"use strict"; let units = 0;`,
      ...this.#functions,
      `return (value) => { units = 0; const copy = ${name}(value, 0); return units > ${maxUnits} ? no : copy; };`,
    ].join("\n");
    // Source made from a schema of the program itself; see the essay above.
    // oxlint-disable-next-line typescript/no-implied-eval
    return new Function("no", "refs", "ask", source)(no, this.#references, tryAsk) as (value: unknown) => unknown;
  }

  /** The name of a function for a schema, written when it is first asked for. */
  call(schema: z.$ZodType): string {
    const known = this.#names.get(schema);
    if (known !== undefined) return known;
    const name = `f${this.#names.size}`;
    this.#names.set(schema, name);
    const { statements, result } = this.#write(schema, "v", 0);
    this.#functions.push(`function ${name}(v, d) { let u = 0; ${statements} units += u; return ${result}; }`);
    return name;
  }

  /** Statements for a part that lies `depth` containers inside the function's own value. */
  inline(schema: z.$ZodType, variable: string, depth: number): Code {
    const { type } = schema._zod.def;
    if (type !== "lazy" && !isRecursive(schema)) return this.#write(schema, variable, depth);
    const result = this.variable();
    const call = `${this.call(schema)}(${variable}, d + ${depth})`;
    return { statements: `const ${result} = ${call}; if (${result} === no) return no;`, result };
  }

  variable(): string {
    return `x${this.#variables++}`;
  }

  reference(value: unknown): string {
    this.#references.push(value);
    return `refs[${this.#references.length - 1}]`;
  }

  /** Says that copies hold more than JSON has. */
  rich(): void {
    this.plain = false;
  }

  #write(schema: z.$ZodType, v: string, depth: number): Code {
    const def = schema._zod.def as Def;
    return writers[def.type]?.(def, this, v, depth) ?? this.#leaveToSchema(schema, v);
  }

  /** The schema's own answer, for this part of the value only. */
  #leaveToSchema(schema: z.$ZodType, v: string): Code {
    if (!isJson(schema)) this.plain = false;
    if (transforms(schema)) this.stable = false;
    const result = this.variable();
    const asks = `const ${result} = ask(${this.reference(schema)}, ${v}); if (${result} === no) return no;`;
    return { statements: `${asks} u += 8;`, result };
  }
}

function tryAsk(schema: Schema, value: unknown): unknown {
  try {
    return ask(schema, value);
  } catch (error) {
    if (error instanceof CodecError) return no;
    throw error;
  }
}

/** Whether checking twice may differ from checking once. Refinements, defaults and coercions may be repeated. */
function transforms(schema: z.$ZodType, seen = new Set<z.$ZodType>()): boolean {
  if (seen.has(schema)) return false;
  seen.add(schema);
  const def = schema._zod.def as Def;
  if (def.type === "transform" || def.type === "pipe") return true;
  return innerSchemas(def).some((inner) => transforms(inner, seen));
}

const jsonTypes = new Set(
  "string number boolean null enum literal object array tuple record union nullable default readonly lazy".split(" "),
);

/** Whether what a schema lets through is made of what JSON has. Optional counts where a property can be left out. */
function isJson(schema: z.$ZodType, isProperty = false, seen = new Set<z.$ZodType>()): boolean {
  if (seen.has(schema)) return true;
  seen.add(schema);
  const def = schema._zod.def as Def;
  if (def.type === "optional") return isProperty && isJson(def["innerType"] as z.$ZodType, false, seen);
  return jsonTypes.has(def.type) && innerSchemas(def).every((inner) => isJson(inner, def.type === "object", seen));
}

/** Whether a schema contains itself. */
function isRecursive(schema: z.$ZodType): boolean {
  const seen = new Set<z.$ZodType>();
  const leadsBack = (part: z.$ZodType): boolean =>
    innerSchemas(part._zod.def as Def).some((inner) => {
      if (inner === schema) return true;
      if (seen.has(inner)) return false;
      seen.add(inner);
      return leadsBack(inner);
    });
  return leadsBack(schema);
}

function innerSchemas(def: Def): z.$ZodType[] {
  const shape = def.type === "object" ? Object.values(def["shape"] as Record<string, z.$ZodType>) : [];
  const lazy = def.type === "lazy" ? [(def["getter"] as () => z.$ZodType)()] : [];
  const named = ["innerType", "element", "keyType", "valueType", "left", "right", "rest", "catchall"].map(
    (key) => def[key],
  );
  const listed = [...(def["options"] ?? []), ...(def["items"] ?? [])];
  return [...shape, ...lazy, ...named, ...listed].filter(isZod);
}

type Write = (def: Def, writer: Writer, v: string, depth: number) => Code | null;

/** By zod type; null leaves it to the schema. */
const writers: Record<string, Write> = {
  string(def, writer, v) {
    const checks = def["coerce"] ? null : stringChecks(def, writer, v);
    if (checks === null) return null;
    return { statements: `if (typeof ${v} !== "string") return no; ${checks} u += ${v}.length + 8;`, result: v };
  },
  number(def, _writer, v) {
    const checks = def["coerce"] ? null : numberChecks(def, v);
    // Only a finite number less itself is 0. Adding 0 turns -0 into 0.
    const finite = `if (typeof ${v} !== "number" || ${v} - ${v} !== 0) return no;`;
    return checks === null ? null : { statements: `${finite} ${checks} u += 8;`, result: `${v} + 0` };
  },
  boolean: (def, _writer, v) =>
    def["coerce"] || hasChecks(def)
      ? null
      : { statements: `if (typeof ${v} !== "boolean") return no; u += 8;`, result: v },
  null: (def, _writer, v) =>
    hasChecks(def) ? null : { statements: `if (${v} !== null) return no; u += 8;`, result: "null" },
  undefined: nothingAtAll,
  void: nothingAtAll,
  bigint(def, writer, v) {
    if (def["coerce"] || hasChecks(def)) return null;
    writer.rich();
    return { statements: `if (typeof ${v} !== "bigint") return no; u += 8 + String(${v}).length;`, result: v };
  },
  date(def, writer, v) {
    if (def["coerce"] || hasChecks(def)) return null;
    writer.rich();
    const time = writer.variable();
    const valid = `const ${time} = ${v}.getTime(); if (${time} !== ${time}) return no; u += 8;`;
    return { statements: `if (!(${v} instanceof Date)) return no; ${valid}`, result: `new Date(${time})` };
  },
  literal: (def, writer, v) => (hasChecks(def) ? null : oneOf(def["values"] as unknown[], writer, v)),
  enum: (def, writer, v) => (hasChecks(def) ? null : oneOf(Object.values(def["entries"] as object), writer, v)),
  readonly: (def, writer, v, depth) => (hasChecks(def) ? null : writer.inline(def["innerType"], v, depth)),
  nullable: (def, writer, v, depth) => (hasChecks(def) ? null : unless(`${v} === null`, "null", def, writer, v, depth)),
  // As a property, `object` handles undefined itself; anywhere else it is a value that JSON lacks.
  optional(def, writer, v, depth) {
    if (hasChecks(def)) return null;
    writer.rich();
    return unless(`${v} === undefined`, "undefined", def, writer, v, depth);
  },
  default(def, writer, v, depth) {
    const { defaultValue } = def;
    if (hasChecks(def) || (typeof defaultValue === "object" && defaultValue !== null)) return null;
    const given = writer.variable();
    const { statements, result } = writer.inline(def["innerType"], given, depth);
    const value = `let ${given} = ${v} === undefined ? ${writer.reference(defaultValue)} : ${v};`;
    return { statements: `${value} ${statements}`, result };
  },
  lazy: (def, writer, v, depth) =>
    hasChecks(def) ? null : writer.inline((def["getter"] as () => z.$ZodType)(), v, depth),
  array(def, writer, v, depth) {
    const bounds = lengthChecks(def, v);
    if (bounds === null) return null;
    const [out, index, item] = [writer.variable(), writer.variable(), writer.variable()];
    const { statements, result } = writer.inline(def["element"], item, depth + 1);
    return {
      statements: `if (!Array.isArray(${v}) || d + ${depth} >= ${maxDepth}) return no; ${bounds} u += 8;
        const ${out} = new Array(${v}.length);
        for (let ${index} = 0; ${index} < ${v}.length; ${index}++) {
          let ${item} = ${v}[${index}]; ${statements} ${out}[${index}] = ${result};
        }`,
      result: out,
    };
  },
  object: (def, writer, v, depth) => (hasChecks(def) ? null : objectCode(def, writer, v, depth)),
  record(def, writer, v, depth) {
    const key = (def["keyType"] as z.$ZodType)._zod.def as Def;
    if (hasChecks(def) || key.type !== "string" || hasChecks(key) || key["coerce"] || def["mode"] === "loose")
      return null;
    const [out, name, item, copy, prototype] = [0, 0, 0, 0, 0].map(() => writer.variable()) as [
      string,
      string,
      string,
      string,
      string,
    ];
    const { statements, result } = writer.inline(def["valueType"], item, depth + 1);
    return {
      statements: `if (typeof ${v} !== "object" || ${v} === null || d + ${depth} >= ${maxDepth}) return no;
        const ${prototype} = Object.getPrototypeOf(${v});
        if (${prototype} !== Object.prototype && ${prototype} !== null) return no;
        const ${out} = {}; u += 8;
        for (const ${name} of Object.keys(${v})) {
          if (${name} === "__proto__") return no;
          let ${item} = ${v}[${name}]; ${statements} const ${copy} = ${result};
          if (${copy} !== undefined) { ${out}[${name}] = ${copy}; u += ${name}.length; }
        }`,
      result: out,
    };
  },
  union(def, writer, v, depth) {
    if (hasChecks(def) || def["inclusive"] === false) return null;
    const result = writer.variable();
    const [first, ...rest] = (def["options"] as z.$ZodType[]).map(
      (option) => `${writer.call(option)}(${v}, d + ${depth})`,
    );
    const tries = rest.map((call) => `if (${result} === no) ${result} = ${call};`);
    return { statements: `let ${result} = ${first}; ${tries.join(" ")} if (${result} === no) return no;`, result };
  },
};

function hasChecks(def: Def): boolean {
  return (def.checks?.length ?? 0) > 0;
}

function nothingAtAll(def: Def, writer: Writer, v: string): Code | null {
  writer.rich();
  return hasChecks(def) ? null : { statements: `if (${v} !== undefined) return no; u += 8;`, result: "undefined" };
}

/** A part that may also be one other value. */
function unless(test: string, value: string, def: Def, writer: Writer, v: string, depth: number): Code {
  const copy = writer.variable();
  const { statements, result } = writer.inline(def["innerType"], v, depth);
  return {
    statements: `let ${copy} = ${value}; if (${test}) u += 8; else { ${statements} ${copy} = ${result}; }`,
    result: copy,
  };
}

function objectCode(def: Def, writer: Writer, v: string, depth: number): Code | null {
  const catchall = (def["catchall"] as z.$ZodType | undefined)?._zod.def.type;
  if (catchall !== undefined && catchall !== "never") return null;
  const shape = Object.entries(def["shape"] as Record<string, z.$ZodType>);
  if (shape.some(([key]) => key === "__proto__")) return null;
  const out = writer.variable();
  const statements: string[] = [];
  const always: string[] = [];
  const late: string[] = [];
  for (const [key, schema] of shape) {
    const name = JSON.stringify(key);
    const value = writer.variable();
    const inner = schema._zod.def as Def;
    const optional = inner.type === "optional" && !hasChecks(inner);
    const code = optional
      ? unlessMissing(writer.inline(inner["innerType"] as z.$ZodType, value, depth + 1), value, writer)
      : writer.inline(schema, value, depth + 1);
    statements.push(`let ${value} = ${v}[${name}]; ${code.statements}`);
    if (optional || mayBeUndefined(schema)) late.push(keepUnlessUndefined(out, name, code.result, writer));
    else always.push(`${name}: ${code.result}`);
  }
  const keyUnits = shape.reduce((sum, [key]) => sum + key.length, 8);
  const known = shape.map(([key]) => `k !== ${JSON.stringify(key)}`).join(" && ") || "true";
  const strict = catchall === "never" ? `for (const k of Object.keys(${v})) if (${known}) return no;` : "";
  return {
    statements: `if (typeof ${v} !== "object" || ${v} === null || d + ${depth} >= ${maxDepth} || Array.isArray(${v})) return no;
      ${strict} ${statements.join("\n")} u += ${keyUnits};
      const ${out} = { ${always.join(", ")} }; ${late.join(" ")}`,
    result: out,
  };
}

function unlessMissing({ statements, result }: Code, value: string, writer: Writer): Code {
  const copy = writer.variable();
  return {
    statements: `let ${copy}; if (${value} !== undefined) { ${statements} ${copy} = ${result}; }`,
    result: copy,
  };
}

function keepUnlessUndefined(out: string, name: string, result: string, writer: Writer): string {
  const copy = writer.variable();
  return `const ${copy} = ${result}; if (${copy} !== undefined) ${out}[${name}] = ${copy};`;
}

/** Whether a property with this schema may come out undefined, and is then left out of the copy. */
function mayBeUndefined(schema: z.$ZodType): boolean {
  const { type } = schema._zod.def;
  return !["string", "number", "boolean", "null", "bigint", "date", "enum", "array", "object", "record"].includes(type);
}

function oneOf(values: readonly unknown[], writer: Writer, v: string): Code | null {
  const isPlain = (value: unknown): boolean => value === null || typeof value !== "number" || Number.isFinite(value);
  const kinds = ["string", "boolean", "number"];
  if (!values.every((value) => (value === null || kinds.includes(typeof value)) && isPlain(value))) return null;
  const tests = values.map((value) => `${v} !== ${JSON.stringify(value)}`).join(" && ") || "true";
  const test = values.length > 8 ? `!${writer.reference(new Set(values))}.has(${v})` : tests;
  return { statements: `if (${test}) return no; u += typeof ${v} === "string" ? ${v}.length + 8 : 8;`, result: v };
}

/** String formats whose whole check is their pattern. */
const patternFormats = new Set(
  "regex uuid guid email datetime date time duration nanoid cuid cuid2 ulid lowercase uppercase starts_with ends_with includes".split(
    " ",
  ),
);

/** A format such as uuid is itself a check, beside those that were added to it. */
function checksOf(def: Def): Record<string, any>[] {
  const added = (def.checks ?? []).map((check) => check._zod.def as Record<string, any>);
  return def["check"] === undefined ? added : [def, ...added];
}

/** Statements for all checks; null when one of them cannot be written out. */
function allChecks(def: Def, write: (check: Record<string, any>) => string | null): string | null {
  const statements = checksOf(def).map(write);
  return statements.includes(null) ? null : statements.join(" ");
}

function stringChecks(def: Def, writer: Writer, v: string): string | null {
  return allChecks(def, (check) => {
    const length = lengthCheck(check, v);
    if (length !== null) return length;
    if (check["check"] === "overwrite")
      return `${v} = ${writer.reference(check["tx"])}(${v}); if (typeof ${v} !== "string") return no;`;
    const { pattern, format } = check;
    const whole = check["check"] === "string_format" && patternFormats.has(format as string);
    if (!whole || !(pattern instanceof RegExp) || pattern.global || pattern.sticky) return null;
    return `if (!${writer.reference(pattern)}.test(${v})) return no;`;
  });
}

function numberChecks(def: Def, v: string): string | null {
  return allChecks(def, ({ check, value, inclusive, format }) => {
    const limit = typeof value === "number" ? value : null;
    if (check === "greater_than" && limit !== null) return `if (!(${v} ${inclusive ? ">=" : ">"} ${limit})) return no;`;
    if (check === "less_than" && limit !== null) return `if (!(${v} ${inclusive ? "<=" : "<"} ${limit})) return no;`;
    return check === "number_format" && format === "safeint" ? `if (!Number.isSafeInteger(${v})) return no;` : null;
  });
}

function lengthChecks(def: Def, v: string): string | null {
  return allChecks(def, (check) => lengthCheck(check, v));
}

function lengthCheck(check: Record<string, any>, v: string): string | null {
  if (check["check"] === "min_length") return `if (${v}.length < ${Number(check["minimum"])}) return no;`;
  if (check["check"] === "max_length") return `if (${v}.length > ${Number(check["maximum"])}) return no;`;
  return check["check"] === "length_equals" ? `if (${v}.length !== ${Number(check["length"])}) return no;` : null;
}
