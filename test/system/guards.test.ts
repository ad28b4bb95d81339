import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { topology, type Topology } from "seamline";
import board from "../../apps/board/app.ts";
import naive from "../../apps/board/topologies/naive.ts";
import { monotonicMs } from "../../src/contract/deadline.ts";
import { freshStores, throwAwayDirectory } from "../../src/data/testing.ts";
import { keepKeys } from "../../src/deploy/keys.ts";
import { startProcess } from "../../src/kernel/process.ts";
import type { RunningProcess } from "../../src/kernel/running.ts";
import type { Seam } from "../../src/kernel/seam.ts";
import { loadGraph } from "../../src/module/graph.ts";
import { createDestination } from "../../src/wire/client.ts";
import type { Destination } from "../../src/wire/wire.ts";
import fixture from "../fixtures/app.ts";
import { bringUp, endOf, freePort, slackMs, until, type Deployed } from "../suites/deployed.ts";
import {
  configOf,
  contextOf,
  eachPlacement,
  tester,
  testerHooks,
  withTester,
  type TestContext,
} from "../suites/placements.ts";
import { Visitor, type Answer } from "../suites/visitor.ts";

/** What keeps one slow or missing part from taking the others along: bulkheads, deadlines and fallbacks, and held seams. */

const fixtureUrl = import.meta.resolve("../fixtures/app.ts");

eachPlacement(
  fixture,
  fixtureUrl,
  (running) => {
    test("what a slow handler has no room for is answered overloaded at once, and other modules are not touched", async () => {
      const { inventory, values } = running().context;
      const order: string[] = [];
      // 128 run, 256 wait, and none of them can end before the others were turned away.
      const calls = Array.from({ length: 500 }, () => endOf(300, inventory.sleep({ ms: 250 })));
      for (const call of calls) void call.then(({ code }) => order.push(code));
      const others = Array.from({ length: 50 }, () => values.echo("meanwhile"));
      const [ends] = await Promise.all([Promise.all(calls), Promise.all(others)]);
      const count = (code: string): number => ends.filter((end) => end.code === code).length;
      assert.equal(count("overloaded"), 500 - 128 - 256);
      assert.equal(count("ok") + count("deadline_exceeded"), 128 + 256);
      assert.deepEqual(new Set(order.slice(0, 500 - 128 - 256)), new Set(["overloaded"]));
      // Those that ran into their deadline keep their places until they are done; then there is room again.
      await until("there is room again", async () => (await endOf(300, inventory.sleep({ ms: 1 }))).code === "ok");
    });
  },
  { only: ["joined", "processes"] },
);

describe("the same board with and without guards, its comments frozen", () => {
  const deployed: Record<string, Deployed> = {};
  const shapes = { guarded: board.topologies["microservices"] as Topology, naive };

  before(async () => {
    for (const [kind, shape] of Object.entries(shapes)) {
      const { web, board: list } = shape.processes;
      const ports = { web: { ...web!, port: await freePort() }, board: { ...list!, port: await freePort() } };
      deployed[kind] = await bringUp({
        app: board,
        appUrl: import.meta.resolve("../../apps/board/app.ts"),
        topology: { ...shape, processes: { ...shape.processes, ...ports }, data: "pool-per-module" },
      });
    }
  });
  after(() => Promise.all(Object.values(deployed).map((up) => up.stop())));

  test("the guarded page comes without them in time; the naive one hangs as long as they do", async () => {
    const { guarded, naive: bare } = deployed;
    const read = (up: Deployed): Promise<Answer> => new Visitor(() => up.url("board-web")).get("/board/1");
    for (const up of [guarded!, bare!]) assert.deepEqual((await read(up)).degraded, []);
    const thaw = [guarded!, bare!].map((up) => up.freeze("comments#0"));
    let hanging = true;
    const hung = read(bare!).finally(() => (hanging = false));
    const page = await read(guarded!);
    assert.deepEqual([page.status, page.degraded], [200, ["comments"]]);
    // Three times what the guarded page may wait for them.
    await sleep(3000);
    assert.equal(hanging, true);
    for (const go of thaw) go();
    const late = await hung;
    assert.deepEqual([late.status, late.degraded], [200, []]);
  });

  test("without comments the guarded page has a fallback, and the naive one fails", async () => {
    for (const [kind, up] of Object.entries(deployed)) {
      const { killed, release } = up.keepDown("comments#0");
      const page = await new Visitor(() => up.url("board-web")).get("/board/1");
      assert.equal(page.status, kind === "guarded" ? 200 : 503);
      assert.deepEqual(page.degraded, kind === "guarded" ? ["comments"] : []);
      release();
      await up.isBack("comments#0", killed);
    }
  });
});

