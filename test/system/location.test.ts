import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CallError } from "seamline";
import fixture from "../fixtures/app.ts";
import { eachPlacement, placements, type Placement } from "../suites/placements.ts";

/**
 * The location-difference test: every value that a program might hand to another module, sent joined, through the codec
 * and between processes. The outcome — the value that arrives, or the refusal and the field it names — must be the same
 * everywhere.
 */

class Money {
  readonly amount = 5;
}
class LoudError extends Error {
  readonly loud = true;
}
const shared = { inner: 1 };
const circle: Record<string, unknown> = { name: "circle" };
circle["self"] = circle;
const deep = (levels: number): unknown => (levels === 0 ? "end" : { down: deep(levels - 1) });
const tree = (levels: number): unknown => ({ name: "t", children: levels === 0 ? [] : [tree(levels - 1)] });
// oxlint-disable-next-line no-sparse-arrays
const holes = ["first", , "third"];
const proto = JSON.parse('{"__proto__": {"polluted": true}, "own": 1}') as unknown;

/** [what, operation, value] */
const cases: [string, string, () => unknown][] = [
  ["a string", "echo", () => "글 \u0000 😀 \ud800"],
  ["a number", "echo", () => 1e300],
  ["NaN", "echo", () => NaN],
  ["Infinity", "echo", () => [Infinity, -Infinity]],
  ["minus zero", "echo", () => [-0]],
  ["null", "echo", () => null],
  ["undefined", "echo", () => undefined],
  ["a property that is undefined", "echo", () => ({ a: undefined, b: 1 })],
  ["an element that is undefined", "echo", () => [undefined, 1]],
  ["a hole", "echo", () => holes],
  ["a date", "echo", () => new Date(1_700_000_000_000)],
  ["an invalid date", "echo", () => new Date(NaN)],
  ["a bigint", "echo", () => 2n ** 80n],
  ["bytes", "echo", () => new Uint8Array([0, 255, 7])],
  ["a buffer", "echo", () => Buffer.from("한글")],
  [
    "a map",
    "echo",
    () =>
      new Map<unknown, unknown>([
        ["k", 1],
        [{ o: 1 }, new Date(3)],
      ]),
  ],
  ["a set", "echo", () => new Set(["a", NaN])],
  ["tagged text", "echo", () => ({ $: "date", v: 5 })],
  ["an array with extra properties", "echo", () => Object.assign([1], { extra: true })],
  ["two references to one object", "echo", () => [shared, shared]],
  ["a cycle", "echo", () => circle],
  ["a function", "echo", () => ({ call: () => 1 })],
  ["a symbol", "echo", () => ({ mark: Symbol("mark") })],
  ["a symbol key", "echo", () => ({ [Symbol("key")]: 1, plain: 2 })],
  ["a class instance", "echo", () => ({ price: new Money() })],
  ["an error", "echo", () => new LoudError("loud")],
  ["a regular expression", "echo", () => /a/],
  ["a promise", "echo", () => Promise.resolve(1)],
  ["a typed array", "echo", () => new Float64Array(2)],
  ["an object without a prototype", "echo", () => Object.assign(Object.create(null), { a: 1 })],
  ["a __proto__ key", "echo", () => proto],
  [
    "a getter that throws",
    "echo",
    () => ({
      get broken() {
        throw new Error("no");
      },
    }),
  ],
  ["64 levels", "echo", () => deep(63)],
  ["too many levels", "echo", () => deep(70)],
  ["a large string", "echo", () => "한".repeat(900_000)],
  ["too large a string", "echo", () => "x".repeat(1_100_000)],
  ["too many elements", "echo", () => Array.from({ length: 200_000 }, () => 0)],
  ["unknown keys", "shape", () => ({ text: "t", number: 1, extra: "dropped", list: [] })],
  ["a default", "shape", () => ({ text: "t", number: 1 })],
  ["an optional that is undefined", "shape", () => ({ text: "t", number: 1, maybe: undefined })],
  ["minus zero where a number is due", "shape", () => ({ text: "t", number: -0 })],
  ["NaN where a number is due", "shape", () => ({ text: "t", number: NaN })],
  ["a class instance where a shape is due", "shape", () => Object.assign(new Money(), { text: "t", number: 1 })],
  ["a boxed string", "shape", () => ({ text: new String("t"), number: 1 })],
  ["too large a text in a shape", "shape", () => ({ text: "x".repeat(1_100_000), number: 1 })],
  ["the wrong type deep inside", "shape", () => ({ text: "t", number: 1, list: ["a", 2] })],
  ["a tree", "tree", () => tree(5)],
  ["too deep a tree", "tree", () => tree(70)],
  [
    "a circular tree",
    "tree",
    () => {
      const knot: { name: string; children: unknown[] } = { name: "knot", children: [] };
      knot.children.push(knot);
      return knot;
    },
  ],
  [
    "rich values",
    "rich",
    () => ({ at: new Date(5), big: 9n, bytes: new Uint8Array([1]), map: new Map([["a", 1]]), set: new Set(["x"]) }),
  ],
  [
    "an invalid date where a date is due",
    "rich",
    () => ({ at: new Date(NaN), big: 9n, bytes: new Uint8Array(), map: new Map(), set: new Set() }),
  ],
  ["a value that is transformed", "transformed", () => "four"],
  ["a value that is transformed and wrong", "transformed", () => 4],
  ["a value that passes a refinement", "refined", () => ({ even: 4 })],
  ["a value that fails a refinement", "refined", () => ({ even: 3 })],
  ["nothing where something is due", "shape", () => undefined],
];

