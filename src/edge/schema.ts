import * as z from "zod";
import type { Schema } from "../contract/contract.ts";

/** JSON Schemas of what contracts declare, with a mark on each value that JSON has no form for. */

export type JsonSchema = {
  [keyword: string]: unknown;
  /** The value's true type, where `type` describes only its form in JSON. Never leaves the process. */
  "x-rich"?: "date" | "bigint" | "bytes" | "map" | "set";
};

/** What a schema looks like in JSON; `{}` (anything) where its library cannot say. */
export function jsonSchemaOf(schema: Schema, io: "input" | "output"): JsonSchema {
  const standard = schema["~standard"] as Schema["~standard"] & {
    jsonSchema?: Record<"input" | "output", (options: { target: string }) => JsonSchema>;
  };
  if (standard.vendor === "zod") return fromZod(schema as unknown as z.core.$ZodTypes, io, new Set());
  try {
    return standard.jsonSchema?.[io]({ target: "draft-2020-12" }) ?? {};
  } catch {
    return {};
  }
}

function fromZod(schema: z.core.$ZodType, io: "input" | "output", outer: ReadonlySet<unknown>): JsonSchema {
  const inside = new Set(outer).add(schema);
  const nested = (inner: z.core.$ZodType): JsonSchema => {
    if (inside.has(inner)) return {};
    const made = fromZod(inner, io, inside);
    // A reference would point into the nested schema, which is about to become part of another one.
    return JSON.stringify(made).includes('"$ref"') ? {} : made;
  };
  const { $schema: _, ...made } = z.toJSONSchema(schema, {
    target: "draft-2020-12",
    io,
    unrepresentable: ({ zodSchema }) => (rich(zodSchema, nested) ?? "any") as z.core.JSONSchema.BaseSchema | "any",
  });
  return made as JsonSchema;
}

function rich(schema: z.core.$ZodTypes, nested: (inner: z.core.$ZodType) => JsonSchema): JsonSchema | null {
  const { def } = schema._zod;
  if (def.type === "date") return { type: "string", format: "date-time", "x-rich": "date" };
  if (def.type === "bigint") return { type: "string", pattern: "^-?[0-9]+$", "x-rich": "bigint" };
  if (def.type === "set") return { type: "array", uniqueItems: true, items: nested(def.valueType), "x-rich": "set" };
  if (def.type === "map")
    return {
      type: "object",
      additionalProperties: nested(def.valueType),
      "x-key": nested(def.keyType),
      "x-rich": "map",
    };
  const made = (schema._zod.bag as { Class?: unknown }).Class;
  if (typeof made === "function" && (made === Uint8Array || made.prototype instanceof Uint8Array))
    return { type: "string", contentEncoding: "base64", "x-rich": "bytes" };
  return null;
}

/** A schema without our marks, fit to be shown. */
export function unmarked(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(unmarked);
  if (typeof schema !== "object" || schema === null) return schema;
  const entries = Object.entries(schema).filter(([keyword]) => keyword !== "x-rich" && keyword !== "x-key");
  return Object.fromEntries(entries.map(([keyword, value]) => [keyword, unmarked(value)]));
}
