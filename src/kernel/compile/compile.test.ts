import assert from "node:assert/strict";
import { test } from "node:test";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { z } from "zod";
import { CodecError, copyValue } from "../../wire/codec.ts";
import { compileSchema } from "./compile.ts";

/** A seeded generator (mulberry32), so that a failing case comes back. */
function randomOf(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

interface Tree {
  readonly name: string;
  readonly children: readonly Tree[];
}
const Tree: z.ZodType<Tree> = z.object({ name: z.string(), children: z.lazy(() => z.array(Tree)) });
const Chain = z.object({
  name: z.string(),
  get next() {
    return Chain.optional();
  },
});

const schemas: Record<string, z.ZodType> = {
  string: z.string().min(1).max(3),
  trimmed: z.string().trim().toLowerCase().min(1),
  uuid: z.uuid(),
  regex: z.string().regex(/^[ab]+$/),
  refined: z.string().refine((text) => text !== "bad"),
  number: z.number().min(-1).max(5),
  over: z.number().gt(0).lt(2),
  int: z.int().min(0),
  boolean: z.boolean(),
  nothing: z.null(),
  date: z.date(),
  bigint: z.bigint(),
  literal: z.literal(["a", 1, null]),
  choice: z.enum(["a", "b"]),
  longChoice: z.enum("a b c d e f g h i j".split(" ")),
  list: z.array(z.string()).min(1).max(2),
  record: z.record(z.string(), z.number()),
  union: z.union([
    z.object({ kind: z.literal("a"), n: z.number() }),
    z.object({ kind: z.literal("b"), s: z.string() }),
  ]),
  discriminated: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("a"), n: z.number() }),
    z.object({ kind: z.literal("b"), s: z.string() }),
  ]),
  object: z.object({
    id: z.string(),
    maybe: z.number().optional(),
    or: z.string().nullable(),
    both: z.string().nullish(),
    filled: z.string().default("filled"),
    list: z.array(z.object({ n: z.number() })).default([]),
    "odd key": z.boolean().optional(),
  }),
  strict: z.strictObject({ id: z.string() }),
  loose: z.looseObject({ id: z.string() }),
  readonly: z.object({ id: z.string() }).readonly(),
  tuple: z.tuple([z.string(), z.number()]),
  map: z.map(z.string(), z.number()),
  set: z.set(z.string()),
  coerced: z.coerce.number(),
  intersection: z.intersection(z.object({ a: z.string() }), z.object({ b: z.number() })),
  unknown: z.unknown(),
  tree: Tree as z.ZodType,
  chain: Chain,
  transformed: z.string().transform((text) => text.length),
};

function randomValue(random: () => number, depth = 0): unknown {
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const leaf = (): unknown =>
    pick<unknown>([
      "a",
      "b",
      "",
      " A ",
      "bad",
      "abab",
      "long text",
      "0190b3c4-8d5e-7abc-8def-0123456789ab",
      0,
      -0,
      1,
      1.5,
      -3,
      7,
      NaN,
      Infinity,
      2 ** 53,
      true,
      false,
      null,
      undefined,
      5n,
      new Date(3),
      new Date(NaN),
      "kind",
      Symbol("s"),
      () => 1,
    ]);
  if (depth > 3 || random() < 0.35) return leaf();
  const inner = (): unknown => randomValue(random, depth + 1);
  const keys = [
    "id",
    "maybe",
    "or",
    "both",
    "filled",
    "list",
    "kind",
    "n",
    "s",
    "a",
    "b",
    "name",
    "children",
    "next",
    "odd key",
    "__proto__",
    "extra",
  ];
  if (random() < 0.3) return Array.from({ length: Math.floor(random() * 4) }, inner);
  if (random() < 0.05) return new Map([["a", inner()]]);
  if (random() < 0.05) return new Set([inner()]);
  const object: Record<string, unknown> = {};
  for (const key of keys)
    if (random() < 0.45)
      Object.defineProperty(object, key, { value: inner(), enumerable: true, writable: true, configurable: true });
  return object;
}

type Outcome = { value: unknown } | { refused: true };

function outcomeOf(work: () => unknown): Outcome {
  try {
    return { value: work() };
  } catch (error) {
    if (error instanceof CodecError) return { refused: true };
    throw error;
  }
}

