import assert from "node:assert/strict";
import { test } from "node:test";
import { Histogram } from "../record/histogram.ts";
import { makeReport, type FaultColumn, type Harm, type Measured, type Report } from "./report.ts";
import { difference, spread, wilson } from "./statistics.ts";
import { Synthetic, type Answer, type ColumnName } from "./testing.ts";

const near = (value: number | null | undefined, truth: number, share = 0.01): void =>
  assert.ok(
    typeof value === "number" && Math.abs(value - truth) <= Math.abs(truth) * share + 1e-9,
    `${value}, not ${truth}`,
  );

function measured(report: Report, column = 0): Measured {
  const { measured: figures } = report.columns[column]!;
  assert.ok(figures !== "invalid");
  return figures;
}

function harm(report: Report, column: ColumnName = "monolith naive", fault = 0): Harm {
  const struck = report.faults[fault]!.columns.find((each: FaultColumn) => each.column === column)!;
  assert.ok(struck.harm !== "invalid");
  return struck.harm;
}

test("Wilson's interval is the published one", () => {
  // 81 of 263: 0.255 to 0.366 (Newcombe, Statistics in Medicine 17, 1998, table I); none of 20: up to 0.1611.
  assert.deepEqual(
    wilson(81, 263).map((each) => each.toFixed(4)),
    ["0.2553", "0.3662"],
  );
  assert.deepEqual(
    wilson(0, 20).map((each) => each.toFixed(4)),
    ["0.0000", "0.1611"],
  );
  assert.equal(wilson(20, 20)[1], 1);
});

test("medians with least and most; no difference where ranges overlap", () => {
  assert.deepEqual(spread([3, 1, null, 2]), { value: 2, min: 1, max: 3, n: 3 });
  assert.deepEqual(spread([4, 1, 2, 3])!.value, 2.5);
  assert.equal(spread([null]), null);
  const [low, middle, high] = [spread([1, 2])!, spread([2, 3])!, spread([4, 5])!];
  assert.equal(difference(low, middle), "none");
  assert.equal(difference(low, high), "lower");
  assert.equal(difference(high, middle), "higher");
  assert.equal(difference(low, high, 5), "none");
});

test("hung requests count as offered, what was dropped does not, degraded and an honest no are good", () => {
  // Ten requests of each feature. reviews: 2 hung, 1 slow, 1 failing at once, 2 degraded, 1 honest no, 3 others; 6 of 10.
  const ends: Answer[] = [
    ...[{ outcome: "hung" as const }, { outcome: "hung" as const }, { outcome: "slow" as const, latencyMs: 400 }],
    ...[{ outcome: "status" as const }, { parts: "rating" }, { parts: "rating" }],
    { outcome: "refused" },
  ];
  const synthetic = new Synthetic().window("monolith naive", "baseline", [0, 1000], (feature, t) =>
    feature === "reviews" ? (ends[t / 100] ?? {}) : {},
  );
  const [home, reviews] = measured(makeReport(synthetic.recording)).features;
  const { low, high, ...counts } = reviews!.availability;
  assert.deepEqual(counts, {
    offered: 10,
    good: 6,
    degraded: 2,
    refused: 1,
    fast: 1,
    late: 1,
    timeouts: 2,
    share: 0.6,
  });
  assert.ok(low < 0.6 && high > 0.6);
  assert.equal(home!.availability.share, 1);
  // Latency is over the 7 right answers, the slow one among them.
  assert.equal(reviews!.latency.answers, 7);
  near(reviews!.latency.p99!.value, 400);
});

test("a stall of one second shows in p99, because latency begins when a request was to be sent", () => {
  // One request a second stalls the server; the 100 that were to be sent in that second, 10 ms apart, wait for its end:
  // 1000, 990, … 10 ms. Of 400 requests of home in 4 s the slowest 1 % (4) are those of 1000 … 970 ms.
  const stall = (t: number): Answer => {
    const waits = t >= 1000 && t < 2000 ? 2000 - t : 5;
    return { latencyMs: waits, outcome: waits > 300 ? "slow" : "good" };
  };
  const synthetic = new Synthetic().window("monolith naive", "baseline", [0, 4000], (_, t) => stall(t), {
    everyMs: 10,
  });
  const { features } = measured(makeReport(synthetic.recording));
  // Nearest rank 396 of 400: 300 of 5 ms, then 10, 20, …: the 96th of those is 960 ms.
  near(features[0]!.latency.p99!.value, 960);
  assert.equal(features[0]!.availability.late, 70);
});

test("percentiles come from all repetitions together, with the least and most of single ones", () => {
  const synthetic = new Synthetic();
  // 10 requests of 10 ms, then 10 of 20 ms, then 10 of 90 ms: p50 over all 30 is the 15th, 20 ms.
  for (const [repetition, latencyMs] of [10, 20, 90].entries())
    synthetic.window(
      "monolith naive",
      "baseline",
      [repetition * 2000, repetition * 2000 + 1000],
      () => ({ latencyMs }),
      {
        repetition,
      },
    );
  const { p50 } = measured(makeReport(synthetic.recording)).latency;
  near(p50!.value, 20);
  near(p50!.min, 10);
  near(p50!.max, 90);
  assert.equal(p50!.n, 3);
});

