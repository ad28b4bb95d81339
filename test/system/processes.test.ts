import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { topology } from "seamline";
import pg from "pg";
import fixture from "../fixtures/app.ts";
import { bringUp, endOf, until, type Deployed } from "../suites/deployed.ts";
import { long } from "../suites/long.ts";
import type { TestContext } from "../suites/placements.ts";

/** What calls and events of a small app come to while its processes are killed, frozen and replaced. */

const appUrl = import.meta.resolve("../fixtures/app.ts");
/** What orders.place and inventory.take may take. */
const callMs = 1000;

/** One command under one key, asked again while its outcome is unknown. */
async function insist(call: (options: { key: string }) => Promise<any>): Promise<any> {
  const key = crypto.randomUUID();
  for (const end = performance.now() + 30_000; ; await sleep(20)) {
    const { value, code } = await endOf(callMs, call({ key }));
    if (code === "ok") return value;
    assert.ok(["unavailable", "deadline_exceeded", "overloaded"].includes(code), `it ended with ${code}`);
    assert.ok(performance.now() < end, `still ${code} after 30 s`);
  }
}

/** Rows of a module's own schema, whoever holds the module. */
async function rows(up: Deployed, module: string, text: string): Promise<any[]> {
  const { host, port, database, user, password, schema } = up.deployment.stores()[module]!;
  const client = new pg.Client({ host, port, database, user, password });
  await client.connect();
  try {
    await client.query(`set search_path to ${schema}`);
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

async function noEventOnItsWay(up: Deployed): Promise<void> {
  await until("every event was delivered", async () => {
    const [waiting] = await rows(up, "inventory", "select count(*)::int as n from seamline_outbox");
    return waiting.n === 0;
  });
}

/**
 * Kills processes and database servers of these modules, one after the other, every fourth time a server. Between two
 * kills each kind of work gets somewhere, and then a moment passes that nobody chose.
 */
async function storm(
  up: Deployed,
  modules: readonly string[],
  kills: number,
  work: readonly (readonly unknown[])[],
): Promise<void> {
  for (let done = 0; done < kills;) {
    const from = work.map(({ length }) => length);
    await until("work goes on", () => work.every(({ length }, kind) => length > from[kind]! + 5));
    await sleep(Math.random() * 100);
    const all = done % 4 === 3 ? up.deployment.databases() : up.deployment.processes();
    const ready = all.filter((one) => one.state === "ready" && modules.includes(one.modules[0]!));
    const victim = ready[Math.floor(Math.random() * ready.length)];
    if (victim === undefined) continue;
    process.kill(victim.pid!, "SIGKILL");
    done++;
  }
}

describe("three processes for each of two modules", () => {
  let up: Deployed;
  let ask: () => TestContext;

  before(async () => {
    const shape = topology({
      processes: {
        inventory: { modules: ["inventory"], replicas: 3 },
        orders: { modules: ["orders"], replicas: 3 },
        values: { modules: ["values"] },
      },
      data: "server-per-module",
    });
    up = await bringUp({ app: fixture, appUrl, topology: shape, durable: true });
    ask = await up.asks(fixture);
  });
  after(() => up?.stop());

  /** Calls that each process's orders have made to inventory. */
  async function callsMade(): Promise<number[]> {
    const { processes } = await up.deployment.status();
    const seams = processes.flatMap(({ status }) => status?.seams ?? []);
    return seams.filter(({ from, to }) => from === "orders" && to === "inventory").map(({ calls }) => calls);
  }

  /** Asks all the time, eight at once, while something happens; every answer must be right. */
  async function reading(during: (goesOn: () => Promise<void>) => Promise<void>): Promise<void> {
    let going = true;
    let asked = 0;
    const readers = Array.from({ length: 8 }, async () => {
      // The pause leaves a little of the machine for what happens.
      for (; going; asked++, await sleep(2)) assert.equal(await ask().orders.stock({ id: "shared" }), 7);
    });
    const goesOn = async (): Promise<void> => {
      const from = asked;
      await until("reading goes on", () => asked > from + 50);
    };
    try {
      await Promise.race([
        Promise.all(readers),
        goesOn()
          .then(() => during(goesOn))
          .then(goesOn),
      ]);
    } finally {
      going = false;
      await Promise.allSettled(readers);
    }
  }

  test("replicas share the calls, and one that is killed fails no query", async () => {
    await insist((options) => ask().inventory.put({ id: "shared", stock: 7 }, options));
    await Promise.all(Array.from({ length: 60 }, () => ask().orders.stock({ id: "shared" })));
    const made = await callsMade();
    assert.equal(made.length, 3);
    assert.ok(
      made.every((calls) => calls > 0),
      `calls: ${made.join(", ")}`,
    );
    await reading(async (goesOn) => {
      for (const id of ["orders#0", "inventory#1"]) {
        const killed = up.kill(id);
        await up.isBack(id, killed);
        await goesOn();
      }
    });
  });

  test("replacing all processes of a module under queries fails none of them", async () => {
    const ids = ["inventory#0", "inventory#1", "inventory#2"];
    const replaced = ids.map((id) => up.pid(id));
    await reading(() => up.deployment.restart("inventory"));
    for (const [place, id] of ids.entries()) {
      assert.equal(up.process(id).state, "ready");
      assert.notEqual(up.pid(id), replaced[place]);
    }
  });

  test("SIGTERM lets a module's process finish the calls in its hands", async () => {
    const pids = ["inventory#0", "inventory#1", "inventory#2"].map((id) => up.pid(id));
    const slow = Array.from({ length: 30 }, () => ask().inventory.sleep({ ms: 150 }));
    // Calls of one link are taken in their order, so those are in hand when this one is answered.
    await Promise.all(Array.from({ length: 30 }, () => ask().inventory.whoAsks()));
    for (const pid of pids) process.kill(pid, "SIGTERM");
    assert.deepEqual(
      await Promise.all(slow),
      slow.map(() => ({ aborted: false })),
    );
    await Promise.all(pids.map((pid, replica) => up.isBack(`inventory#${replica}`, pid)));
    await until("it is asked again", async () => (await endOf(callMs, ask().inventory.whoAsks())).code === "ok");
  });

  test("every call to a frozen process settles within its deadline, and is answered again afterwards", async () => {
    const { pid } = up.process("values#0");
    // With a link that stands, so that what is frozen is the process and not the setting up of the link.
    assert.equal(await ask().values.echo("before"), "before");
    const thaw = up.freeze("values#0");
    const calls = Array.from({ length: 200 }, () => endOf(callMs, ask().values.echo("asked in frost")));
    const ends = (await Promise.all(calls)).map(({ code }) => code);
    assert.deepEqual(
      [...new Set(ends)].toSorted().filter((code) => code !== "unavailable"),
      ["deadline_exceeded"],
    );
    // Others are not touched.
    assert.equal(await ask().orders.stock({ id: "shared" }), 7);
    thaw();
    await until("it answers", async () => (await endOf(callMs, ask().values.echo("thawed"))).value === "thawed");
    assert.equal(up.process("values#0").pid, pid);
  });

  const kills = long ? 40 : 12;
  describe(`${kills} kills of processes and database servers, while things are ordered and taken`, () => {
    /** More than any machine sells meanwhile: what is asked for grows with each order. */
    const stock = 1_000_000_000;
    const shelves = ["a", "b", "c", "d"];
    const placed: { id: string; n: number }[] = [];
    /** What is left tells in which order the takes of one item were committed. */
    const taken: { item: string; n: number; left: number }[] = [];

    before(async () => {
      for (const id of ["placed", ...shelves]) await insist((options) => ask().inventory.put({ id, stock }, options));
      let going = true;
      const customers = Array.from({ length: 6 }, async (_, who) => {
        for (let n = who + 1; going; n += 6) {
          const { id } = await insist((options) => ask().orders.place({ item: "placed", n }, options));
          placed.push({ id, n });
        }
      });
      let takes = 0;
      const takers = [...shelves, ...shelves].map(async (item) => {
        while (going) {
          const n = ++takes;
          const { left } = await insist((options) => ask().inventory.take({ id: item, n }, options));
          taken.push({ item, n, left });
        }
      });
      try {
        await storm(up, ["inventory", "orders"], kills, [placed, taken]);
        const after = placed.length + 20;
        await until("more is placed after the last kill", () => placed.length > after);
      } finally {
        going = false;
        await Promise.allSettled([...customers, ...takers]);
      }
      await Promise.all([...customers, ...takers]);
      await noEventOnItsWay(up);
    });

    test("no acknowledged order is lost and none has a second effect", async () => {
      const kept = await rows(up, "orders", "select id, n from orders where item = 'placed'");
      const inOrder = (list: { id: string; n: number }[]) => list.toSorted((a, b) => a.id.localeCompare(b.id));
      assert.deepEqual(inOrder(kept), inOrder(placed));
      const [item] = await rows(up, "inventory", "select stock from items where id = 'placed'");
      const sum = placed.reduce((total, { n }) => total + n, 0);
      assert.equal(stock - item.stock, sum, `${placed.length} orders`);
    });

    test("no take has a second effect", async () => {
      const items = await rows(up, "inventory", "select id, stock from items");
      for (const item of shelves) {
        const sum = taken.reduce((total, take) => total + (take.item === item ? take.n : 0), 0);
        assert.equal(stock - items.find(({ id }) => id === item).stock, sum);
      }
    });

    test("every event took effect once, in the order of its key", async () => {
      const seen = await rows(up, "orders", "select text from seen order by position");
      for (const item of shelves) {
        const committed = taken.filter((take) => take.item === item).toSorted((a, b) => b.left - a.left);
        const expected = committed.map(({ n }) => `${item} ${n} 0`);
        assert.ok(expected.length > 0);
        const got = seen.map(({ text }) => text as string).filter((text) => text.startsWith(`${item} `));
        assert.deepEqual(got, expected);
      }
    });
  });

  test("a deployment that is stopped finishes the calls in its hands", async () => {
    await until("it is asked again", async () => (await endOf(callMs, ask().inventory.whoAsks())).code === "ok");
    const slow = Array.from({ length: 30 }, () => ask().inventory.sleep({ ms: 150 }));
    await Promise.all(Array.from({ length: 30 }, () => ask().inventory.whoAsks()));
    const stopped = up.deployment.stop();
    assert.deepEqual(
      await Promise.all(slow),
      slow.map(() => ({ aborted: false })),
    );
    await stopped;
  });
});
