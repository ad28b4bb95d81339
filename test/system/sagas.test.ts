import assert from "node:assert/strict";
import { describe, test } from "node:test";
import pg from "pg";
import type { StoreAddress } from "../../src/data/data.ts";
import errandsApp from "../fixtures/errands.app.ts";
import { until } from "../suites/deployed.ts";
import { eachPlacement, type TestContext } from "../suites/placements.ts";

const appUrl = import.meta.resolve("../fixtures/errands.app.ts");

interface View {
  state: string;
  step: string | null;
  error: string | null;
  stuck: boolean;
  reason: string | null;
  journal: { step: string; state: string; attempts: number; error: string | null }[];
}

const whole = ["read", "paid", "hold", "pack", "answer", "end"];

describe("sagas", () => {
  eachPlacement(errandsApp, appUrl, (running) => {
    let n = 0;
    const ask = (): TestContext => running().context;
    const start = async (how = "", limit: Date | null = null, name = "errand"): Promise<string> => {
      const id = `${name}-${++n}`;
      await ask()["errands"].start({ id, how, until: limit });
      return id;
    };
    const get = (id: string): Promise<{ notes: string[]; view: View }> => ask()["errands"].get({ id });
    const reaches = async (id: string, state: string): Promise<View> => {
      await until(`${id} is ${state}`, async () => (await get(id)).view.state === state);
      return (await get(id)).view;
    };
    const effects = (id: string): Promise<string[]> => ask()["shelf"].effects({ errand: id });
    const tell = (id: string, answer: string): Promise<void> => ask()["shelf"].tell({ errand: id, answer });
    const stepsOf = ({ journal }: View): string[] => journal.map(({ step }) => step);

    test("each step is done once, in its order, and the end is told with its transaction", async () => {
      const id = await start();
      await ask()["errands"].pay({ id });
      await tell(id, "yes");
      const view = await reaches(id, "done");
      assert.deepEqual(stepsOf(view), whole);
      assert.ok(view.journal.every(({ state }) => state === "value"));
      assert.deepEqual((await get(id)).notes, ["yes"]);
      await running().settled();
      assert.deepEqual(await effects(id), ["hold", "pack", "heard yes"]);
    });

    test("a wait ends when its saga is woken, and holds nothing meanwhile", async () => {
      const id = await start("", new Date(Date.now() + 3_600_000));
      const view = await reaches(id, "waiting");
      assert.equal(view.step, "paid");
      const { rows } = await sql("select claimed_by from seamline_sagas where id = $1", [id]);
      assert.equal(rows[0].claimed_by, null);
      await ask()["errands"].nudge({ id });
      await reaches(id, "waiting");
      await ask()["errands"].pay({ id });
      await tell(id, "yes");
      await reaches(id, "done");
    });

    test("a wait ends with null when its time comes on the app's clock", async () => {
      const id = await start("", new Date(Date.now() + 3_600_000));
      await reaches(id, "waiting");
      await running().moveClock(3_700_000);
      try {
        const view = await reaches(id, "done");
        assert.equal(view.journal.find(({ step }) => step === "paid")!.state, "time");
        assert.deepEqual((await get(id)).notes, ["time passed"]);
      } finally {
        await running().moveClock(-3_700_000);
      }
    });

    test("a declared error that is caught is an outcome like others, also when the function is run again", async () => {
      const id = await start("catches", null, "refused");
      await stop("refused", "before");
      await ask()["errands"].pay({ id });
      await reaches(id, "stopped");
      await goOn();
      await reaches(id, "done");
      assert.deepEqual((await get(id)).notes, [`caught for ${id}`]);
    });

    test("a declared error that is not caught ends the saga, and what was done is undone", async () => {
      const id = await start("", null, "refused");
      await ask()["errands"].pay({ id });
      assert.equal((await reaches(id, "failed")).reason, "soldOut");
      assert.deepEqual((await get(id)).notes, ["failed: soldOut"]);
    });

    test("giving up undoes the asked steps, newest first, with their outcomes", async () => {
      const id = await start();
      await ask()["errands"].pay({ id });
      await tell(id, "no");
      const view = await reaches(id, "failed");
      assert.equal(view.reason, "declined");
      assert.deepEqual(stepsOf(view).slice(-2), ["undo:pack", "undo:hold"]);
      await running().settled();
      assert.deepEqual(await effects(id), ["hold", "pack", "release pack", "release hold", "heard failed"]);
      assert.deepEqual((await get(id)).notes, ["failed: declined"]);
    });

    test("an answer that is not known yet is asked for until it is", async () => {
      const id = await start();
      await ask()["errands"].pay({ id });
      await until("it was asked twice", async () => {
        const { rows } = await sql("select attempts from seamline_sagas where id = $1 and step = 'answer'", [id]);
        return rows[0]?.attempts >= 2;
      });
      assert.equal((await get(id)).view.stuck, false);
      await tell(id, "yes");
      await ask()["errands"].nudge({ id });
      await reaches(id, "done");
    });

    test("a mistake of the callee's is shown as stuck, and is tried again until it is mended", async () => {
      const id = await start("broken");
      await until("it is stuck", async () => (await ask()["errands"].stuck()).some((one: any) => one.id === id));
      const trouble = (await ask()["errands"].stuck()).find((one: any) => one.id === id);
      assert.equal(trouble.step, "broken");
      assert.match(trouble.error, /^internal: shelf\.breaks failed/);
      await tell(id, "mended");
      const view = await reaches(id, "waiting");
      assert.equal(view.stuck, false);
      assert.ok(view.journal.find(({ step }) => step === "broken")!.attempts > 1);
    });

    for (const [how, error] of [
      ["mistake", /a mistake of the saga's own/],
      ["instance", /outcome is a class instance|outcome.*Thing/],
      ["twice", /two steps are called "read"/],
      ["atOnce", /begins while .* is under way/],
    ] as const)
      test(`a mistake in the saga's function is shown at once, with what it is: ${how}`, async () => {
        const id = await start(how);
        await until("it is stuck", async () => (await get(id)).view.stuck);
        assert.match((await get(id)).view.error!, error);
      });

    test("a journal that does not fit the function any more is shown, and nothing is done", async () => {
      const id = await start();
      await reaches(id, "waiting");
      await sql("update seamline_saga_steps set step = 'formerName' where id = $1", [id]);
      await ask()["errands"].pay({ id });
      await until("it is stuck", async () => (await get(id)).view.stuck);
      assert.match((await get(id)).view.error!, /comes to the step "read", where its journal has "formerName"/);
      assert.deepEqual(await effects(id), []);
    });

    test("a breakpoint before a step keeps it from beginning, and one after it from being remembered", async () => {
      await stop("hold", "before");
      const id = await start();
      await ask()["errands"].pay({ id });
      assert.equal((await reaches(id, "stopped")).step, "hold");
      assert.deepEqual(await effects(id), []);
      await stop("pack", "after");
      await sql("delete from seamline_saga_stops where step = 'hold'");
      await until("it stops again", async () => (await get(id)).view.step === "pack");
      assert.deepEqual(await effects(id), ["hold", "pack"]);
      assert.ok(!stepsOf((await get(id)).view).includes("pack"));
      await stop("end", "after");
      await tell(id, "yes");
      await sql("delete from seamline_saga_stops where step = 'pack'");
      await until("it stops again", async () => (await get(id)).view.step === "end");
      assert.deepEqual((await get(id)).notes, [], "what it wrote is undone");
      await goOn();
      await reaches(id, "done");
      await running().settled();
      assert.deepEqual(await effects(id), ["hold", "pack", "heard yes"], "steps that were repeated had one effect");
    });

    test("more sagas than are in hand at once all reach their ends", async () => {
      const ids: string[] = [];
      for (let some = 0; some < 8; some++) {
        const started = await Promise.all(Array.from({ length: 5 }, () => start()));
        await Promise.all(started.map((id) => tell(id, "yes")));
        ids.push(...started);
      }
      for (const id of ids) await ask()["errands"].pay({ id });
      for (const id of ids) await reaches(id, "done");
      await running().settled();
      for (const id of ids) assert.deepEqual(await effects(id), ["hold", "pack", "heard yes"]);
    });

    test("a schedule's work is done when its time comes, again at once where it says so, and after a failure", async () => {
      const minute = 60_000;
      const ticks = async (): Promise<number> => (await ask()["errands"].ticks()).length;
      await until("it ticked at the start", async () => (await ticks()) >= 1);
      const first = await ticks();
      await ask()["errands"].plan({ burst: 2, failing: 1 });
      await running().moveClock(2 * minute);
      await until("it ticked three times", async () => (await ticks()) === first + 3);
      await running().moveClock(-2 * minute);
      await until("it does not wait for a time that the clock went back from", async () => (await ticks()) > first + 3);
    });

    test("only what has a transaction begins sagas, and only declared ones", async () => {
      for (const saga of ["errand", "none"])
        await assert.rejects(ask()["errands"].beginsBadly({ saga }), { code: "internal" });
    });

    const sql = (text: string, values: unknown[] = []): Promise<pg.QueryResult> =>
      sqlOn(running().stores["errands"]!, text, values);
    const stop = (step: string, phase: string): Promise<unknown> =>
      sql("insert into seamline_saga_stops values ('errand', $1, $2)", [step, phase]);
    const goOn = (): Promise<unknown> => sql("truncate seamline_saga_stops");
  });
});

async function sqlOn(address: StoreAddress, text: string, values: unknown[] = []): Promise<pg.QueryResult> {
  const { host, port, database, user, password, schema } = address;
  const client = new pg.Client({ host, port, database, user, password, options: `-c search_path=${schema}` });
  await client.connect();
  try {
    return await client.query(text, values);
  } finally {
    await client.end();
  }
}
