import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../../shared/seed/random.ts";
import { addDays } from "../dates.ts";
import { priceOf } from "./pricing.ts";

const from = "2026-12-24";

test("two nights, cleaning and eight percent of both", () => {
  assert.deepEqual(priceOf({ nightly: 120_000, cleaning: 30_000 }, { from, to: "2026-12-26" }), {
    nights: 2,
    lines: [
      { kind: "nights", count: 2, each: 120_000, total: 240_000 },
      { kind: "cleaning", count: 1, each: 30_000, total: 30_000 },
      { kind: "fee", count: 1, each: 21_600, total: 21_600 },
    ],
    total: 291_600,
  });
});

test("the fee is told in whole hundreds", () => {
  const fee = (nightly: number) => priceOf({ nightly, cleaning: 0 }, { from, to: "2026-12-25" }).lines.at(-1)!.total;
  assert.deepEqual([fee(50_600), fee(50_700), fee(1000)], [4000, 4100, 100]);
});

test("where nothing is cleaned there is no line for it", () => {
  const { lines } = priceOf({ nightly: 50_000, cleaning: 0 }, { from, to: "2026-12-25" });
  assert.deepEqual(
    lines.map(({ kind }) => kind),
    ["nights", "fee"],
  );
});

test("whatever the price, every won is in one of the lines, and there are only whole ones", () => {
  const random = new Random("prices");
  for (let round = 0; round < 1000; round++) {
    const price = { nightly: 1000 + random.below(2_000_000), cleaning: random.below(300_000) };
    const { lines, total } = priceOf(price, { from, to: addDays(from, 1 + random.below(30)) });
    assert.equal(
      lines.reduce((sum, line) => sum + line.total, 0),
      total,
    );
    for (const { count, each, total } of lines) assert.ok(count * each === total && Number.isInteger(total));
  }
});