/** Baseline 0–10 s, fault at 10 s for 6 s of which the first is grace, recovery 16–30 s. */
function crash(
  synthetic: Synthetic,
  column: ColumnName,
  answer: (feature: "home" | "reviews", t: number) => Answer,
): Synthetic {
  const fault = "crash:reviews";
  return synthetic
    .window(column, "baseline", [0, 10_000], undefined, { fault })
    .window(column, "grace", [10_000, 11_000], answer, { fault })
    .window(column, "fault", [11_000, 16_000], answer, { fault })
    .window(column, "recovery", [16_000, 30_000], answer, { fault })
    .fault(column, [10_000, 16_000]);
}

test("a crash of 6 s and a restart of 1.2 s: out for 7.2 s, recovered 1.2 s after its end", () => {
  const down = (_: string, t: number): Answer =>
    t >= 10_000 && t < 17_200 ? { outcome: "unreachable", latencyMs: 1 } : {};
  const { recording } = crash(new Synthetic(), "monolith naive", down).add(
    { type: "process", column: "monolith naive", t: 10_000, process: "board", state: "down" },
    { type: "process", column: "monolith naive", t: 16_050, process: "board", state: "starting" },
  );
  const felt = harm(makeReport(recording));
  assert.equal(felt.recoveryMs!.value, 1200);
  assert.equal(felt.outageMs!.value, 7200);
  // Requests of a feature come 100 ms apart, so neither is known better.
  assert.equal(felt.resolutionMs, 100);
  // Spawned at 16,050; the first good answer was sent at 17,200 and took 10 ms.
  assert.equal(felt.restartMs!.value, 1160);
  assert.equal(felt.notRecovered, 0);
});

test("users count as served again only when 5 s pass without a bad request", () => {
  // Bad until 17,000, and once more at 20,000, less than 5 s later: recovered at 20,100.
  const relapse = (_: string, t: number): Answer =>
    (t >= 10_000 && t < 17_000) || t === 20_000 ? { outcome: "status" } : {};
  assert.equal(harm(makeReport(crash(new Synthetic(), "monolith naive", relapse).recording)).recoveryMs!.value, 4100);
  // Bad once more at 26,000: by the window's end, 30,000, no 5 s have passed since.
  const late = (_: string, t: number): Answer => (t >= 10_000 && t % 3000 < 100 ? { outcome: "status" } : {});
  const never = harm(makeReport(crash(new Synthetic(), "monolith naive", late).recording));
  assert.deepEqual([never.recoveryMs, never.notRecovered], [null, 1]);
});

test("blast radius: by features affected / all, by requests 1 − Σ w·A(fault) / Σ w·A(baseline)", () => {
  // reviews (weight 1) fails wholly, home (weight 3) stays: 1 of 2 features; 1 − (3·1 + 1·0) / (3 + 1) = 25 %.
  const dead = (feature: string, t: number): Answer =>
    feature === "reviews" && t >= 10_000 && t < 16_000 ? { outcome: "status" } : {};
  const felt = harm(makeReport(crash(new Synthetic(), "monolith naive", dead).recording));
  assert.equal(felt.byFeatures!.value, 0.5);
  assert.equal(felt.byRequests!.value, 0.25);
  assert.deepEqual(
    felt.features.map(({ affected }) => affected),
    [false, true],
  );
  assert.equal(felt.recoveryMs!.value, 0);
});

test("a fault that nobody feels has a blast radius of 0 and no outage", () => {
  const felt = harm(makeReport(crash(new Synthetic(), "monolith naive", () => ({})).recording));
  assert.deepEqual([felt.byFeatures!.value, felt.byRequests!.value, felt.recoveryMs!.value], [0, 0, 0]);
  assert.equal(felt.outageMs!.value, 0);
  assert.equal(felt.restartMs, null);
});

test("a feature is affected only below 99 % and one point under its own baseline", () => {
  // 50 requests a feature in the fault window. home: 1 bad, 98 %, baseline 98 % (2 of 100): it always ails so.
  // reviews: none bad.
  const ailing = (feature: string, t: number): Answer =>
    feature === "home" && (t === 0 || t === 5000 || t === 12_000) ? { outcome: "status" } : {};
  const fault = "crash:reviews";
  const synthetic = new Synthetic()
    .window("monolith naive", "baseline", [0, 10_000], ailing, { fault })
    .window("monolith naive", "fault", [11_000, 16_000], ailing, { fault })
    .fault("monolith naive", [10_000, 16_000]);
  const felt = harm(makeReport(synthetic.recording));
  assert.deepEqual(
    felt.features.map(({ fault: { share } }) => share),
    [0.98, 1],
  );
  assert.equal(felt.byFeatures!.value, 0);
});

