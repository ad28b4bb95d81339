import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { long } from "../../test/suites/long.ts";
import type { SeamlineError } from "../contract/errors.ts";
import { abort, inspect, move } from "./move.ts";
import type { MoveOptions, Progress } from "./split.ts";
import { checkAll, checkNothingLeft, freshBench, limits, type Bench } from "./testing/bench.ts";
import { until } from "./testing/servers.ts";
import { startWriters, type Writers } from "./testing/writers.ts";

/**
 * One module is moved back and forth under writers, and each time something is killed or frozen at one point of the
 * move. Whatever became of it, the data is at one place, the same call goes on with it or it can be taken back, and in
 * the end nothing that was answered is lost or twice there.
 */
const points = [
  ...[
    "check.passed",
    "prepare.begun",
    "prepare.target",
    "prepare.publication",
    "copy.begun",
    "copy.slot",
    "copy.table",
  ],
  ...["copy.copied", "copy.subscription", "copy.caught-up", "reverse.begun", "reverse.publication", "reverse.slot"],
  "reverse.subscription",
  ...["fence.begun", "fence.held", "fence.locked", "fence.marked", "fence.arrived", "fence.prepared", "fence.closed"],
  ...["open.opened", "open.switched", "verify.begun", "verify.compared", "finish.begun", "finish.ended"],
] as const;
const victims = ["source", "target", "mover"] as const;
const deeds = ["kill", "freeze"] as const;

interface Blow {
  readonly point: (typeof points)[number];
  readonly victim: (typeof victims)[number];
  readonly deed: (typeof deeds)[number];
}

/** In `npm test` those where most is at stake, and some that the seed chooses. */
function selection(): Blow[] {
  const all = points.flatMap((point) => victims.flatMap((victim) => deeds.map((deed) => ({ point, victim, deed }))));
  if (long) return all;
  const chosen: Blow[] = [
    { point: "fence.closed", victim: "source", deed: "kill" },
    { point: "fence.arrived", victim: "target", deed: "freeze" },
    { point: "fence.closed", victim: "mover", deed: "kill" },
    { point: "copy.begun", victim: "target", deed: "kill" },
  ];
  const seed = Number(process.env["SEAMLINE_SEED"] ?? Math.floor(Math.random() * 1e6));
  console.log(`SEAMLINE_SEED=${seed}`);
  for (let state = seed, n = 0; n < 2; n += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    chosen.push(all[state % all.length]!);
  }
  return chosen;
}

describe("a move in which something is killed or frozen", () => {
  let bench: Bench;
  let writers: Writers;
  let home: 0 | 1 = 0;

  it("is taken back or gone on with, at every point", { timeout: 3_600_000 }, async () => {
    bench = await freshBench();
    writers = startWriters(bench.sides[0].address, 3);
    try {
      for (const blow of selection()) await strike(blow);
    } finally {
      await writers.stop();
    }
    await checkAll(bench, home, writers);
    await checkNothingLeft(bench);
  });

  async function strike(blow: Blow): Promise<void> {
    const what = `${blow.deed} of ${blow.victim} at ${blow.point}`;
    try {
      // On a busy machine a move may be taken back before it comes to the point.
      let first: string | null = null;
      for (let tries = 0; first === null && tries < 3; tries += 1) first = await attempt(blow);
      assert.ok(first !== null, "the point was reached");
      await Promise.all(bench.servers.map((server) => server.revive()));
      const there = bench.options(home);
      // Half of those that were stopped before the commit point are taken back, the others gone on with.
      const begun = await inspect(there);
      if (begun.at !== "moved" && begun.at !== "committed" && writers.answered() % 2 === 0) await abort(there);
      else await move(there);
      const { at } = await inspect(there);
      assert.ok(at === "none" || at === "moved", `${at} after ${first}`);
      if (at === "moved") home = home === 0 ? 1 : 0;
      await checkNothingLeft(bench);
      const before = writers.answered();
      await until(() => writers.answered() > before + 10 || writers.wrong.length > 0, "writes go on");
      assert.deepEqual(writers.wrong, []);
    } catch (error) {
      throw new Error(`${what}: ${(error as Error).message}`, { cause: error });
    }
  }

  /** One try of the move with the blow in it. @returns how it ended; null: it was taken back before the blow */
  async function attempt({ point, victim, deed }: Blow): Promise<string | null> {
    if (victim === "mover") return moveInProcess(bench.options(home), point, deed === "kill" ? "SIGKILL" : "SIGSTOP");
    const server = bench.servers[victim === "source" ? home : 1 - home]!;
    let struck = false;
    let revived: Promise<void> = Promise.resolve();
    const report = (progress: Progress): void => {
      if (struck || `${progress.step}.${progress.point}` !== point) return;
      struck = true;
      if (deed === "kill") server.kill();
      else server.freeze();
      // As a supervisor does it, and as somebody who looks after it. Long enough for every limit to pass, in half.
      const afterMs = deed === "kill" ? 300 : writers.answered() % 2 === 0 ? 500 : limits.answerMs + limits.undoMs;
      revived = sleep(afterMs).then(() => server.revive());
    };
    const ended = await move(bench.options(home, { report })).then(
      () => "moved",
      (error: SeamlineError) => error.code,
    );
    await revived;
    assert.match(ended, /^(moved|move_undone|move_stopped|postgres_unreachable)$/);
    assert.ok(struck || ended === "move_undone", `${ended} without a blow`);
    return struck ? ended : null;
  }
});

/** A frozen mover keeps its locks until the servers notice; then it is killed, as somebody would who finds it. */
async function moveInProcess(options: MoveOptions, at: string, signal: NodeJS.Signals): Promise<string | null> {
  const file = fileURLToPath(new URL("./testing/controller.ts", import.meta.url));
  const child = spawn(process.execPath, [file, JSON.stringify({ options, at, signal })], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "close");
  let last = "";
  child.stdout.on("data", (chunk: Buffer) => (last = String(chunk).trim().split("\n").at(-1)!));
  if (signal === "SIGSTOP") {
    await until(() => last === at || child.exitCode !== null, `the mover comes to ${at}`);
    await sleep(limits.fenceMs + 200); // the fence's transaction is ended by the server
    child.kill("SIGKILL");
  }
  await ended;
  return last === at ? `${signal} after ${last}` : null;
}
