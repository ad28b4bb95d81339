import assert from "node:assert/strict";
import { test } from "node:test";
import { addDays } from "../dates.ts";
import { refundOf, type Agreed } from "./policy.ts";

const from = "2026-12-24";
const bookedAt = new Date("2026-11-01T03:00:00Z");

/** What comes back of 100,001 won, so many days before arrival, at noon in Korea. */
function back(policy: Agreed["policy"], daysBefore: number, booked = bookedAt): number {
  const at = new Date(`${addDays(from, -daysBefore)}T12:00:00+09:00`);
  return refundOf({ policy, total: 100_001, from, bookedAt: booked }, at);
}

test("flexible: all until the day before arrival, then nothing", () => {
  assert.deepEqual([back("flexible", 30), back("flexible", 1), back("flexible", 0)], [100_001, 100_001, 0]);
});

test("moderate: all until 5 days before, half until the day before, rounded down to whole won", () => {
  const days = [6, 5, 4, 1, 0];
  assert.deepEqual(
    days.map((day) => back("moderate", day)),
    [100_001, 100_001, 50_000, 50_000, 0],
  );
});

test("strict: half until 7 days before, and all only for who has second thoughts in time", () => {
  assert.deepEqual([back("strict", 7), back("strict", 6), back("strict", 0)], [50_000, 0, 0]);
  const justNow = (day: number, hours: number): Date =>
    new Date(Date.parse(`${addDays(from, -day)}T12:00:00+09:00`) - hours * 3_600_000);
  assert.equal(back("strict", 14, justNow(14, 48)), 100_001);
  assert.equal(back("strict", 14, justNow(14, 49)), 50_000);
  assert.equal(back("strict", 13, justNow(13, 1)), 50_000);
});

test("the day before arrival ends at midnight in Korea, wherever the server is", () => {
  const agreed: Agreed = { policy: "flexible", total: 80_000, from, bookedAt };
  assert.equal(refundOf(agreed, new Date("2026-12-23T14:59:59Z")), 80_000);
  assert.equal(refundOf(agreed, new Date("2026-12-23T15:00:00Z")), 0);
});
