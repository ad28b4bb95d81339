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
  const root = writer.functionFor(schema);
  const standard = schema as unknown as Schema;
  const fast = writer.build(root);
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

/** String formats whose whole check is their pattern. */
const patternFormats = new Set([
  "regex",
  "uuid",
  "guid",
  "email",
  "datetime",
  "date",
  "time",
  "duration",
  "nanoid",
  "cuid",
  "cuid2",
  "ulid",
  "lowercase",
  "uppercase",
  "starts_with",
  "ends_with",
  "includes",
]);

type Def = Record<string, any> & { type: string; checks?: z.$ZodCheck[] };

/**
 * Writes one function per composite schema. Every written function takes a value and a depth, gives a copy or `no`, and
 * adds the copy's size to `units`.
 */
class Writer {
  plain = true;
  stable = true;
  readonly #functions: string[] = [];
  readonly #references: unknown[] = [];
  readonly #names = new Map<z.$ZodType, string>();

  build(root: string): (value: unknown) => unknown {
    const source = [
      `"use strict"; let units = 0;`,
      ...this.#functions,
      `return (value) => { units = 0; const copy = ${root}(value, 0); return units > ${maxUnits} ? no : copy; };`,
    ].join("\n");
    // Source made from a schema of the program itself; see the essay above.
    // oxlint-disable-next-line typescript/no-implied-eval
    return new Function("no", "refs", "copyValue", "ask", source)(no, this.#references, copyValue, tryAsk) as (
      value: unknown,
    ) => unknown;
  }

  functionFor(schema: z.$ZodType): string {
    const known = this.#names.get(schema);
    if (known !== undefined) return known;
    const name = `f${this.#names.size}`;
    this.#names.set(schema, name);
    const body = this.#statements(schema);
    this.#functions.push(`function ${name}(v, d) { ${body} }`);
    return name;
  }

  #reference(value: unknown): string {
    this.#references.push(value);
    return `refs[${this.#references.length - 1}]`;
  }

  /** Statements that end by returning the copy of `v`, or `no`. */
  #statements(schema: z.$ZodType): string {
    const def = schema._zod.def as Def;
    return writers[def.type]?.(def, this.#tools) ?? this.#leaveToSchema(schema);
  }

  readonly #tools: Tools = {
    call: (schema, value, depth = "d") => `${this.functionFor(schema)}(${value}, ${depth})`,
    reference: (value) => this.#reference(value),
    rich: () => void (this.plain = false),
  };

  /** The schema's own answer, for this part of the value only. */
  #leaveToSchema(schema: z.$ZodType): string {
    if (!isJson(schema)) this.plain = false;
    if (transforms(schema)) this.stable = false;
    return `units += 8; return ask(${this.#reference(schema)}, v);`;
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

function innerSchemas(def: Def): z.$ZodType[] {
  const shape = def.type === "object" ? Object.values(def["shape"] as Record<string, z.$ZodType>) : [];
  const lazy = def.type === "lazy" ? [(def["getter"] as () => z.$ZodType)()] : [];
  const named = ["innerType", "element", "keyType", "valueType", "left", "right", "rest", "catchall"].map(
    (key) => def[key],
  );
  const listed = [...(def["options"] ?? []), ...(def["items"] ?? [])];
  return [...shape, ...lazy, ...named, ...listed].filter(isZod);
}

interface Tools {
  /** An expression that copies `value` by the function of `schema`. */
  call(schema: z.$ZodType, value: string, depth?: string): string;
  reference(value: unknown): string;
  /** Says that copies hold more than JSON has. */
  rich(): void;
}

