import assert from "node:assert/strict";
import { test } from "node:test";
import { SeamlineError } from "../contract/errors.ts";
import { diff, diffTable } from "./diff.ts";
import { judge, parseHypotheses } from "./hypotheses.ts";
import { makeReport, type Report } from "./report.ts";
import { comparison, Synthetic } from "./testing.ts";

const { recording } = comparison();
const report = makeReport(recording);

function holds(line: string, of: Report = report): boolean {
  const [judged] = judge(of, parseHypotheses(line, recording.run, "h.txt"));
  return judged!.holds;
}

test("hypotheses are judged by the report, in every column or in the one that is named", () => {
  const cases: [string, boolean][] = [
    ["main page ≥ 99 % during crash:reviews", false],
    ["[microservices guarded] main page ≥ 99 % during crash:reviews", true],
    ["[microservices guarded] 첫 화면 >= 99 % during crash:reviews", true],
    ["[microservices guarded] reviews >= 1 % during crash:reviews  # they are dead", false],
    ["[microservices guarded] blast radius ≤ 25 % during crash:reviews", true],
    ["[microservices guarded] blast radius by features = 50 % during crash:reviews", true],
    ["[microservices guarded] blast radius < 25% during crash:reviews", false],
    ["p95 of home ≤ 60 ms in baseline", true],
    ["p95 of the reviews ≤ 0.04 s in baseline", false],
    ["[microservices guarded] p95 of home ≤ 13 ms during db-locked:reviews", true],
    ["availability ≥ 99 %", true],
    ["recovery ≤ 0.8 s after crash:reviews", true],
    ["outage <= 6 s after crash:reviews", false],
    ["[microservices guarded] split tax of p50 ≤ 1.2", false],
    ["memory ≤ 240 MB", true],
    ["start < 2 s", true],
    // Nobody watched the writes, so nothing is known of them.
    ["lost = 0", false],
  ];
  for (const [line, expected] of cases) assert.equal(holds(line), expected, line);
});

test("what was invalid or not measured holds nothing, and says which", () => {
  const synthetic = new Synthetic(["monolith naive"], []).window("monolith naive", "baseline", [0, 1000]);
  const unwatched = makeReport({ ...synthetic.recording, generator: [] });
  const parsed = parseHypotheses("home ≥ 1 %\nlost = 0", synthetic.recording.run, "h.txt");
  const verdicts = judge(unwatched, parsed).map(({ columns }) => columns[0]!.verdict);
  assert.deepEqual(verdicts, ["invalid", "unmeasured"]);
});

test("comments and empty lines are nothing, and lines keep their numbers", () => {
  const parsed = parseHypotheses("# a\n\n  lost = 0 # b\r\n", recording.run, "h.txt");
  assert.deepEqual(
    parsed.map(({ line, text }) => [line, text]),
    [[3, "lost = 0"]],
  );
});

test("a line that cannot be understood is refused with its number and what there is", () => {
  const cases: [string, RegExp][] = [
    ["\nhome", /h\.txt, line 2: write .*It says: home/],
    ["cellar ≥ 9 %", /"cellar" is neither a figure \(availability.*nor a feature \(home \(the main page, 첫 화면\)/],
    ["home ≥ 9 % during flood:cellar", /no fault "flood:cellar"; there are db-locked:reviews, crash:reviews/],
    ["[left] home ≥ 9 %", /no column "left"; there are monolith naive/],
    ["home ≥ 300 ms", /"availability" is written with %, not with ms/],
    ["p95 ≤ 300", /"p95" is written with ms or s, not with no unit/],
    ["blast radius ≤ 40 %", /is of a fault; add "during FAULT"/],
    ["memory ≤ 40 MB during crash:reviews", /is not of a fault/],
  ];
  for (const [text, message] of cases)
    assert.throws(
      () => parseHypotheses(text, recording.run, "h.txt"),
      (error) => error instanceof SeamlineError && error.code === "hypotheses_invalid" && message.test(error.message),
      text,
    );
});

test("two reports side by side: better, worse, or no difference", () => {
  const run = (latencyMs: number, columns: "monolith naive" | "monolith guarded"): Report =>
    makeReport(new Synthetic([columns], []).window(columns, "baseline", [0, 1000], () => ({ latencyMs })).recording);
  const p95 = (before: Report, after: Report) =>
    diff(before, after).find(({ measure: { name, feature } }) => name === "p95" && feature === "home")!;
  assert.equal(p95(run(10, "monolith naive"), run(20, "monolith naive")).change, "worse");
  assert.equal(p95(run(20, "monolith naive"), run(10, "monolith naive")).change, "better");
  assert.equal(p95(run(20, "monolith naive"), run(20, "monolith naive")).change, "none");
  // A column that only one of them has is beside nothing.
  assert.equal(p95(run(20, "monolith naive"), run(20, "monolith guarded")).after, null);
  const { rows } = diffTable(diff(run(10, "monolith naive"), run(20, "monolith naive")), "ko");
  assert.deepEqual(
    rows.find(([label]) => label === "[monolith naive] p95 of home"),
    ["[monolith naive] p95 of home", "10.0 ms", "20.0 ms", "▼ 나빠짐"],
  );
});
