import assert from "node:assert/strict";
import { test } from "node:test";
import { makeReport, type Harm, type Measured, type Report } from "./report.ts";
import { baselineTable, faultTable } from "./tables.ts";
import { Synthetic, type Answer } from "./testing.ts";

/** Honest refusals, such as "sold out", in figures worked out by hand. */

const column = "monolith naive";
const fault = "crash:reviews";

function report(answer: (feature: "home" | "reviews", t: number) => Answer): Report {
  const synthetic = new Synthetic()
    .window(column, "baseline", [0, 10_000], answer, { fault })
    .window(column, "fault", [10_000, 16_000], answer, { fault })
    .window(column, "recovery", [16_000, 30_000], answer, { fault })
    .fault(column, [10_000, 16_000]);
  return makeReport(synthetic.recording);
}

const cell = (rows: readonly (readonly string[])[], name: string): string | undefined =>
  rows.find(([first]) => first === name)?.[1];

test("who is refused honestly is served: no harm, no outage, and the number is shown", () => {
  // reviews is sold out from 5 s on: 50 of its 100 requests before the fault, all 60 under it.
  const soldOut = report((feature, t) => (feature === "reviews" && t >= 5000 ? { outcome: "refused" } : {}));
  const measured = soldOut.columns[0]!.measured as Measured;
  assert.deepEqual([measured.availability!.offered, measured.availability!.good], [200, 200]);
  assert.equal(measured.features[1]!.availability.refused, 50);
  const harm = soldOut.faults[0]!.columns[0]!.harm as Harm;
  assert.deepEqual([harm.byRequests!.value, harm.outageMs!.value, harm.fastFailureMs], [0, 0, null]);
  assert.equal(harm.availability!.refused, 60);
  assert.equal(harm.amplification.answers, 120);
  assert.equal(cell(baselineTable(soldOut, "en").rows, "refused honestly"), "50");
  assert.equal(cell(faultTable(soldOut, soldOut.faults[0]!, "ko").rows, "정직한 거절"), "60");
});

test("other refusals of the same status are failures, and stay apart from honest ones", () => {
  // Under the fault half of the 60 requests of reviews are refused honestly, the other half are not: A = 30 of 60.
  const both = report((feature, t) => {
    if (feature === "home" || t < 10_000 || t >= 16_000) return {};
    return t % 200 === 0 ? { outcome: "refused" } : { outcome: "status", latencyMs: 1 };
  });
  const harm = both.faults[0]!.columns[0]!.harm as Harm;
  const { good, refused, fast, share } = harm.features[1]!.fault;
  assert.deepEqual({ good, refused, fast, share }, { good: 30, refused: 30, fast: 30, share: 0.5 });
  // Weights 3 and 1: 1 − (3·1 + 1·0.5) / 4.
  assert.equal(harm.byRequests!.value, 0.125);
});
