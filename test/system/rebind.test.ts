import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { topology } from "seamline";
import board from "../../apps/board/app.ts";
import { throwAwayDirectory } from "../../src/data/testing.ts";
import { monolith, type Topology } from "../../src/topology/topology.ts";
import { withAnyPorts } from "../../src/deploy/ports.ts";
import moving from "../fixtures/moving/app.ts";
import { stock } from "../fixtures/moving/vault.ts";
import { bringUp, endOf, until, type Deployed } from "../suites/deployed.ts";
import { long } from "../suites/long.ts";
import type { TestContext } from "../suites/placements.ts";
import { askStore } from "../suites/stops.ts";
import { Visitor } from "../suites/visitor.ts";

/** What callers notice while modules move between the processes and servers of a deployment that runs: nothing. */

/** What a call of the fixture may take. */
const deadlineMs = 10_000;
const moves = 5;

/** Does `work` in several loops while `during` happens; no failure of it is forgiven. */
async function under(work: readonly (() => Promise<unknown>)[], during: () => Promise<void>): Promise<void> {
  let going = true;
  const loops = work.map(async (each) => {
    while (going) await each();
  });
  try {
    await Promise.race([Promise.all(loops), during()]);
  } finally {
    going = false;
    await Promise.allSettled(loops);
  }
  await Promise.all(loops);
}

function holders(up: Deployed, module: string): string[] {
  return up.deployment.processes().flatMap(({ id, modules }) => (modules.includes(module) ? [id] : []));
}