/** What the schema itself says, then copied: the meaning that compiling must not change. */
function bySchema(schema: z.ZodType, value: unknown): Outcome {
  const parsed = schema.safeParse(value);
  return parsed.success ? outcomeOf(() => copyValue(parsed.data)) : { refused: true };
}

for (const [name, schema] of Object.entries(schemas))
  test(`${name}: compiled, it accepts and gives what the schema does`, () => {
    const compiled = compileSchema(schema);
    for (let seed = 0; seed < 600; seed++) {
      const random = randomOf(seed);
      // Half of the values are made to fit an object, so that more than leaves are accepted.
      const value = seed % 2 === 0 ? randomValue(random) : randomValue(random, 4);
      const expected = bySchema(schema, value);
      const actual = outcomeOf(() => compiled.copy(value));
      assert.deepStrictEqual(actual, expected, `seed ${seed}`);
    }
  });

const fitting: Record<string, unknown> = {
  tuple: ["a", 1],
  union: { kind: "b", s: "x", extra: 1 },
  discriminated: { kind: "a", n: -0 },
  intersection: { a: "a", b: 1 },
  tree: { name: "root", children: [{ name: "leaf", children: [] }] },
  chain: { name: "1", next: { name: "2", next: { name: "3" } } },
  strict: { id: "x" },
  list: ["a", "b"],
  record: { a: 1, b: -0 },
  map: new Map([["a", 1]]),
  set: new Set(["a"]),
  loose: { id: "1", extra: { more: -0 } },
  object: { id: "1", or: null, list: [{ n: 1, extra: 2 }], extra: true },
};

test("values that fit are accepted, and copied, never shared", () => {
  for (const [name, value] of Object.entries(fitting)) {
    const copy = compileSchema(schemas[name]!).copy(value);
    assert.deepStrictEqual({ value: copy }, bySchema(schemas[name]!, value), name);
    assert.notEqual(copy, value, name);
    assert.notDeepEqual(bySchema(schemas[name]!, value), { refused: true }, name);
  }
});

test("what is plain survives JSON as it is, and what is stable may be checked twice", () => {
  for (const [name, schema] of Object.entries(schemas)) {
    const compiled = compileSchema(schema);
    for (let seed = 0; seed < 500; seed++) {
      const outcome = outcomeOf(() => compiled.copy(randomValue(randomOf(seed))));
      if (!("value" in outcome) || outcome.value === undefined) continue;
      if (compiled.plain) assert.deepStrictEqual(JSON.parse(JSON.stringify(outcome.value)), outcome.value, name);
      if (compiled.stable) assert.deepStrictEqual(compiled.copy(outcome.value), outcome.value, name);
    }
  }
  assert.deepEqual(
    [schemas["object"]!, schemas["unknown"]!, schemas["date"]!].map((schema) => compileSchema(schema).plain),
    [true, false, false],
  );
  assert.equal(compileSchema(schemas["transformed"]!).stable, false);
});

test("any Standard Schema works, and its refusal names the field", () => {
  const even: StandardSchemaV1<unknown, { n: number }> = {
    "~standard": {
      version: 1,
      vendor: "here",
      validate: (value) => {
        const n = (value as { n?: unknown } | null)?.n;
        return typeof n === "number" && n % 2 === 0 ? { value: { n } } : { issues: [{ message: "odd", path: ["n"] }] };
      },
    },
  };
  const compiled = compileSchema(even);
  assert.deepEqual(compiled.copy({ n: 4, extra: 1 }), { n: 4 });
  assert.throws(
    () => compiled.copy({ n: 3 }),
    (error: unknown) => error instanceof CodecError && error.path === "n" && /odd/.test(error.message),
  );
});

test("a schema that checks asynchronously is refused in words", () => {
  const later = z.string().refine(async () => true);
  assert.throws(() => compileSchema(later).copy("x"), /asynchronously/);
});

test("too large, too deep and circular values are refused whatever the schema", () => {
  const text = compileSchema(z.object({ text: z.string() }));
  assert.throws(() => text.copy({ text: "x".repeat(1_100_000) }), CodecError);
  let deep: Tree = { name: "end", children: [] };
  for (let n = 0; n < 70; n++) deep = { name: "t", children: [deep] };
  assert.throws(() => compileSchema(Tree).copy(deep), CodecError);
  const knot: { name: string; children: unknown[] } = { name: "knot", children: [] };
  knot.children.push(knot);
  assert.throws(() => compileSchema(Tree).copy(knot), CodecError);
});
