import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { topology } from "../../src/topology/topology.ts";
import errandsApp from "../fixtures/errands.app.ts";
import { bringUp, until, type Deployed } from "../suites/deployed.ts";
import type { TestContext } from "../suites/placements.ts";

/** Real processes and a real database, killed at every step of a saga. */

const appUrl = import.meta.resolve("../fixtures/errands.app.ts");

interface View {
  state: string;
  step: string | null;
  journal: { step: string }[];
}

/** A deployment with what the tests ask of it. */
class Errands {
  readonly deployed: Deployed;
  readonly ask: () => TestContext;
  #client: pg.Client | null = null;
  #count = 0;

  constructor(deployed: Deployed, ask: () => TestContext) {
    this.deployed = deployed;
    this.ask = ask;
  }

  static async up(replicas: number): Promise<Errands> {
    const deployed = await bringUp({
      app: errandsApp,
      appUrl,
      topology: topology({
        processes: { errands: { modules: ["errands"], replicas }, shelf: { modules: ["shelf"] } },
        data: "pool-per-module",
      }),
      // A callee's effect must not be forgotten when the server is killed after it was acknowledged.
      durable: true,
    });
    const ask = await deployed.asks(errandsApp);
    const errands = new Errands(deployed, ask);
    await errands.connect();
    return errands;
  }

  /** Also again, after its database was killed. */
  async connect(): Promise<void> {
    const { host, port, database, user, password, schema } = this.deployed.deployment.stores()["errands"]!;
    this.#client = new pg.Client({ host, port, database, user, password, options: `-c search_path=${schema}` });
    this.#client.on("error", () => {});
    await this.#client.connect();
  }

  sql(text: string, values: unknown[] = []): Promise<pg.QueryResult> {
    return this.#client!.query(text, values);
  }

  /** An errand that only waits for its payment and its answer, if at all. */
  async start(how: string, answer: string, name = "errand"): Promise<string> {
    const id = `${name}-${how}-${++this.#count}`;
    await this.ask()["errands"].start({ id, how, until: null });
    await this.ask()["errands"].pay({ id });
    await this.ask()["shelf"].tell({ errand: id, answer });
    return id;
  }

  async view(id: string): Promise<View> {
    const { rows } = await this.sql("select state, step from seamline_sagas where id = $1", [id]);
    const steps = await this.sql("select step from seamline_saga_steps where id = $1 order by position", [id]);
    return { ...rows[0], journal: steps.rows };
  }

  async reaches(id: string, state: string): Promise<void> {
    await until(`${id} is ${state}`, async () => (await this.view(id)).state === state);
  }