test("a latency of 50 ms more is an amplification of 6 over 10 ms, and refusals do not make it look faster", () => {
  // Half of the requests get a refusal after 1 ms, the others the right answer after 10 + 50 ms.
  const slower = (_: string, t: number): Answer =>
    t % 200 === 0 ? { outcome: "status", latencyMs: 1 } : { latencyMs: 60 };
  const felt = harm(makeReport(crash(new Synthetic(), "monolith naive", slower).recording));
  near(felt.amplification.p50!.value, 6, 0.02);
  near(felt.amplification.p99!.value, 6, 0.02);
  assert.equal(felt.amplification.differs.p50, "higher");
  // 5 s of fault window, 10 a second of each feature, half of them.
  assert.equal(felt.amplification.answers, 50);
  assert.equal(felt.fastFailureMs, 1);
});

test("a total outage has no latency at all, rather than a fast one", () => {
  const dead = (): Answer => ({ outcome: "unreachable", latencyMs: 0.5 });
  const felt = harm(makeReport(crash(new Synthetic(), "monolith naive", dead).recording));
  assert.equal(felt.amplification.p50, null);
  assert.equal(felt.availability!.share, 0);
  assert.deepEqual([felt.recoveryMs, felt.notRecovered], [null, 1]);
});

test("split tax is beside the monolith with the same guards, wire time is what the handler did not take", () => {
  const names = ["monolith naive", "monolith guarded", "microservices guarded"] as const;
  const synthetic = new Synthetic(names, []);
  for (const [at, name] of names.entries())
    synthetic.window(name, "baseline", [0, 1000], () => ({ latencyMs: [100, 10, 15][at]! }));
  const histogram = (...values: number[]) => Histogram.of(values).toJSON();
  synthetic.add({
    ...{ type: "seam", column: "microservices guarded", t: 1000, from: "web", to: "board", operation: "list" },
    ...{ binding: "cut", calls: 40, failed: 0 },
    // Means 3 and 2 ms: the wire took 1 ms a call. 40 calls for 20 requests.
    ...{ callerHistogram: histogram(2, 3, 4), handlerHistogram: histogram(1, 2, 3) },
  });
  const report = makeReport(synthetic.recording);
  assert.equal(measured(report, 1).splitTax, null);
  const { splitTax, calls } = measured(report, 2);
  assert.equal(splitTax!.against, "monolith guarded");
  near(splitTax!.p50!.value, 1.5);
  assert.equal(splitTax!.differs.p50, "higher");
  near(calls.wireMs!.value, 1);
  assert.equal(calls.perRequest!.value, 2);
});

test("CPU is per 1,000 good requests in the window alone, memory the sum of the processes' medians", () => {
  const synthetic = new Synthetic().window("monolith naive", "baseline", [1000, 2000]);
  const line = { type: "process", column: "monolith naive", state: "ready" } as const;
  // board: 100 ms at 0 and 500 at 4 s: 100 in the window. db: 20 and 40 at its borders: 20. 20 good requests:
  // (100 + 20) / 20 = 6 CPU ms a request, so 6 s per 1,000.
  synthetic.add(
    { ...line, t: 0, process: "board", pid: 1, cpuMs: 100 },
    { ...line, t: 4000, process: "board", pid: 1, cpuMs: 500 },
    { ...line, t: 1000, process: "db", kind: "database", pid: 2, cpuMs: 20, pssBytes: 30 },
    { ...line, t: 2000, process: "db", kind: "database", pid: 2, cpuMs: 40, pssBytes: 50 },
    { ...line, t: 1500, process: "board", pid: 1, pssBytes: 100 },
    { type: "start", column: "monolith naive", t: 0, ms: 800, processes: { board: 700 } },
  );
  const { cost } = measured(makeReport(synthetic.recording));
  near(cost.cpuSeconds.total!.value, 6);
  near(cost.cpuSeconds.database!.value, 1);
  assert.equal(cost.memoryBytes.total!.value, 140);
  assert.equal(cost.startMs!.value, 800);
});

test("throughput is the highest rate up to which promises were kept", () => {
  const synthetic = new Synthetic();
  // 10 and 100 a second are kept, 200 is too slow, and that 400 was kept again proves nothing.
  for (const [at, [rate, latencyMs]] of [
    [10, 5],
    [100, 50],
    [200, 350],
    [400, 5],
  ].entries())
    synthetic.window(
      "monolith naive",
      "ramp",
      [at * 1000, at * 1000 + 500],
      () => ({ latencyMs, outcome: latencyMs! > 300 ? "slow" : "good" }),
      { rate },
    );
  const { throughput } = measured(makeReport(synthetic.recording));
  assert.deepEqual([throughput.perSecond!.value, throughput.atLeast], [100, false]);
});

test("a report is plain JSON, and a run without its end says so", () => {
  const { recording } = crash(new Synthetic(), "monolith naive", () => ({}));
  const report = makeReport(recording);
  assert.deepEqual(JSON.parse(JSON.stringify(report)), report);
  assert.equal(report.complete, false);
  recording.end.push({ type: "end", t: 30_000, complete: true, why: "" });
  assert.equal(makeReport(recording).complete, true);
});
