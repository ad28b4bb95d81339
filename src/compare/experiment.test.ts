import assert from "node:assert/strict";
import { access, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import board from "../../apps/board/app.ts";
import { topology } from "../topology/topology.ts";
import {
  checkExperiment,
  columnOf,
  defaultColumns,
  defaultWindows,
  planDuration,
  quickWindows,
  repetitionsWithin,
  type ExperimentOptions,
} from "./experiment.ts";
import { Course } from "./experiment/course.ts";
import { orderOf } from "./experiment/plan.ts";
import { prepare } from "./experiment/prepare.ts";

const base = await mkdtemp(join(tmpdir(), "seamline-experiment-"));
after(() => rm(base, { recursive: true, force: true }));

function options(changes: Partial<ExperimentOptions> = {}): ExperimentOptions {
  return {
    ...{ app: board, appUrl: import.meta.resolve("../../apps/board/app.ts"), columns: defaultColumns(board) },
    ...{ scenario: "chapter", faults: [{ kind: "crash", target: "comments" }], rate: 20, repetitions: 2 },
    ...{ windows: quickWindows, seed: "1", runs: join(base, "runs") },
    signal: new AbortController().signal,
    onProgress: () => {},
    ...changes,
  };
}

describe("what could not succeed is refused before anything starts, with what there is", () => {
  const refusals: readonly [what: string, changes: Partial<ExperimentOptions>, message: RegExp][] = [
    ["a scenario", { scenario: "chaptre" }, /no scenario "chaptre"; it has chapter, rubbos/],
    [
      "a kind of fault",
      { faults: [{ kind: "crush", target: "board" }] },
      /"crush" is no kind of fault; there are crash/,
    ],
    ["a target", { faults: [{ kind: "crash", target: "bord" }] }, /crash: "bord" is no target; there are .*board/],
    ["a target of databases", { faults: [{ kind: "db-locked", target: "board-web" }] }, /"board-web" is no target/],
    [
      "a parameter",
      { faults: [{ kind: "latency", target: "edge", parameters: { mms: 50 } }] },
      /latency: .*mms.*it has ms \(50\)/,
    ],
    [
      "the same fault twice",
      {
        faults: [
          { kind: "crash", target: "board" },
          { kind: "crash", target: "board", parameters: {} },
        ],
      },
      /crash:board is asked for twice/,
    ],
    ["a rate", { rate: 0 }, /the rate is 0 requests\/s/],
    ["repetitions", { repetitions: 1.5 }, /repetitions is 1.5/],
    ["a recovery that cannot be seen", { windows: { ...quickWindows, recoveryMs: 3000 } }, /recoveryMs is 3000 ms/],
    ["no column", { columns: [] }, /needs a column/],
    ["two columns of one name", { columns: [...defaultColumns(board), ...defaultColumns(board)] }, /two columns/],
    [
      "a topology without all modules",
      { columns: [columnOf("half", topology({ processes: { web: { modules: ["board-web"], port: 0 } } }), "guarded")] },
      /column "half guarded".*"board" has no place/s,
    ],
  ];
  for (const [what, changes, message] of refusals)
    test(what, async () => {
      await assert.rejects(checkExperiment(options(changes)), { name: "SeamlineError", message });
      await assert.rejects(access(join(base, "runs")), { code: "ENOENT" });
    });
});

test("a disk without room is refused with what is free and what is needed", async () => {
  const full = options({ rate: 250, repetitions: 1000, windows: { ...defaultWindows, baselineMs: 3_600_000 } });
  await assert.rejects(checkExperiment(full), {
    code: "recording_failed",
    message: /are free, and 6 database servers with their recording may need [\d.]+ MB\. Make room/,
  });
});

test("by default there are monolith and microservices, each without and with guards", () => {
  const columns = defaultColumns(board).map(({ name, topology: { guards, data, processes } }) => [
    ...[name, guards, data],
    Object.keys(processes).length,
  ]);
  assert.deepEqual(columns, [
    ["monolith naive", "naive", "shared-pool", 1],
    ["monolith guarded", "guarded", "pool-per-module", 1],
    ["microservices naive", "naive", "shared-pool", 4],
    ["microservices guarded", "guarded", "server-per-module", 4],
  ]);
});

test("a link that is only where processes are apart may be struck, and is missing in the others", async () => {
  const { faults, links } = await prepare(options({ faults: [{ kind: "latency", target: "web>comments" }] }));
  assert.equal(links, "proxied");
  assert.equal(faults[0]!.strikes, "link");
  assert.deepEqual([...faults[0]!.missing.keys()], ["monolith naive", "monolith guarded"]);
});

test("two faults of one kind and target are told apart by their parameters", async () => {
  const latency = (ms: number) => ({ kind: "latency", target: "edge", parameters: { ms } });
  const { faults } = await prepare(
    options({ faults: [latency(50), latency(200), { kind: "crash", target: "board" }] }),
  );
  assert.deepEqual(
    faults.map(({ id }) => id),
    ["latency:edge:ms=50", "latency:edge:ms=200", "crash:board"],
  );
});

test("features weigh as much as the scenario asks for them", async () => {
  const { features } = await prepare(options({ scenario: "rubbos" }));
  const weight = new Map(features.map((feature) => [feature.name, feature.weight]));
  assert.ok(Math.abs([...weight.values()].reduce((a, b) => a + b) - 1) < 0.001);
  // 14.2 steps a visit of which 7.8 of 93.5 write a comment, and one more to sign in.
  assert.ok(Math.abs(weight.get("comment")! - (14.2 * 7.8) / 93.5 / 15.2) < 0.001);
  assert.ok(Math.abs(weight.get("signIn")! - 1 / 15.2) < 0.001);
});

test("turns go there and back, so that no column is always the first", () => {
  assert.deepEqual(
    [0, 1, 2].map((repetition) => orderOf(4, repetition)),
    [
      [0, 1, 2, 3],
      [3, 2, 1, 0],
      [0, 1, 2, 3],
    ],
  );
});

test("how far an experiment has come is told by its plan", async () => {
  const said: unknown[] = [];
  const asked = options({ onProgress: (step) => said.push(step) });
  let now = 0;
  const course = new Course(asked, await prepare(asked), () => now);
  course.begin(0, 0, "warmup", null);
  now = 300;
  assert.equal(course.now().leftMs, quickWindows.warmupMs - 300);
  course.begin(0, 1, "recovery", "crash:comments");
  const [first, last] = said as { number: number; of: number; remainingMs: number; column: string }[];
  assert.deepEqual([first!.number, first!.of, first!.column], [1, 4 * 2 * 6, "monolith naive"]);
  // The second time the first column is the last.
  assert.equal(last!.number, 4 * 2 * 6 - 1);
  assert.ok(last!.remainingMs < first!.remainingMs);
});

test("a quick comparison of the board is planned for less than a minute, and repetitions for the time there is", () => {
  assert.ok(planDuration({ ...options({ repetitions: 1 }), together: true }) < 60_000);
  const long = options({ windows: defaultWindows });
  assert.ok(planDuration(long) < planDuration({ ...long, repetitions: 3 }));
  assert.equal(repetitionsWithin(3_600_000, long), 5);
  assert.equal(repetitionsWithin(1000, long), 2);
});