interface Outcome {
  readonly value?: unknown;
  readonly error?: { code: string; data: unknown; message: string };
}

const outcomes = new Map<Placement, Map<string, Outcome>>();

eachPlacement(fixture, import.meta.resolve("../fixtures/app.ts"), (running) => {
  for (const [what, operation, make] of cases)
    test(`${what} has an outcome`, async () => {
      const here = outcomes.get(running().placement) ?? new Map<string, Outcome>();
      outcomes.set(running().placement, here);
      const { values } = running().context;
      here.set(
        what,
        await values[operation](make()).then(
          (value: unknown) => ({ value }),
          (error: unknown) => {
            assert.ok(error instanceof CallError, String(error));
            return { error: { code: error.code, data: error.data, message: error.message } };
          },
        ),
      );
    });
});

describe("everywhere the same", () => {
  for (const [what] of cases)
    test(`${what}: same value or same refusal`, () => {
      const [first, ...others] = placements.map((placement) => outcomes.get(placement)?.get(what));
      assert.ok(first, "no outcome");
      for (const other of others) assert.deepStrictEqual(other, first);
    });

  test("what cannot go is refused as invalid, and the field is named", () => {
    const refused = (what: string): { code: string; data: unknown } | undefined =>
      outcomes.get("joined")?.get(what)?.error;
    for (const what of [
      "a cycle",
      "a function",
      "a symbol",
      "a class instance",
      "an error",
      "a promise",
      "too many levels",
    ])
      assert.equal(refused(what)?.code, "invalid", what);
    assert.deepEqual(refused("a class instance")?.data, { path: "input.price" });
    assert.deepEqual(refused("the wrong type deep inside")?.data, { path: "input.list[1]" });
  });

  test("what can go arrives", () => {
    const got = (what: string): unknown => outcomes.get("joined")?.get(what)?.value;
    assert.ok(Number.isNaN(got("NaN")));
    assert.deepStrictEqual(got("minus zero"), [0]);
    assert.deepStrictEqual(
      got("a map"),
      new Map<unknown, unknown>([
        ["k", 1],
        [{ o: 1 }, new Date(3)],
      ]),
    );
    assert.deepStrictEqual(got("unknown keys"), { text: "t", number: 1, list: [] });
    assert.equal(got("a value that is transformed"), "4!");
  });
});
