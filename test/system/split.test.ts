import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, test } from "node:test";
import board from "../../apps/board/app.ts";
import { throwAwayDirectory } from "../../src/data/testing.ts";
import { openBulk } from "../../src/deploy/bulk.ts";
import { withAnyPorts } from "../../src/deploy/ports.ts";
import { verify } from "../../src/deploy/verify/verify.ts";
import { startLoad, type ColumnTally } from "../../src/load/load.ts";
import type { LiveProgress, Wish } from "../../src/split/live.ts";
import { beginMove, rollback } from "../../src/split/moving.ts";
import { planMove } from "../../src/split/plan.ts";
import { abort, statusOf } from "../../src/split/recall.ts";
import { monolith } from "../../src/topology/topology.ts";
import { bringUp, type Deployed } from "../suites/deployed.ts";
import { long } from "../suites/long.ts";
import { assertEqual, back, bin, homeOf, insistOn, optionsOf, out, seamline } from "./split/moves.ts";

/**
 * A module goes to a process and a database server of its own and comes back while the board is used: nobody is told of a
 * failure. split.killed.test.ts has what happens when something is killed meanwhile.
 */

describe("the board in one process, under a steady load", () => {
  const appUrl = import.meta.resolve("../../apps/board/app.ts");
  const shape = withAnyPorts(monolith(board));
  const modules = long
    ? Array.from({ length: 20 }, () => ["comments", "accounts", "board"]).flat()
    : ["comments", "accounts"];
  let directory = "";
  let up: Deployed;

  const start = async (): Promise<void> => {
    up = await bringUp({
      app: board,
      appUrl,
      topology: shape,
      directory: join(directory, "board-test"),
      durable: true,
    });
  };
  before(async () => {
    directory = await throwAwayDirectory();
    await start();
    const { deployment } = up;
    await using bulk = openBulk(
      { stores: deployment.stores(), directory: deployment.directory, clockOffsetMs: 0 },
      () => {},
    );
    await (await board.seed!()).default.run("XS", bulk.access);
    await bulk.commit();
  });
  after(async () => {
    await up?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  async function underLoad(during: () => Promise<void>): Promise<ColumnTally> {
    const parts = Object.fromEntries(Object.keys(up.deployment.endpoints().ports).map((part) => [part, up.url(part)]));
    const columns = [{ name: "board", url: up.url("board-web"), parts }];
    const features = Object.entries(board.features).map(([name, { promiseMs }]) => ({ name, promiseMs }));
    const load = await startLoad({ appUrl, scenario: "rubbos", size: "XS", columns, features, hangMs: 60_000 });
    const enough = new AbortController();
    try {
      const window = { id: "moves", columns: ["board"], forMs: 3_600_000, rate: 20, seed: "1" };
      const sent = load.window(window, { enough: enough.signal });
      await Promise.race([sent, during()]);
      enough.abort();
      return (await sent).columns[0]!;
    } finally {
      await load.stop();
    }
  }

  test("shows what a move would do, and changes nothing", async () => {
    const plan = await planMove(await optionsOf(up, "comments"), out);
    assert.deepEqual([plan.from, plan.to], [homeOf(up, "comments"), { process: "comments", server: "comments" }]);
    assert.deepEqual(plan.refusals, []);
    assert.ok(plan.rows! > 0 && plan.data!.bytes > 0);
    assert.deepEqual(up.deployment.topology, shape);
    assert.deepEqual(await readdir(join(up.deployment.directory, "postgres")), ["main"]);
  });

  test("lets modules go and come back, and no request is answered wrongly", async (t) => {
    const tally = await underLoad(async () => {
      for (const module of modules) {
        const options = await optionsOf(up, module);
        const there = await insistOn(options, out);
        assertEqual(there);
        assert.deepEqual(homeOf(up, module), there.to);
        assert.deepEqual([there.to.server, there.to.process in shape.processes], [module, false]);
        const here = await insistOn(options, back);
        assertEqual(here);
        assert.deepEqual(up.deployment.topology, shape);
        const pauses = [there, here].map(({ pauseMs, calls }) => `${Math.round(pauseMs!)} ms of ${calls!.calls} calls`);
        t.diagnostic(`${module}: held for ${pauses.join(" and ")}, ${there.data!.verified!.rows} rows`);
      }
    });
    // A second, which is what calls have here, may be too short for anything on a machine that is busy; and who could not
    // sign in for that may not write.
    const late = ["status 503", "no whole answer in time"];
    const isLate = tally.features.some(({ reasons }) => reasons.some(({ reason }) => late.includes(reason)));
    const excused = isLate ? [...late, "status 403"] : [];
    for (const { feature, outcomes, reasons } of tally.features) {
      assert.deepEqual([feature, outcomes.wrong, outcomes.unreachable], [feature, 0, 0], JSON.stringify(reasons));
      assert.ok(
        reasons.every(({ reason }) => excused.includes(reason)),
        JSON.stringify(reasons),
      );
      if (reasons.length > 0) t.diagnostic(`${feature}: ${JSON.stringify(reasons)}`);
    }
    const { checks } = await verify((await board.invariants!()).default, up.deployment.stores(), { settleMs: 30_000 });
    assert.deepEqual(
      checks.filter(({ state }) => state !== "holds"),
      [],
    );
    assert.deepEqual(
      up.deployment.databases().map(({ name }) => name),
      ["main"],
    );
  });

  test("comes up as it was left, and a move can be rolled back then", async () => {
    let heldMs: number | null = null;
    const report = (progress: LiveProgress): void => {
      if (progress.step === "begin") ({ heldMs } = progress);
    };
    // Without replication calls wait longer, which is said before.
    await beginMove({ ...(await optionsOf(up, "comments")), method: "copy", report }, out);
    assert.ok(heldMs! > 0);
    const left = up.deployment.topology;
    await up.stop();
    await start();
    assert.deepEqual(up.deployment.topology, left);
    assert.equal((await fetch(`${up.url("board-web")}/board`)).status, 200);
    assert.equal((await statusOf(await optionsOf(up, "comments"), "comments")).at, "done");
    await rollback(await optionsOf(up, "comments"));
    assert.deepEqual(up.deployment.topology, shape);
  });

  test("refuses what cannot be before it changes anything", async () => {
    const wishes: [string, Wish, string][] = [
      ["nothing", out, "usage"],
      ["board-web", out, "usage"],
      ["comments", back, "move_refused"],
      ["comments", { to: "rest", portion: "both", into: "nothing" }, "usage"],
      ["comments", { to: "place", process: "board", server: "main" }, "move_refused"],
      ["comments", { to: "place", process: "Not A Name", server: null }, "topology_invalid"],
    ];
    for (const [module, wish, code] of wishes)
      await assert.rejects(beginMove(await optionsOf(up, module), wish), { code }, `${module} ${JSON.stringify(wish)}`);
    await assert.rejects(abort(await optionsOf(up, "comments")), { code: "move_refused" });
    assert.deepEqual(up.deployment.topology, shape);
  });

  test("says on the command line what it refuses, and what the topology is", async () => {
    const asked = [
      ["split", "nothing", "--json"],
      ["merge", "comments", "--json", "--app", "board"],
      ["split", "comments", "--app", "stay"],
      ["topology", "--json"],
    ];
    // One after the other: a move that another one keeps out is refused for that.
    const said: Awaited<ReturnType<typeof seamline>>[] = [];
    for (const words of asked) said.push(await seamline(...words, "--data", directory));
    assert.deepEqual(
      said.map(({ code }) => code),
      [2, 1, 2, 0],
    );
    const [unknown, whole, , now] = said.map(({ out }) => (out === "" ? null : JSON.parse(out)));
    assert.deepEqual([unknown.code, whole.code], ["usage", "move_refused"]);
    assert.deepEqual([now.now, now.asked, now.changes], [shape, shape, []]);
  });

  test("has more equal processes for a while, on the command line", async () => {
    const [name] = Object.keys(shape.processes);
    const said: unknown[] = [];
    for (const word of [`${name}`, "nothing=2", `${name}=0`, `${name}=2`, `${name}=1`]) {
      const { code, out } = await seamline("scale", word, "--json", "--data", directory);
      const { processes = [], ...more } = JSON.parse(out) as {
        processes?: { id: string; state: string }[];
        code?: string;
      };
      said.push([code, more.code ?? processes.map(({ id, state }) => `${id} ${state}`)]);
    }
    assert.deepEqual(said, [
      [2, "usage"],
      [2, "usage"],
      [2, "usage"],
      [0, [`${name}#0 ready`, `${name}#1 ready`]],
      [0, [`${name}#0 ready`]],
    ]);
    assert.deepEqual(up.deployment.topology, shape);
  });

  test("has everything back when a command that is at work is told so by another one", async () => {
    const options = await optionsOf(up, "comments");
    const words = [bin, "split", "comments", "--data", directory, "--json"];
    const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "ignore"] });
    const exited = once(child, "exit");
    const told: Promise<unknown>[] = [];
    let last = "";
    for await (const line of createInterface({ input: child.stdout })) {
      last = line;
      const { step, point } = JSON.parse(line) as LiveProgress & { point?: string };
      if (step === "process" && point === "begun") told.push(abort(options));
    }
    assert.deepEqual(await Promise.all(told), [{ at: { process: "board", server: "main" } }]);
    assert.deepEqual([(await exited)[0], JSON.parse(last)], [130, { type: "undone", module: "comments" }]);
    assert.deepEqual(up.deployment.topology, shape);
    assert.notEqual((await statusOf(options, "comments")).at, "begun");
  });

  test("has everything back when a move is given up, and another one at the same time is refused", async () => {
    const giveUp = new AbortController();
    const options = await optionsOf(up, "comments");
    const refused: Promise<void>[] = [];
    const report = ({ step }: LiveProgress): void => {
      if (step !== "copy" || refused.length > 0) return;
      const second = assert.rejects(beginMove(options, out), { code: "move_refused" }).finally(() => giveUp.abort());
      refused.push(second);
    };
    await assert.rejects(
      beginMove({ ...options, signal: giveUp.signal, report }, out),
      (error: { code: string; data: object }) => {
        assert.deepEqual([error.code, error.data], ["move_undone", { module: "comments", interrupted: true }]);
        return true;
      },
    );
    await Promise.all(refused);
    assert.deepEqual(up.deployment.topology, shape);
    assert.notEqual((await statusOf(options, "comments")).at, "begun");
  });
});
