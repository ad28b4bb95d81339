import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import type { Schema } from "../contract/contract.ts";
import { jsonSchemaOf } from "./schema.ts";
import { plainOf, readerOf, writerOf } from "./values.ts";

function read(schema: Schema, form: "text" | "json", value: unknown): unknown {
  return (readerOf(jsonSchemaOf(schema, "input"), form) ?? ((same) => same))(value);
}

test("a schema that contains itself is read at every depth", () => {
  const Node: z.ZodType = z.object({
    at: z.date(),
    get next(): any {
      return z.array(Node);
    },
  });
  const at = "1970-01-01T00:00:00.000Z";
  assert.deepEqual(read(Node, "json", { at, next: [{ at, next: [{ at, next: [] }] }] }), {
    at: new Date(0),
    next: [{ at: new Date(0), next: [{ at: new Date(0), next: [] }] }],
  });
});

test("a union is read by the branch whose constants and fields the value has", () => {
  const at = "1970-01-01T00:00:00.000Z";
  const Union = z.union([
    z.object({ kind: z.literal("when"), at: z.date() }),
    z.object({ kind: z.literal("text"), at: z.string() }),
  ]);
  assert.deepEqual(read(Union, "json", { kind: "when", at }), { kind: "when", at: new Date(0) });
  assert.deepEqual(read(Union, "json", { kind: "text", at }), { kind: "text", at });
  assert.equal(read(z.date().nullable(), "json", null), null);
  assert.equal(read(z.union([z.number(), z.string()]), "text", "5"), "5", "text that may be text stays text");
  assert.equal(read(z.union([z.number(), z.boolean()]), "text", "true"), true);
});

test("text that does not look like its type stays as it came", () => {
  for (const text of ["", " 1", "1e", "0x10", "007", "NaN", "Infinity", "1_000"])
    assert.equal(read(z.number(), "text", text), text);
  for (const text of ["-1.5e3", "0", "10"]) assert.equal(read(z.number(), "text", text), Number(text));
  assert.equal(read(z.boolean(), "text", "1"), "1");
  assert.equal(read(z.date(), "text", "yesterday"), "yesterday");
  assert.equal(read(z.bigint(), "text", "1.5"), "1.5");
  assert.equal(read(z.instanceof(Uint8Array), "json", "not base64!"), "not base64!");
});

test("tuples, records and defaults are read item by item", () => {
  const schema = z.object({ pair: z.tuple([z.date(), z.string()]), by: z.record(z.string(), z.bigint()).default({}) });
  const at = "1970-01-01T00:00:00.000Z";
  assert.deepEqual(read(schema, "json", { pair: [at, at], by: { a: "1" }, more: at }), {
    pair: [new Date(0), at],
    by: { a: 1n },
    more: at,
  });
});

test("writing and reading again gives the same value", () => {
  const schema = z.object({
    map: z.map(z.bigint(), z.set(z.date())),
    bytes: z.instanceof(Uint8Array).optional(),
    list: z.array(z.bigint().nullable()),
  });
  const value = { map: new Map([[2n, new Set([new Date(5)])]]), bytes: new Uint8Array([0, 255]), list: [1n, null] };
  const text = writerOf(jsonSchemaOf(schema, "output"))(value);
  assert.deepEqual(read(schema, "json", JSON.parse(text)), value);
  assert.equal(writerOf(jsonSchemaOf(z.map(z.string(), z.date()), "output"))(new Map()), "{}");
});

test("a field called __proto__ is written as a field", () => {
  const value = JSON.parse('{"__proto__":{"a":1}}');
  assert.equal(JSON.stringify(plainOf(value)), '{"__proto__":{"a":1}}');
});

test("a value of unknown schema is written as plain JSON too", () => {
  assert.equal(writerOf(jsonSchemaOf(z.any(), "output"))({ big: 1n }), '{"big":"1"}');
  assert.equal(writerOf(jsonSchemaOf(z.array(z.unknown()), "output"))([new Set([1])]), "[[1]]");
  assert.equal(writerOf(jsonSchemaOf(z.looseObject({}), "output"))({ big: 1n }), '{"big":"1"}');
});

test("another Standard Schema library is read by the JSON Schema it gives, and passed on where it gives none", () => {
  const standard = { version: 1, vendor: "other", validate: (value: unknown) => ({ value }) } as const;
  const number = {
    "~standard": { ...standard, jsonSchema: { input: () => ({ type: "number" }), output: () => ({}) } },
  };
  assert.equal(read(number as Schema, "text", "5"), 5);
  assert.equal(read({ "~standard": standard } as Schema, "text", "5"), "5");
  assert.equal(writerOf(jsonSchemaOf({ "~standard": standard } as Schema, "output"))(1n), '"1"');
});
