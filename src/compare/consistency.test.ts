import assert from "node:assert/strict";
import { test } from "node:test";
import { makeReport, type Report } from "./report.ts";
import { consistencyTable } from "./soundness.ts";
import { Synthetic } from "./testing.ts";

/** Recordings of which every figure is known by hand. */

const column = "monolith naive";
const write = (writeId: string, said: "acknowledged" | "refused" | "unknown") =>
  ({ type: "write", column, t: 1, feature: "home", writeId, said }) as const;
const read = (writeId: string, found: number) => ({ type: "read", column, t: 2, writeId, found }) as const;
const look = (writeId: string, staleMs: number, seen = true) =>
  ({ type: "look", column, t: 2, writeId, staleMs, seen }) as const;
const says = { en: "", ko: "" };
const check = { id: "I1", says, checked: 5, kind: "oversold" } as const;
const none = { writes: 0, unread: 0, lost: null, ambiguous: null, duplicate: null };
const unseen = { looked: 0, stale: null, longestStaleMs: null, longestAtLeast: false };
const row = (report: Report): string[] => {
  const { head, rows } = consistencyTable(report, "en")!;
  assert.deepEqual(head.slice(1, 10), counted);
  return rows[0]!.slice(1).map(String);
};
const counted = "writes unread lost ambiguous duplicate stale torn orphan oversold".split(" ");

test("writes that are lost, ambiguous, there twice or not to be seen at once are counted by their own ids", () => {
  const synthetic = new Synthetic()
    .add(write("kept", "acknowledged"), write("lost", "acknowledged"), write("twice", "acknowledged"))
    .add(write("refused", "refused"), write("untold", "unknown"), write("unread", "acknowledged"))
    .add(read("kept", 1), read("lost", 0), read("twice", 2), read("refused", 0), read("untold", 1))
    .add(look("kept", 120), look("twice", 0), { ...look("kept", 900), column: "microservices naive" })
    .add({ type: "invariants", column, t: 3, checks: [{ ...check, state: "violated", violations: 2 }] })
    .add({ type: "invariants", column, t: 4, checks: [{ ...check, state: "holds", violations: 0 }] });
  const report = makeReport(synthetic.recording);
  const { consistency, invariants } = report.columns[0]!;
  assert.deepEqual(consistency, {
    ...{ writes: 6, unread: 1, lost: 1, ambiguous: 1, duplicate: 1 },
    ...{ looked: 2, stale: 1, longestStaleMs: 120, longestAtLeast: false },
    ...{ torn: null, orphan: null, oversold: 2 },
  });
  const unmeasured = "not measured";
  assert.deepEqual(row(report), ["6", "1", "1", "1", "1", "1 / 2 (≤ 120 ms)", unmeasured, unmeasured, "2"]);
  // Violated once is violated, whatever a later look says.
  assert.deepEqual([invariants[0]!.state, invariants[0]!.violations], ["violated", 2]);
});

test("what was not seen as long as it was looked for was stale for at least so long", () => {
  const synthetic = new Synthetic()
    .add(write("kept", "acknowledged"), read("kept", 1), write("lost", "acknowledged"), read("lost", 0))
    .add(look("kept", 300), look("lost", 5000, false));
  const report = makeReport(synthetic.recording);
  const { stale, longestStaleMs, longestAtLeast } = report.columns[0]!.consistency!;
  assert.deepEqual([stale, longestStaleMs, longestAtLeast], [2, 5000, true]);
  assert.equal(row(report)[5], "2 / 2 (≥ 5.00 s)");
});

test("violations are counted under their invariants' names, and a name that nothing could be checked of is not none", () => {
  const made = (id: string, kind: "torn" | "orphan" | null, violations: number) =>
    ({ id, says, checked: 9, kind, violations, state: violations > 0 ? "violated" : "holds" }) as const;
  const busy = { ...check, state: "busy", checked: 0, violations: 0 } as const;
  const checks = [made("I2", "torn", 1), made("I3", "torn", 3), made("I4", "orphan", 0), made("I5", null, 7), busy];
  const synthetic = new Synthetic().add({ type: "invariants", column, t: 3, checks });
  const { consistency } = makeReport(synthetic.recording).columns[0]!;
  assert.deepEqual(consistency, { ...none, ...unseen, torn: 4, orphan: 0, oversold: null });
});

test("where writes are followed but nobody looks for them at once, stale is not measured", () => {
  const synthetic = new Synthetic().add(write("kept", "acknowledged"), read("kept", 1));
  const report = makeReport(synthetic.recording);
  assert.equal(report.columns[0]!.consistency!.stale, null);
  assert.deepEqual(row(report).slice(2, 6), ["0", "0", "0", "not measured"]);
});