/** By zod type: statements for a value `v` at depth `d`; null leaves it to the schema. */
const writers: Record<string, (def: Def, tools: Tools) => string | null> = {
  string(def, tools) {
    const checks = def["coerce"] ? null : stringChecks(def, tools);
    return checks && `if (typeof v !== "string") return no; ${checks}units += v.length + 8; return v;`;
  },
  number(def) {
    const checks = def["coerce"] ? null : numberChecks(def);
    return checks && `if (typeof v !== "number" || v - v !== 0) return no; ${checks} units += 8; return v + 0;`;
  },
  boolean: (def) =>
    def["coerce"] || hasChecks(def) ? null : `if (typeof v !== "boolean") return no; units += 8; return v;`,
  null: (def) => (hasChecks(def) ? null : `if (v !== null) return no; units += 8; return null;`),
  undefined: (def, tools) => (tools.rich(), hasChecks(def) ? null : `return v === undefined ? undefined : no;`),
  void: (def, tools) => (tools.rich(), hasChecks(def) ? null : `return v === undefined ? undefined : no;`),
  bigint(def, tools) {
    if (def["coerce"] || hasChecks(def)) return null;
    tools.rich();
    return `if (typeof v !== "bigint") return no; units += 8 + String(v).length; return v;`;
  },
  date(def, tools) {
    if (def["coerce"] || hasChecks(def)) return null;
    tools.rich();
    return `if (!(v instanceof Date)) return no; const t = v.getTime(); if (t !== t) return no; units += 8; return new Date(t);`;
  },
  literal: (def, tools) => (hasChecks(def) ? null : oneOf(def["values"] as unknown[], tools)),
  enum: (def, tools) => (hasChecks(def) ? null : oneOf(enumValues(def["entries"] as Record<string, unknown>), tools)),
  nullable: (def, tools) => {
    if (hasChecks(def)) return null;
    return `if (v === null) { units += 8; return null; } return ${tools.call(def["innerType"], "v")};`;
  },
  // As a property, `object` handles undefined itself; anywhere else it is a value that JSON lacks.
  optional: (def, tools) => {
    if (hasChecks(def)) return null;
    tools.rich();
    return `if (v === undefined) return undefined; return ${tools.call(def["innerType"], "v")};`;
  },
  default: (def, tools) => {
    if (hasChecks(def) || (typeof def["defaultValue"] === "object" && def["defaultValue"] !== null)) return null;
    const value = `v === undefined ? ${tools.reference(def["defaultValue"])} : v`;
    return `const w = ${value}; return ${tools.call(def["innerType"], "w")};`;
  },
  readonly: (def, tools) => (hasChecks(def) ? null : `return ${tools.call(def["innerType"], "v")};`),
  lazy: (def, tools) => {
    if (hasChecks(def)) return null;
    const inner = (def["getter"] as () => z.$ZodType)();
    return `if (d >= ${maxDepth}) return no; return ${tools.call(inner, "v", "d + 1")};`;
  },
  array: (def, tools) => {
    const bounds = lengthChecks(def);
    if (bounds === null) return null;
    const item = tools.call(def["element"], "v[i]", "d + 1");
    return `if (!Array.isArray(v) || d >= ${maxDepth}) return no; ${bounds}
      const n = v.length, out = new Array(n); units += 8;
      for (let i = 0; i < n; i++) { const t = ${item}; if (t === no) return no; out[i] = t; }
      return out;`;
  },
  object: (def, tools) => (hasChecks(def) ? null : objectStatements(def, tools)),
  record: (def, tools) => {
    const key = (def["keyType"] as z.$ZodType)._zod.def as Def;
    if (hasChecks(def) || key.type !== "string" || hasChecks(key) || key["coerce"] || def["mode"] === "loose")
      return null;
    const item = tools.call(def["valueType"], "v[k]", "d + 1");
    return `${isPlainObject} const out = {}; units += 8;
      for (const k of Object.keys(v)) { if (k === "__proto__") return no; const t = ${item}; if (t === no) return no;
        units += k.length; if (t !== undefined) out[k] = t; }
      return out;`;
  },
  union: (def, tools) => {
    if (hasChecks(def) || def["inclusive"] === false) return null;
    const tries = (def["options"] as z.$ZodType[]).map(
      (option) => `t = ${tools.call(option, "v")}; if (t !== no) return t; units = u;`,
    );
    return `const u = units; let t; ${tries.join(" ")} return no;`;
  },
};

const isPlainObject = `if (typeof v !== "object" || v === null || d >= ${maxDepth}) return no;
  const p = Object.getPrototypeOf(v); if (p !== Object.prototype && p !== null) return no;`;

function hasChecks(def: Def): boolean {
  return (def.checks?.length ?? 0) > 0;
}

