import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import {
  defaultColumns,
  quickWindows,
  runExperiment,
  type ExperimentOptions,
  type ExperimentOutcome,
  type ExperimentProgress,
} from "../../src/compare/experiment.ts";
import { makeReport, type Harm, type Report } from "../../src/compare/report.ts";
import { isSpread } from "../../src/compare/statistics.ts";
import { readRecording, type Recording, type Sample } from "../../src/record/reader.ts";
import noticing from "../fixtures/noticing.app.ts";
import { agree, answered, commonRun, during, goodShare } from "./compare/requests.ts";

/**
 * What is known beforehand comes out of an experiment as it is; and however one ends, nothing of it stays behind.
 *
 * What is claimed of users holds on any machine, so it is claimed of every request that was recorded. Figures are claimed
 * to be those of the requests, worked out here in another way; where the load was not what it should have been, that
 * there are none.
 */

const base = await mkdtemp(join(tmpdir(), "seamline-compare-"));
after(() => rm(base, { recursive: true, force: true }));

/** What has just been started is slow at first. */
const windows = { ...quickWindows, warmupMs: 1000 };
const guarded = defaultColumns(noticing).filter(({ topology }) => topology.guards === "guarded");
const [monolith, microservices] = guarded.map(({ name }) => name) as [string, string];
const delayed = "latency:board-web>board";
const crashed = "crash:notify";

function options(changes: Partial<ExperimentOptions>): ExperimentOptions {
  return {
    ...{ app: noticing, appUrl: import.meta.resolve("../fixtures/noticing.app.ts"), columns: guarded },
    ...{ scenario: "few", faults: [], rate: 15, repetitions: 1, windows, seed: "1" },
    runs: join(base, "runs"),
    signal: new AbortController().signal,
    onProgress: () => {},
    ...changes,
  };
}