describe("a seam that is held, bound anew and let go while the program runs", () => {
  let running: RunningProcess;
  let far: Destination;
  /** The tester's own seam to inventory. */
  let seam: Seam;
  const ask = (): TestContext => contextOf(running);

  before(async () => {
    const directory = await throwAwayDirectory();
    const graph = await loadGraph(fixture);
    const keys = await keepKeys(directory);
    const shape = topology({ processes: { test: { modules: [...Object.keys(fixture.modules), tester] } } });
    const config = {
      ...configOf(fixture, graph, shape, keys, await freshStores(graph.stores)),
      listen: `unix:${join(directory, "test.sock")}`,
    };
    running = await startProcess(
      withTester(fixture, graph),
      config,
      { endpoints: {}, ports: {}, clockOffsetMs: 0 },
      testerHooks,
    );
    // The process asks itself over its own socket, as it would ask another one.
    const secret = Buffer.from(keys.secret, "hex");
    far = createDestination({ secret, name: "test#0", to: "inventory", guards: "guarded" });
    far.endpoints([running.listen!]);
    seam = running.seam(tester, "inventory");
    await ask().inventory.put({ id: "held", stock: 1_000_000 });
  });
  after(async () => {
    await far?.close();
    await running?.drain(1000);
  });

  const bindings = {
    joined: () => seam.join(seam.local!),
    cut: () => seam.cut(far, true),
  };

  for (const [binding, bind] of Object.entries(bindings))
    test(`calls made while it is held wait, and succeed once it is ${binding}`, async () => {
      seam.hold();
      assert.equal(seam.binding, "held");
      let settled = 0;
      const calls = Array.from({ length: 20 }, () => ask().inventory.whoAsks());
      for (const call of calls) void call.finally(() => settled++);
      await sleep(100);
      assert.equal(settled, 0);
      bind();
      assert.equal(seam.binding, binding);
      for (const { module } of await Promise.all(calls)) assert.equal(module, tester);
      assert.equal(seam.held.size, 0);
    });

  test("a call whose deadline passes while it is held ends with deadline_exceeded, and is not made later", async () => {
    seam.hold();
    const [short, take] = [
      endOf(300, ask().inventory.sleep({ ms: 0 })),
      endOf(200, ask().inventory.take({ id: "held", n: 999 }, { deadlineMs: 200 })),
    ];
    assert.deepEqual([(await short).code, (await take).code], ["deadline_exceeded", "deadline_exceeded"]);
    bindings.joined();
    assert.equal((await ask().inventory.get({ id: "held" })).stock, 1_000_000);
  });

  test("a held call that its caller gives up ends at once, and is not made later", async () => {
    seam.hold();
    const giveUp = new AbortController();
    const call = endOf(0, ask().inventory.take({ id: "held", n: 999 }, { signal: giveUp.signal }));
    assert.equal(seam.held.size, 1);
    giveUp.abort();
    assert.equal((await call).code, "cancelled");
    assert.equal(seam.held.size, 0);
    bindings.joined();
    assert.equal((await ask().inventory.get({ id: "held" })).stock, 1_000_000);
  });

  test("drained() tells when nothing that was let through is in flight, and gives up at its deadline", async () => {
    for (const bind of Object.values(bindings)) {
      bind();
      const slow = ask().inventory.sleep({ ms: 150 });
      await ask().inventory.whoAsks();
      seam.hold();
      await assert.rejects(seam.drained(monotonicMs() + 20), { code: "deadline_exceeded" });
      await seam.drained(monotonicMs() + 300 + slackMs);
      assert.equal(seam.inFlight, 0);
      assert.deepEqual(await slow, { aborted: false });
    }
    bindings.joined();
  });

  test("two hundred callers lose no call while it is held, bound anew and let go ten times", async () => {
    let going = true;
    let taken = 0;
    const callers = Array.from({ length: 200 }, async (_, who) => {
      // A machine that is asked more than it can do would miss deadlines without any move.
      for (; going; await sleep(25)) {
        if (who % 25 > 0) assert.equal((await ask().inventory.whoAsks()).module, tester);
        else
          await ask()
            .inventory.take({ id: "held", n: 1 })
            .then(() => taken++);
      }
    });
    const moves = async (): Promise<void> => {
      for (let move = 0; move < 10; move++) {
        await sleep(20 + Math.random() * 60);
        seam.hold();
        await seam.drained(monotonicMs() + 1000 + slackMs);
        // Some calls are waiting by now, as they do while a module's data moves.
        await until("calls wait", () => seam.held.size > 0);
        bindings[move % 2 === 0 ? "cut" : "joined"]();
      }
    };
    try {
      await Promise.race([Promise.all(callers), moves()]);
    } finally {
      going = false;
    }
    await Promise.all(callers);
    assert.equal((await ask().inventory.get({ id: "held" })).stock, 1_000_000 - taken);
    assert.equal(seam.inFlight, 0);
  });
});