function objectStatements(def: Def, tools: Tools): string | null {
  const catchall = (def["catchall"] as z.$ZodType | undefined)?._zod.def.type;
  if (catchall !== undefined && catchall !== "never") return null;
  const shape = Object.entries(def["shape"] as Record<string, z.$ZodType>);
  if (shape.some(([key]) => key === "__proto__")) return null;
  const lines: string[] = [];
  const required: string[] = [];
  const late: string[] = [];
  shape.forEach(([key, schema], at) => {
    const name = JSON.stringify(key);
    const inner = schema._zod.def as Def;
    const optional = inner.type === "optional" && !hasChecks(inner);
    const value = tools.call(optional ? (inner["innerType"] as z.$ZodType) : schema, `x${at}`, "d + 1");
    lines.push(
      optional
        ? `let x${at} = v[${name}]; if (x${at} !== undefined) { x${at} = ${value}; if (x${at} === no) return no; }`
        : `let x${at} = v[${name}]; x${at} = ${value}; if (x${at} === no) return no;`,
    );
    if (optional || mayBeUndefined(schema)) late.push(`if (x${at} !== undefined) out[${name}] = x${at};`);
    else required.push(`${name}: x${at}`);
  });
  const keyUnits = shape.reduce((sum, [key]) => sum + key.length, 8);
  const known = shape.map(([key]) => `k !== ${JSON.stringify(key)}`).join(" && ") || "true";
  const strict = catchall === "never" ? `for (const k of Object.keys(v)) if (${known}) return no;` : "";
  return `if (typeof v !== "object" || v === null || d >= ${maxDepth} || Array.isArray(v)) return no; ${strict} ${lines.join("\n")}
    units += ${keyUnits}; const out = { ${required.join(", ")} }; ${late.join(" ")} return out;`;
}

/** Whether a property with this schema may come out undefined, and is then left out of the copy. */
function mayBeUndefined(schema: z.$ZodType): boolean {
  const def = schema._zod.def as Def;
  return !["string", "number", "boolean", "null", "bigint", "date", "enum", "array", "object", "record"].includes(
    def.type,
  );
}

function enumValues(entries: Record<string, unknown>): unknown[] {
  return Object.values(entries);
}

function oneOf(values: readonly unknown[], tools: Tools): string | null {
  if (
    values.some((value) => value !== null && !["string", "boolean"].includes(typeof value) && !Number.isFinite(value))
  )
    return null;
  if (values.length > 8)
    return `if (!${tools.reference(new Set(values))}.has(v)) return no; units += typeof v === "string" ? v.length + 8 : 8; return v;`;
  const tests = values.map((value) => `v !== ${JSON.stringify(value)}`).join(" && ") || "true";
  return `if (${tests}) return no; units += typeof v === "string" ? v.length + 8 : 8; return v;`;
}

function stringChecks(def: Def, tools: Tools): string | null {
  const own =
    def["check"] === "string_format"
      ? [def, ...(def.checks ?? []).map((check) => check._zod.def as Record<string, any>)]
      : null;
  const checks = own ?? (def.checks ?? []).map((check) => check._zod.def as Record<string, any>);
  const lines = checks.map((check) => stringCheck(check, tools));
  return lines.includes(null) ? null : `${lines.join(" ")} `;
}

function stringCheck(check: Record<string, any>, tools: Tools): string | null {
  switch (check["check"]) {
    case "min_length":
      return `if (v.length < ${Number(check["minimum"])}) return no;`;
    case "max_length":
      return `if (v.length > ${Number(check["maximum"])}) return no;`;
    case "length_equals":
      return `if (v.length !== ${Number(check["length"])}) return no;`;
    case "overwrite":
      return `v = ${tools.reference(check["tx"])}(v); if (typeof v !== "string") return no;`;
    case "string_format": {
      const { pattern, format } = check;
      const whole =
        pattern instanceof RegExp && !pattern.global && !pattern.sticky && patternFormats.has(format as string);
      return whole ? `if (!${tools.reference(pattern)}.test(v)) return no;` : null;
    }
    default:
      return null;
  }
}

function numberChecks(def: Def): string | null {
  const own = def["check"] === "number_format" ? [def as Record<string, any>] : [];
  const checks = [...own, ...(def.checks ?? []).map((check) => check._zod.def as Record<string, any>)];
  const lines = checks.map((check) => {
    switch (check["check"]) {
      case "greater_than":
        return typeof check["value"] === "number"
          ? `if (!(v ${check["inclusive"] ? ">=" : ">"} ${check["value"]})) return no;`
          : null;
      case "less_than":
        return typeof check["value"] === "number"
          ? `if (!(v ${check["inclusive"] ? "<=" : "<"} ${check["value"]})) return no;`
          : null;
      case "number_format":
        return check["format"] === "safeint" ? `if (!Number.isSafeInteger(v)) return no;` : null;
      default:
        return null;
    }
  });
  return lines.includes(null) ? null : `${lines.join(" ")} `;
}

function lengthChecks(def: Def): string | null {
  const lines = (def.checks ?? []).map((check) => {
    const bounds = check._zod.def as Record<string, any>;
    if (bounds["check"] === "min_length") return `if (v.length < ${Number(bounds["minimum"])}) return no;`;
    if (bounds["check"] === "max_length") return `if (v.length > ${Number(bounds["maximum"])}) return no;`;
    return null;
  });
  return lines.includes(null) ? null : lines.join(" ");
}