describe("two columns, a module that no page asks, and 50 ms on the way from the pages to the board", () => {
  const steps: ExperimentProgress[] = [];
  let outcome: ExperimentOutcome;
  let recording: Recording;
  let report: Report;
  before(async () => {
    const faults = [
      { kind: "latency", target: "board-web>board", parameters: { ms: 50 } },
      { kind: "crash", target: "notify" },
    ];
    outcome = await runExperiment(options({ faults, together: true, onProgress: (step) => steps.push(step) }));
    assert.deepEqual([outcome.complete, outcome.why], [true, ""]);
    recording = await readRecording(outcome.directory);
    report = makeReport(recording);
  });

  test("it comes to its end, and leaves a recording and logs behind, and nothing that runs", () => {
    assert.ok(report.complete);
    const left = ["columns", "events.ndjson", "samples-load.ndjson"];
    assert.deepEqual(readdirSync(outcome.directory).toSorted(), left);
    for (const column of readdirSync(join(outcome.directory, "columns")))
      assert.deepEqual(readdirSync(join(outcome.directory, "columns", column)), ["logs"]);
    assert.deepEqual(children(), []);
  });

  test("every phase is in it once a column, one after the other, and only the column whose turn it is was asked", () => {
    const phases = recording.window.map(({ column, phase, fault }) => [column, phase, fault].join(" "));
    const expected = guarded.flatMap(({ name }) => [
      ...[`${name} warmup `, `${name} baseline `],
      ...faultsOf(name).flatMap((fault) => ["grace", "fault", "recovery"].map((phase) => `${name} ${phase} ${fault}`)),
    ]);
    assert.deepEqual(phases, expected);
    const turns = guarded.map(({ name }) => {
      const own = recording.window.filter(({ column }) => column === name);
      return [own[0]!.from, own.at(-1)!.to] as const;
    });
    assert.ok(turns[0]![1] <= turns[1]![0]);
    for (const { column, intended } of recording.samples)
      assert.ok(intended >= turns[column]![0] && intended <= turns[column]![1] + 1);
  });

  test("both columns were sent the same requests", () => {
    const sent = guarded.map(({ name }) => during(recording, name, "baseline").map(({ feature }) => feature));
    // Where one baseline is a moment longer, one more may be in it.
    const least = Math.min(...sent.map(({ length }) => length)) - 5;
    assert.ok(least > 10);
    assert.ok(commonRun(sent[0]!, sent[1]!) >= least, "the same features in the same order");
  });

  test("faults were applied and healed at the times that the windows say, and left out where there is nothing to strike", () => {
    const news = recording.fault.map(({ column, id, state }) => `${column} ${id} ${state}`);
    const each = guarded.flatMap(({ name }) => [
      ...(name === monolith ? [`${name} ${delayed} failed`] : []),
      ...faultsOf(name).flatMap((id) => [`${name} ${id} applied`, `${name} ${id} healed`]),
    ]);
    assert.deepEqual(news, each);
    for (const { column, id, t, state } of recording.fault) {
      const from = (phase: string): number =>
        recording.window.find((one) => one.column === column && one.fault === id && one.phase === phase)!.from;
      if (state === "applied") assert.ok(t <= from("grace"), `${column} ${id} at ${t}`);
      if (state === "healed") assert.equal(from("recovery"), t, `${column} ${id}`);
    }
  });

  test("every page of the board took 50 ms while it was 50 ms away, and no longer afterwards", () => {
    // Who signs in asks the accounts alone.
    const isOfBoard = ({ feature }: Sample): boolean => recording.run.features[feature]!.name !== "signIn";
    const least = (phase: string, fault: string | null, until = Infinity): number => {
      const asked = during(recording, microservices, phase, fault).filter(({ intended }) => intended < until);
      return Math.min(...answered(asked.filter(isOfBoard)));
    };
    const healed = recording.fault.find(({ id, state }) => id === delayed && state === "healed")!;
    // A page that was asked for just before that may have asked the board just after it.
    const away = least("fault", delayed, healed.t - 500);
    assert.ok(away >= 50, `${away} ms`);
    // On a machine that is so busy that no page takes less without it, nothing can be said of the others.
    const others = [least("recovery", delayed), least("fault", crashed)];
    if (least("baseline", null) < 50) assert.ok(Math.min(...others) < 50, `${others.join(", ")} ms`);
    const list = figuresOf(report, microservices, delayed)?.features.find(({ feature }) => feature === "list");
    if (list !== undefined) assert.ok(isSpread(list.latency.p50) && list.latency.p50.value >= 49.5);
  });

  test("the end of a module that no page asks harms nobody where it is apart, and everybody where it is not", () => {
    const ends = (name: string): Set<string> =>
      new Set(during(recording, name, "fault", crashed).map((sample) => sample.outcome));
    const apart = ends(microservices);
    // On a busy machine an answer may be late, but it comes.
    assert.deepEqual(
      [...apart].filter((each) => each !== "good" && each !== "slow"),
      [],
    );
    assert.ok(apart.size > 0);
    const all = ends(monolith);
    assert.ok(all.size > 0 && !all.has("good") && !all.has("slow"), [...all].join(", "));
    // What a fault took can be told only where all was well before.
    const harmOf = (name: string): Harm | null =>
      goodShare(during(recording, name, "baseline")) === 1 ? figuresOf(report, name, crashed) : null;
    const [split, whole] = [harmOf(microservices), harmOf(monolith)];
    if (split !== null && !apart.has("slow"))
      assert.deepEqual([split.byFeatures?.value, split.availability?.share], [0, 1]);
    if (whole === null) return;
    assert.deepEqual([whole.byFeatures?.value, whole.byRequests?.value], [1, 1]);
    assert.ok(whole.notRecovered === 1 || whole.restartMs !== null);
  });

  test("figures are those of the requests, and there are none where too many were not sent in time", () => {
    for (const { name, validity, measured } of report.columns) {
      const counted = recording.window.filter(({ column, phase }) => column === name && phase !== "warmup");
      const sent = counted.flatMap(({ phase, fault }) => during(recording, name, phase, fault));
      const lost = sent.filter(({ outcome, lateMs }) => outcome === "dropped" || lateMs > 10).length;
      assert.deepEqual([validity.planned, validity.dropped + validity.late], [sent.length, lost], name);
      assert.equal(validity.why.includes("dropped"), lost > 1 && lost / sent.length > 0.005, name);
      assert.equal(measured === "invalid", !validity.valid, name);
      if (measured === "invalid") continue;
      agree(measured, during(recording, name, "baseline"));
      for (const fault of faultsOf(name)) {
        const harm = figuresOf(report, name, fault)!;
        const share = goodShare(during(recording, name, "fault", fault));
        assert.ok(Math.abs(harm.availability!.share - share) < 1e-9, `${name} ${fault}`);
      }
    }
  });

  test("every write was looked for, none is lost or there twice, and what must hold holds", () => {
    for (const { name, consistency, invariants } of report.columns) {
      assert.ok(consistency !== null && consistency.writes > 0 && consistency.looked > 0, name);
      const { unread, lost, duplicate } = consistency;
      assert.deepEqual({ name, unread, lost, duplicate }, { name, unread: 0, lost: 0, duplicate: 0 });
      assert.ok(invariants.length > 0);
      for (const { id, state } of invariants) assert.equal(state, "holds", `${name} ${id}`);
      const { stale, torn, orphan, oversold } = consistency;
      // The board reads what it has written where it was written.
      assert.deepEqual({ name, stale, torn, orphan, oversold }, { name, stale: 0, torn: 0, orphan: 0, oversold: null });
    }
  });

  test("what a column takes of the machine is known of its processes and of its databases", () => {
    for (const { name, deployables, measured } of report.columns) {
      assert.equal(deployables, name === monolith ? 1 : 5);
      for (const kind of ["app", "database"] as const) {
        const lines = recording.process.filter((line) => line.column === name && line.kind === kind);
        assert.ok(lines.some(({ cpuMs = 0 }) => cpuMs > 0) && lines.some(({ pssBytes = 0 }) => pssBytes > 0), name);
      }
      const ways = new Set(recording.seam.filter(({ column }) => column === name).map(({ binding }) => binding));
      assert.deepEqual([...ways], [name === monolith ? "joined" : "cut"]);
      if (measured === "invalid" || measured.availability!.good === 0) continue;
      const { cpuSeconds, memoryBytes, startMs } = measured.cost;
      for (const part of [cpuSeconds.app, cpuSeconds.database, memoryBytes.app, memoryBytes.database])
        assert.ok(isSpread(part) && part.value > 0, `${name}: ${JSON.stringify(measured.cost)}`);
      assert.equal(startMs, null, "columns that start at once take each other's time");
    }
  });

  test("who watches is told what is done, and how long it still takes", () => {
    const [first] = steps;
    assert.ok(first?.type === "begun" && first.directory === outcome.directory);
    assert.deepEqual(steps.at(-1), { type: "done", complete: true, why: "" });
    const windows = steps.filter((step) => step.type === "window");
    assert.deepEqual(
      windows.map(({ number }) => number),
      Array.from({ length: windows[0]!.of }, (_, at) => at + 1),
    );
    for (const [at, { remainingMs }] of windows.entries())
      assert.ok(at === 0 || remainingMs <= windows[at - 1]!.remainingMs);
    assert.ok(steps.some((step) => step.type === "load" && step.load.good > 0));
  });
});

