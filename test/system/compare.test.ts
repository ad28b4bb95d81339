import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test, type TestContext } from "node:test";
import {
  columnOf,
  defaultColumns,
  quickWindows,
  runExperiment,
  type ExperimentOptions,
  type ExperimentOutcome,
  type ExperimentProgress,
} from "../../src/compare/experiment.ts";
import { makeReport, type FaultColumn, type Measured, type Report } from "../../src/compare/report.ts";
import { isSpread } from "../../src/compare/statistics.ts";
import { readRecording, type Recording, type Sample } from "../../src/record/reader.ts";
import { microservices } from "../../src/topology/topology.ts";
import noticing from "../fixtures/noticing.app.ts";

/** What is known beforehand comes out of an experiment as it is; and however one ends, nothing of it stays behind. */

const base = await mkdtemp(join(tmpdir(), "seamline-compare-"));
after(() => rm(base, { recursive: true, force: true }));

/** What has just been started is slow at first. */
const windows = { ...quickWindows, warmupMs: 2000 };
const guarded = defaultColumns(noticing).filter(({ topology }) => topology.guards === "guarded");

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

describe("two columns, a module that no page asks, and 50 ms on the way of users", () => {
  const steps: ExperimentProgress[] = [];
  let outcome: ExperimentOutcome;
  let recording: Recording;
  let report: Report;
  before(async () => {
    const faults = [
      { kind: "latency", target: "edge", parameters: { ms: 50 } },
      { kind: "crash", target: "notify" },
    ];
    outcome = await runExperiment(options({ faults, onProgress: (step) => steps.push(step) }));
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
      ...["latency:edge", "crash:notify"].flatMap((fault) =>
        ["grace", "fault", "recovery"].map((phase) => `${name} ${phase} ${fault}`),
      ),
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
    const sent = guarded.map((_, place) =>
      recording.samples
        .filter(({ column, intended }) => column === place && inPhase(recording, place, "baseline", intended))
        .toSorted((a, b) => a.intended - b.intended)
        .map(({ feature }) => feature),
    );
    // Where one baseline is a moment longer, one more may be in it.
    const least = Math.min(...sent.map(({ length }) => length)) - 5;
    assert.ok(least > 10);
    assert.ok(commonRun(sent[0]!, sent[1]!) >= least, "the same features in the same order");
  });

  test("faults were applied and healed at the times that the windows say", () => {
    const news = recording.fault.map(({ column, id, state }) => `${column} ${id} ${state}`);
    const each = guarded.flatMap(({ name }) =>
      ["latency:edge", "crash:notify"].flatMap((id) => [`${name} ${id} applied`, `${name} ${id} healed`]),
    );
    assert.deepEqual(news, each);
    for (const { column, id, t, state } of recording.fault) {
      const phase = state === "applied" ? "grace" : "recovery";
      const window = recording.window.find((one) => one.column === column && one.fault === id && one.phase === phase)!;
      assert.ok(Math.abs(window.from - t) < 50, `${column} ${id} ${state} at ${t}, ${phase} from ${window.from}`);
    }
  });

  test("every answer that went through 50 ms on the way of users took them, and others did not", () => {
    for (const [place, { name }] of guarded.entries()) {
      const least = (phase: string, fault: string | null): number =>
        Math.min(...answers(recording, place, phase, fault).map(({ latencyMs }) => latencyMs));
      assert.ok(least("fault", "latency:edge") >= 50, `${name}: ${least("fault", "latency:edge")} ms`);
      assert.ok(least("recovery", "latency:edge") < 50, `${name}: ${least("recovery", "latency:edge")} ms`);
    }
  });

  test("50 ms on the way of users are 50 ms more in the median, in that row and in no other", (t) => {
    for (const { name } of guarded) {
      const without = measuredOf(t, report, name)?.features.find(({ feature }) => feature === "list");
      if (without === undefined) return;
      const delay = (fault: string): number => {
        const { harm } = struck(report, name, fault);
        const p50 = harm === "invalid" ? null : harm.features.find(({ feature }) => feature === "list")!.latency.p50;
        return isSpread(p50) && isSpread(without.latency.p50) ? p50.value - without.latency.p50.value : Infinity;
      };
      assert.ok(Math.abs(delay("latency:edge") - 50) < 30, `${name}: ${delay("latency:edge")} ms`);
      if (name.startsWith("microservices")) assert.ok(delay("crash:notify") < 30, `${delay("crash:notify")} ms`);
    }
  });

  test("the end of a module that no page asks harms nobody where it is apart, and everybody where it is not", (t) => {
    const reach = (name: string): readonly number[] => {
      const { harm } = struck(report, name, "crash:notify");
      assert.ok(harm !== "invalid" && harm.byFeatures !== null && harm.byRequests !== null);
      return [harm.byFeatures.value, harm.byRequests.value];
    };
    if (guarded.some(({ name }) => measuredOf(t, report, name) === null)) return;
    const [features, requests] = reach("microservices guarded");
    assert.equal(features, 0);
    assert.ok(Math.abs(requests!) < 0.01, `${requests}`);
    assert.deepEqual(reach("monolith guarded"), [1, 1]);
    const { harm } = struck(report, "monolith guarded", "crash:notify");
    assert.ok(harm !== "invalid" && harm.notRecovered === 0 && harm.restartMs !== null);
  });

  test("every write was looked for, none is lost or there twice, and what must hold holds", (t) => {
    for (const { name, consistency, invariants } of report.columns) {
      // Where nobody could sign in, nobody wrote.
      if (consistency?.writes === 0 && measuredOf(t, report, name) === null) return;
      assert.ok(consistency !== null && consistency.writes > 0, name);
      const { unread, lost, duplicate } = consistency;
      assert.deepEqual({ name, unread, lost, duplicate }, { name, unread: 0, lost: 0, duplicate: 0 });
      assert.ok(invariants.length > 0);
      for (const { id, state } of invariants) assert.equal(state, "holds", `${name} ${id}`);
      const { looked, stale, torn, orphan, oversold } = consistency;
      // The board reads what it has written where it was written.
      if (looked === 0 && measuredOf(t, report, name) === null) return;
      assert.ok(looked > 0, name);
      assert.deepEqual({ name, stale, torn, orphan, oversold }, { name, stale: 0, torn: 0, orphan: 0, oversold: null });
    }
  });

  test("what a column takes of the machine is known of its processes and of its databases", (t) => {
    for (const { name, deployables } of report.columns) {
      const measured = measuredOf(t, report, name);
      if (measured === null) return;
      const { cpuSeconds, memoryBytes } = measured.cost;
      for (const part of [cpuSeconds.app, cpuSeconds.database, memoryBytes.app, memoryBytes.database])
        assert.ok(isSpread(part) && part.value > 0, `${name}: ${JSON.stringify(measured.cost)}`);
      assert.ok(isSpread(measured.cost.startMs) && measured.cost.startMs.value > 0);
      assert.equal(deployables, name.startsWith("monolith") ? 1 : 5);
      const cut = measured.calls.seams.some(({ binding }) => binding === "cut");
      assert.equal(cut, name.startsWith("microservices"));
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
      columns: [columnOf("microservices", microservices(noticing), "guarded")],
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

function inPhase({ window, run }: Recording, place: number, phase: string, t: number): boolean {
  const { name } = run.columns[place]!;
  return window.some((one) => one.column === name && one.phase === phase && t >= one.from && t < one.to);
}

/** Of one column's requests in one phase, those that were answered in it. */
function answers({ window, samples, run }: Recording, place: number, phase: string, fault: string | null): Sample[] {
  const { name } = run.columns[place]!;
  const { from, to } = window.find((one) => one.column === name && one.phase === phase && one.fault === fault)!;
  return samples.filter(
    ({ column, intended, latencyMs, status }) =>
      column === place && status > 0 && intended >= from && intended + latencyMs <= to,
  );
}

/** How long the longer of two lists has the same values as the other, wherever its beginning lies in it. */
function commonRun(one: readonly number[], other: readonly number[]): number {
  let longest = 0;
  for (let shift = -5; shift <= 5; shift += 1) {
    let run = 0;
    for (const [at, value] of one.entries()) {
      run = other[at + shift] === value ? run + 1 : 0;
      longest = Math.max(longest, run);
    }
  }
  return longest;
}

/** Slower without any fault, and nothing can be said of milliseconds. */
const idleMs = 50;

/** null, with a note: the machine was too busy for figures. */
function measuredOf(t: TestContext, { columns }: Report, name: string): Measured | null {
  const { measured, validity } = columns.find((column) => column.name === name)!;
  if (measured === "invalid") {
    t.skip(`the load on "${name}" was not what it should have been: ${validity.why.join(", ")}`);
    return null;
  }
  const { p50 } = measured.latency;
  if (isSpread(p50) && p50.value < idleMs && measured.availability!.share === 1) return measured;
  t.skip(`the machine is too busy: "${name}" answered after ${isSpread(p50) ? p50.value : "?"} ms without a fault`);
  return null;
}

function struck({ faults }: Report, name: string, id: string): FaultColumn {
  return faults.find((fault) => fault.id === id)!.columns.find(({ column }) => column === name)!;
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
