import assert from "node:assert/strict";
import { test } from "node:test";
import { Histogram } from "../record/histogram.ts";
import { makeReport, type Report } from "./report.ts";
import { validityTable } from "./tables.ts";
import { generator, Synthetic, type Answer } from "./testing.ts";

const column = "monolith naive";

/** Baseline 0–10 s, a fault that nobody feels until 16 s, recovery until 30 s. */
function crash(): Synthetic {
  const options = { fault: "crash:reviews" };
  return new Synthetic()
    .window(column, "baseline", [0, 10_000], undefined, options)
    .window(column, "fault", [10_000, 16_000], undefined, options)
    .window(column, "recovery", [16_000, 30_000], undefined, options)
    .fault(column, [10_000, 16_000]);
}

test("one request in a run of fewer than 200 may be late or dropped, and is shown beside the verdict; two may not", () => {
  // 190 requests: 95 of each feature, of which the first `bad` of home are bad. One is 0.53 %, more than the share.
  const run = (bad: number, answer: Answer): Report => {
    const answers = (feature: string, t: number): Answer => (feature === "home" && t < bad * 100 ? answer : {});
    return makeReport(new Synthetic().window(column, "baseline", [0, 9500], answers).recording);
  };
  for (const answer of [{ outcome: "dropped" }, { lateMs: 10.5 }] as const) {
    const [one] = run(1, answer).columns;
    const { planned, dropped, late } = one!.validity;
    assert.deepEqual([planned, dropped + late, one!.validity.valid], [190, 1, true]);
    const [row] = validityTable(run(1, answer), "en").rows;
    assert.deepEqual(row!.slice(4, 7), "outcome" in answer ? ["190", "1", "0"] : ["190", "0", "1"]);
    assert.deepEqual(run(2, answer).columns[0]!.validity.why, ["dropped"]);
    assert.equal(run(2, answer).columns[0]!.measured, "invalid");
  }
});

test("more than 0.5 % dropped or late, a late loop, or nobody watching it: a column's figures are no numbers", () => {
  const dropping = (bad: number, answer: Answer) => (feature: string, t: number) =>
    feature === "home" && t < bad * 100 ? answer : {};
  // 400 requests: 2 are 0.5 %, 3 are more.
  const run = (bad: number, answer: Answer): Report =>
    makeReport(new Synthetic().window("monolith naive", "baseline", [0, 20_000], dropping(bad, answer)).recording);
  for (const answer of [{ outcome: "dropped" }, { lateMs: 10.5 }] as const) {
    assert.notEqual(run(2, answer).columns[0]!.measured, "invalid");
    assert.equal(run(3, answer).columns[0]!.measured, "invalid");
    assert.deepEqual(run(3, answer).columns[0]!.validity.why, ["dropped"]);
  }
  const slow = crash().add(generator(9500, 25), generator(9600, 25));
  const report = makeReport(slow.recording);
  assert.deepEqual(report.columns[0]!.validity.why, ["loop"]);
  assert.equal(report.faults[0]!.columns[0]!.harm, "invalid");
  const unwatched = crash().recording;
  const why = makeReport({ ...unwatched, generator: [] }).columns[0]!.validity.why;
  assert.deepEqual(why, ["unwatched"]);
});

test("one late second in a long run leaves the p99 of the loop below its limit", () => {
  // 4 windows of 100 delays of 1 ms and one delay of 25 ms: 401 delays, the 397th of which is 1 ms.
  const late = Histogram.of([25]).toJSON();
  const { recording } = crash().add({
    ...{ type: "generator", t: 9500, loopP99Ms: 25, loop: late, cpuMs: 0, sent: 0, dropped: 0, inFlight: 0 },
  });
  assert.equal(makeReport(recording).columns[0]!.validity.valid, true);
});