  /** What the shelf was asked for, in order. */
  async effects(id: string, last: string): Promise<string[]> {
    await until(`the end of ${id} is heard of`, async () => (await this.#effects(id)).includes(last));
    return this.#effects(id);
  }

  #effects(id: string): Promise<string[]> {
    return this.ask()["shelf"].effects({ errand: id });
  }

  async notes(id: string): Promise<string[]> {
    return (await this.sql("select text from notes where id = $1 order by position", [id])).rows.map(
      ({ text }) => text,
    );
  }

  stop(step: string, phase: string): Promise<unknown> {
    return this.sql("insert into seamline_saga_stops values ('errand', $1, $2)", [step, phase]);
  }

  goOn(): Promise<unknown> {
    return this.sql("delete from seamline_saga_stops");
  }

  async down(): Promise<void> {
    await this.#client?.end();
    await this.deployed.stop();
  }
}

describe("a process that is killed", () => {
  let errands: Errands;
  before(async () => (errands = await Errands.up(1)));
  after(() => errands.down());

  // From the last step to the first, so that each errand gets as far as the step that is its own.
  const cases = [
    ...["failed", "undo:hold", "undo:pack"].map((step) => ({ step, answer: "no" })),
    ...["end", "answer", "pack", "hold", "paid", "read"].map((step) => ({ step, answer: "yes" })),
  ];
  for (const phase of ["before", "after"])
    test(`${phase} any step: the saga goes on where it was, and each effect is there once`, async () => {
      const { deployed } = errands;
      const ids: string[] = [];
      for (const { step, answer } of cases) {
        await errands.stop(step, phase);
        const id = await errands.start("", answer);
        await errands.reaches(id, "stopped");
        assert.equal((await errands.view(id)).step, step);
        ids.push(id);
      }
      const killed = deployed.kill("errands#0");
      await errands.goOn();
      await deployed.isBack("errands#0", killed);
      for (const [index, { step, answer }] of cases.entries()) {
        const id = ids[index]!;
        const undone = answer === "yes" ? ["heard yes"] : ["release pack", "release hold", "heard failed"];
        await errands.reaches(id, answer === "yes" ? "done" : "failed");
        assert.deepEqual(await errands.effects(id, undone.at(-1)!), ["hold", "pack", ...undone], step);
        assert.deepEqual(await errands.notes(id), [answer === "yes" ? "yes" : "failed: declined"], step);
      }
    });

  test("with steps in hand: they are taken up at once when it is back, not after the lease", async () => {
    const { deployed } = errands;
    const ids = await Promise.all(Array.from({ length: 8 }, () => errands.start("slow", "yes")));
    const inHand = "select count(*)::int as n from seamline_sagas where claimed_until > now() + interval '5 s'";
    await until("they are in hand", async () => (await errands.sql(inHand)).rows[0].n === 8);
    // Some are in the middle of their effect then, some are not.
    await sleep(300);
    const killed = deployed.kill("errands#0");
    await errands.sql(
      "update seamline_sagas set claimed_until = now() + interval '1 hour' where claimed_by is not null",
    );
    await deployed.isBack("errands#0", killed);
    for (const id of ids) {
      await errands.reaches(id, "done");
      assert.deepEqual(await errands.effects(id, "heard yes"), ["hold", "pack", "heard yes"]);
    }
  });

  test("the callee, in the middle of its effect: it is asked again until it answers, with one effect", async () => {
    const { deployed } = errands;
    const ids = await Promise.all(Array.from({ length: 8 }, () => errands.start("slow", "yes")));
    await sleep(350);
    const killed = deployed.kill("shelf#0");
    await deployed.isBack("shelf#0", killed);
    for (const id of ids) {
      await errands.reaches(id, "done");
      assert.deepEqual(await errands.effects(id, "heard yes"), ["hold", "pack", "heard yes"]);
    }
  });

  test("or only drained: it finishes the steps in hand, begins no other, and its next life goes on", async () => {
    const { deployed } = errands;
    const ids = await Promise.all(Array.from({ length: 8 }, () => errands.start("slow", "yes")));
    await sleep(250);
    await deployed.deployment.restart("errands#0");
    for (const id of ids) {
      await errands.reaches(id, "done");
      assert.deepEqual(await errands.effects(id, "heard yes"), ["hold", "pack", "heard yes"]);
    }
    const again =
      "select count(*)::int as n from seamline_saga_steps where id = any($1) and attempts > 1 and step <> 'answer'";
    assert.equal((await errands.sql(again, [ids])).rows[0].n, 0, "no attempt was cut off");
  });

  test("the database: sagas go on when it is back, each effect there once", async () => {
    const { deployed } = errands;
    const name = deployed.deployment.databases()[0]!.name;
    const ids = await Promise.all(Array.from({ length: 8 }, () => errands.start("slow", "yes")));
    await sleep(350);
    const killed = deployed.killDatabase(name);
    await deployed.databaseIsBack(name, killed);
    await errands.connect();
    for (const id of ids) {
      await errands.reaches(id, "done");
      assert.deepEqual(await errands.effects(id, "heard yes"), ["hold", "pack", "heard yes"]);
    }
  });
});

describe("two replicas", () => {
  let errands: Errands;
  before(async () => (errands = await Errands.up(2)));
  after(() => errands.down());

  test("share the sagas; one that is frozen for longer than its lease loses its own, and writes nothing any more", async () => {
    const { deployed } = errands;
    const ids = await Promise.all(Array.from({ length: 24 }, () => errands.start("slow", "yes")));
    const holders =
      "select distinct split_part(claimed_by, '/', 1) as who from seamline_sagas where claimed_by is not null";
    await until("both have some", async () => (await errands.sql(holders)).rows.length === 2);
    const thaw = deployed.freeze("errands#0");
    try {
      // The lease's time passes.
      await errands.sql("update seamline_sagas set claimed_until = now() where claimed_by like 'errands#0/%'");
      for (const id of ids) await errands.reaches(id, "done");
    } finally {
      thaw();
    }
    for (const id of ids) {
      assert.deepEqual(await errands.effects(id, "heard yes"), ["hold", "pack", "heard yes"]);
      assert.deepEqual(await errands.notes(id), ["yes"]);
    }
  });

  test("do a schedule's work once between them", async () => {
    const ticks = async (): Promise<number> => (await errands.sql("select count(*)::int as n from ticks")).rows[0].n;
    const first = await ticks();
    await errands.deployed.deployment.moveClock(10 * 60_000);
    await until("it ticks once more", async () => (await ticks()) > first);
    await sleep(700);
    assert.equal(await ticks(), first + 1);
  });
});