test("called off in the middle of a fault, it heals, stops everything, and says so in a recording that can be read", async () => {
  const user = new AbortController();
  const outcome = await runExperiment(
    options({
      columns: guarded.filter(({ name }) => name === monolith),
      faults: [{ kind: "hang", target: "comments" }],
      windows: { ...windows, warmupMs: 0, baselineMs: 500, faultMs: 60_000 },
      signal: user.signal,
      onProgress(step) {
        if (step.type === "window" && step.phase === "fault") setTimeout(() => user.abort(new Error("Ctrl-C")), 300);
      },
    }),
  );
  assert.deepEqual([outcome.complete, outcome.why], [false, "interrupted"]);
  assert.deepEqual(children(), []);
  const recording = await readRecording(outcome.directory);
  assert.ok(recording.start.length === 1 && recording.start[0]!.ms > 0, "alone it is known how long it takes to start");
  assert.deepEqual(
    recording.fault.map(({ state }) => state),
    ["applied", "healed"],
  );
  assert.deepEqual(
    recording.window.map(({ phase }) => phase),
    ["baseline", "grace"],
  );
  const report = makeReport(recording);
  assert.deepEqual([report.complete, report.why], [false, "interrupted"]);
  for (const pid of pidsOf(recording)) assert.ok(!isOurs(pid, outcome.directory), `process ${pid} still runs`);
});

/** Between the pages and the board there is something in one column only. */
function faultsOf(column: string): string[] {
  return column === monolith ? [crashed] : [delayed, crashed];
}

/** null: there are none, because the load was not what it should have been. */
function figuresOf({ faults }: Report, name: string, id: string): Harm | null {
  const { harm } = faults.find((fault) => fault.id === id)!.columns.find(({ column }) => column === name)!;
  return harm === "invalid" ? null : harm;
}

function pidsOf({ process }: Recording): number[] {
  return [...new Set(process.flatMap(({ pid }) => pid ?? []))];
}

/** Whether a pid is a process that works in a run's directory, and not somebody else's of the same number. */
function isOurs(pid: number, directory: string): boolean {
  if (!existsSync(`/proc/${pid}/cmdline`)) return false;
  return readFileSync(`/proc/${pid}/cmdline`, "latin1").includes(directory);
}

/** Processes that this one has started and that are still there. */
function children(): number[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc/self/task").flatMap((task) =>
    readFileSync(`/proc/self/task/${task}/children`, "latin1").split(" ").filter(Boolean).map(Number),
  );
}