describe("modules of a monolith that is asked all the time", () => {
  const appUrl = import.meta.resolve("../fixtures/moving/app.ts");
  const shape = topology({ processes: { main: { modules: ["vault", "desk"] } } });
  let directory: string;
  let up: Deployed;
  let ask: () => TestContext;
  let told: (view: { id: string; state: string; pid: number | null }) => void = () => {};
  /** What was acknowledged: by the id of the order, how much it takes from the vault. */
  const acknowledged = new Map<string, number>();
  let read = 0;

  const start = async (): Promise<void> => {
    up = await bringUp({
      app: moving,
      appUrl,
      topology: shape,
      directory,
      durable: true,
      onEvent: (event) => event.type === "process" && told(event.process),
    });
    ask = await up.asks(moving);
  };
  before(async () => {
    directory = await throwAwayDirectory();
    await start();
  });
  after(async () => {
    await up?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const write = (operation: "pay" | "order") => async (): Promise<void> => {
    const id = crypto.randomUUID();
    const n = 1 + (acknowledged.size % 7);
    await ask().desk[operation]({ id, n });
    acknowledged.set(id, n);
    await sleep(10);
  };
  const look = (module: "desk" | "vault") => async (): Promise<void> => {
    assert.ok((await ask()[module].left()) <= stock);
    read++;
    await sleep(10);
  };
  const work = [write("pay"), write("pay"), write("order"), look("desk"), look("vault")];
  const goesOn = async (): Promise<void> => {
    const from = [acknowledged.size, read] as const;
    await until("work goes on", () => acknowledged.size > from[0] + 5 && read > from[1] + 5);
  };

  /** What was acknowledged is there and has come to its end once, and every event of it took effect once. */
  async function assertSound(): Promise<void> {
    const stores = up.deployment.stores();
    const count = async (module: string, text: string): Promise<number> =>
      (await askStore(stores[module]!, text))[0]!["n"] as number;
    await until("all sagas and events are through", async () => {
      const begun = await count("desk", "select count(*)::int as n from orders where by is null");
      return begun + (await count("vault", "select count(*)::int as n from seamline_outbox")) === 0;
    });
    const expected = Object.fromEntries(acknowledged);
    for (const table of ["orders", "heard"]) {
      const rows = await askStore(stores["desk"]!, `select id, n from ${table}`);
      assert.equal(rows.length, acknowledged.size, table);
      assert.deepEqual(Object.fromEntries(rows.map(({ id, n }) => [id, n])), expected, table);
    }
    const sum = [...acknowledged.values()].reduce((total, n) => total + n, 0);
    assert.equal(stock - (await ask().vault.left()), sum);
  }

  test("go to a process of their own and back five times, and no call fails, no write is lost or done twice", async () => {
    const { rebinding } = up.deployment;
    await under(work, async () => {
      for (let move = 0; move < moves; move++) {
        const module = move % 2 === 0 ? "vault" : "desk";
        await goesOn();
        await rebinding.place(module, { process: "" });
        assert.deepEqual(holders(up, module), [`${module}#0`]);
        assert.deepEqual(up.deployment.topology.processes[module]?.modules, [module]);
        await goesOn();
        await rebinding.place(module, { process: "main" });
        assert.deepEqual(holders(up, module), ["main#0"]);
        assert.deepEqual(up.deployment.topology, shape);
      }
      await goesOn();
    });
    await assertSound();
  });

  test("go into a process that others are in, whose replicas are more for a while", async () => {
    const { rebinding } = up.deployment;
    await under(work, async () => {
      await rebinding.place("vault", { process: "" });
      await rebinding.scale("vault", 2);
      await rebinding.place("desk", { process: "vault" });
      assert.deepEqual(holders(up, "desk"), ["vault#0", "vault#1"]);
      assert.deepEqual(Object.keys(up.deployment.topology.processes), ["vault"]);
      await goesOn();
      await rebinding.scale("vault", 1);
      await rebinding.place("desk", { process: "main" });
      await rebinding.place("vault", { process: "main" });
      assert.deepEqual(up.deployment.topology, shape);
    });
    await assertSound();
  });

  test("are held, and what is asked meanwhile goes on afterwards", async () => {
    const { rebinding } = up.deployment;
    const { vault: address } = up.deployment.stores();
    await under(work, async () => {
      await goesOn();
      assert.deepEqual(await rebinding.hold("vault"), { left: 0 });
      const before = await askStore(address!, "select * from stock");
      await sleep(100);
      assert.deepEqual(await askStore(address!, "select * from stock"), before);
      await rebinding.release("vault");
      up.hears();
      await goesOn();
      // Whoever asked for a hold may be gone.
      await rebinding.hold("vault", { forMs: 50 });
      await goesOn();
      assert.deepEqual((await up.deployment.status()).held, []);
    });
    await assertSound();
  });

  test("stay where they are when the process that they were to go to is killed", async () => {
    await under(work, async () => {
      told = ({ id, state, pid }) => {
        if (id === "vault#0" && state === "starting") process.kill(pid!, "SIGKILL");
      };
      await assert.rejects(up.deployment.rebinding.place("vault", { process: "" }), { code: "start_failed" });
      told = () => {};
      assert.deepEqual(holders(up, "vault"), ["main#0"]);
      assert.deepEqual(up.deployment.topology, shape);
      await goesOn();
    });
    await assertSound();
  });

  /** Pays all the time, each order under its key until its outcome is known, while something is killed. */
  async function insisting(during: () => Promise<void>): Promise<void> {
    const insist = async (): Promise<void> => {
      const id = crypto.randomUUID();
      const n = 1 + (acknowledged.size % 7);
      for (const end = performance.now() + 30_000; ; await sleep(20)) {
        const { code } = await endOf(deadlineMs, ask().desk.pay({ id, n }, { key: id, deadlineMs: 1000 }));
        if (code === "ok") break;
        assert.ok(["unavailable", "deadline_exceeded", "overloaded"].includes(code), `it ended with ${code}`);
        assert.ok(performance.now() < end, `still ${code} after 30 s`);
      }
      acknowledged.set(id, n);
    };
    await under([insist, insist, insist], during);
  }
  const morePaid = async (): Promise<void> => {
    const from = acknowledged.size;
    await until("more is paid", () => acknowledged.size > from + 5);
  };

  test("arrive although the process that they leave is killed while both hold them", async () => {
    await insisting(async () => {
      await morePaid();
      const killed = up.pid("main#0");
      told = ({ id, state }) => {
        if (id !== "vault#0" || state !== "ready") return;
        told = () => {};
        process.kill(killed, "SIGKILL");
      };
      await up.deployment.rebinding.place("vault", { process: "" });
      await up.isBack("main#0", killed);
      assert.deepEqual(holders(up, "vault"), ["vault#0"]);
      await morePaid();
    });
    await assertSound();
  });

  test("come back where they were put when that process is killed, held or not", async () => {
    const { rebinding } = up.deployment;
    await insisting(async () => {
      await up.isBack("vault#0", up.kill("vault#0"));
      await morePaid();
      await rebinding.hold("vault");
      await up.isBack("vault#0", up.kill("vault#0"));
      const late = endOf(300, ask().vault.left(undefined, { deadlineMs: 300 }));
      assert.equal((await late).code, "deadline_exceeded");
      await rebinding.release("vault");
      up.hears();
      await morePaid();
    });
    await assertSound();
  });

  test("are not held by a process that is frozen, and go on when it wakes", { skip: !long && "long" }, async () => {
    const { rebinding } = up.deployment;
    const thaw = up.freeze("vault#0");
    await assert.rejects(rebinding.hold("vault", { withinMs: 100 }), { code: "deadline_exceeded" });
    assert.deepEqual(rebinding.held, []);
    thaw();
    await insisting(morePaid);
    await assertSound();
  });

  test("open their store on another server once they are held, and come up there after a restart", async () => {
    const { rebinding } = up.deployment;
    const before = await ask().vault.left();
    await assert.rejects(rebinding.place("vault", { server: "vault" }), { code: "usage" });
    await rebinding.hold("vault");
    const waiting = ask().vault.take({ id: "elsewhere", n: 1 });
    await rebinding.place("vault", { server: "vault" });
    await rebinding.release("vault");
    up.hears();
    assert.equal((await waiting).left, stock - 1);
    assert.deepEqual(up.deployment.topology.servers, { vault: ["vault"] });
    assert.deepEqual(up.database("vault").modules, ["vault"]);
    await up.stop();
    await start();
    assert.deepEqual(holders(up, "vault"), ["vault#0"]);
    assert.equal(await ask().vault.left(), stock - 1);
    const again = up.deployment.rebinding;
    await again.hold("vault");
    await again.place("vault", { server: "main", process: "main" });
    await again.release("vault");
    up.hears();
    assert.equal(await ask().vault.left(), before);
    assert.deepEqual(up.deployment.topology, shape);
  });

  test("are not moved to where they do not fit", async () => {
    const { rebinding } = up.deployment;
    for (const refused of [
      rebinding.place("nothing", { process: "" }),
      rebinding.hold("nothing"),
      rebinding.scale("nothing", 2),
      rebinding.place("desk", { server: "desk" }),
    ])
      await assert.rejects(refused, { code: "usage" });
    await assert.rejects(rebinding.place("desk", { process: "Not A Name" }), { code: "topology_invalid" });
    assert.deepEqual(up.deployment.topology, shape);
  });
});

describe("the board in one process", () => {
  const appUrl = import.meta.resolve("../../apps/board/app.ts");
  const shape: Topology = withAnyPorts(monolith(board));
  let up: Deployed;
  let post = "";
  const visitor = new Visitor(() => up.url("board-web"));

  before(async () => {
    up = await bringUp({ app: board, appUrl, topology: shape });
    await visitor.signUp("Anna");
    post = await visitor.write("before every move");
  });
  after(() => up?.stop());

  test("answers every page and route on its port while each module leaves it and comes back", async () => {
    const port = up.process("board#0").port;
    const base = up.url("board");
    let read = 0;
    const page = (path: string) => async (): Promise<void> => {
      const { status, degraded } = await visitor.get(path);
      assert.deepEqual([path, status, degraded], [path, 200, []]);
      read++;
      await sleep(10);
    };
    const list = async (): Promise<void> => {
      const answer = await fetch(`${base}/board_list`);
      assert.equal(answer.status, 200);
      await answer.text();
      read++;
      await sleep(10);
    };
    const goesOn = async (): Promise<void> => {
      const from = read;
      await until("pages are read", () => read > from + 10);
    };
    await under([page("/board"), page(post), list], async () => {
      for (const module of ["comments", "accounts", "board"]) {
        await up.deployment.rebinding.place(module, { process: "apart" });
        assert.deepEqual(holders(up, module), ["apart#0"]);
        assert.equal(up.url(module), base);
        await goesOn();
      }
    });
    const killed = up.kill("board#0");
    await up.isBack("board#0", killed);
    assert.equal(up.process("board#0").port, port);
    await under([page("/board"), page(post), list], async () => {
      await goesOn();
      for (const module of ["board", "comments", "accounts"])
        await up.deployment.rebinding.place(module, { process: "board" });
      await goesOn();
      assert.deepEqual(up.deployment.topology, shape);
    });
    assert.deepEqual(
      up.deployment.processes().map(({ id }) => id),
      ["board#0"],
    );
    await visitor.write("after every move");
  });
});
