import assert from "node:assert/strict";
import { test } from "node:test";
import { Histogram } from "./histogram.ts";

const near = (value: number | null, truth: number): void =>
  assert.ok(
    value !== null && Math.abs(value - truth) <= truth * 0.01 + 1e-12,
    `${value} is not within 1 % of ${truth}`,
  );

test("every value from 0.01 ms to 1 h comes back within 1 %", () => {
  // Beside a far smaller and a far greater one, so that the exact least and greatest do not help.
  for (let ms = 0.01; ms <= 3_600_000; ms *= 1.0137) near(Histogram.of([0, ms, 1e9]).percentile(0.5), ms);
});

test("percentiles are by nearest rank", () => {
  const hundred = Histogram.of(Array.from({ length: 100 }, (_, at) => at + 1));
  near(hundred.percentile(0.5), 50);
  near(hundred.percentile(0.95), 95);
  near(hundred.percentile(0.99), 99);
  near(hundred.percentile(0), 1);
  assert.equal(hundred.percentile(1), 100);
});

test("merged histograms are the histogram of everything, also after a journey as JSON", () => {
  const values = Array.from({ length: 1000 }, (_, at) => ((at * 7919) % 1000) + 0.5);
  const parts = [0, 1, 2, 3].map((part) => Histogram.of(values.filter((_, at) => at % 4 === part)));
  const travelled = parts.map((part) => Histogram.fromJson(JSON.parse(JSON.stringify(part))));
  assert.deepEqual(Histogram.merged(travelled).toJSON(), Histogram.of(values).toJSON());
});

test("the average of two percentiles is not the percentile of both, and merging knows", () => {
  const [many, few] = [Histogram.of(Array(990).fill(1)), Histogram.of(Array(10).fill(1000))];
  // 990 of 1,000 values are 1: so is the p99. Averaged it would be 500.
  near(Histogram.merged([many, few]).percentile(0.99), 1);
});

test("what lies outside its range is counted, and greatest, least and mean stay exact", () => {
  const histogram = Histogram.of([0, -5, Number.NaN, 7_200_000]);
  assert.equal(histogram.count, 4);
  assert.equal(histogram.percentile(0.5), 0.01);
  assert.equal(histogram.mean, 1_800_000);
  assert.deepEqual([histogram.toJSON().min, histogram.toJSON().max], [0, 7_200_000]);
});

test("an empty one has no percentile and no mean", () => {
  const empty = Histogram.fromJson(new Histogram().toJSON());
  assert.deepEqual([empty.count, empty.percentile(0.5), empty.mean], [0, null, null]);
});
