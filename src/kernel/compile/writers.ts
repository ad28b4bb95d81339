import type * as z from "zod/v4/core";
import { hasChecks, lengthChecks, numberChecks, stringChecks } from "./checks.ts";
import type { Def } from "./facts.ts";
import type { Code, Writer } from "./writer.ts";

type Write = (def: Def, writer: Writer, v: string, depth: number) => Code | null;

/** By zod type; null leaves it to the schema. */
export const writers: Record<string, Write> = {
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
      statements: `if (!Array.isArray(${v}) || ${writer.tooDeep(depth)}) return no; ${bounds} u += 8;
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
      statements: `if (typeof ${v} !== "object" || ${v} === null || ${writer.tooDeep(depth)}) return no;
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
      (option) => `${writer.call(option)}(${v}, ${writer.depth(depth)})`,
    );
    const tries = rest.map((call) => `if (${result} === no) ${result} = ${call};`);
    return { statements: `let ${result} = ${first}; ${tries.join(" ")} if (${result} === no) return no;`, result };
  },
};

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
    statements: `if (typeof ${v} !== "object" || ${v} === null || ${writer.tooDeep(depth)} || Array.isArray(${v})) return no;
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
