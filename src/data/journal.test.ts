import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { sql } from "kysely";
import { add, open, soon, textsOf, until } from "../../test/suites/store.bench.ts";
import type { ModuleStore } from "./data.ts";
import type { ClaimedSaga, Note } from "./tasks.ts";
import { freshStores } from "./testing.ts";

/** Claims, fences and wake-ups of the journal, between runners of several processes. */

const now = (): Date => new Date();

async function stores(...places: string[]): Promise<ModuleStore[]> {
  const { notes } = await freshStores(["notes"]);
  return Promise.all(places.map((place) => open("notes", notes, { place })));
}

async function begin(store: ModuleStore, ...ids: string[]): Promise<void> {
  await store.command(null, soon(), async (unit) => {
    for (const id of ids) unit.begin("errand", id, "");
    return "";
  });
}

async function wake(store: ModuleStore, id: string): Promise<void> {
  await store.command(null, soon(), async (unit) => (unit.wake("errand", id), ""));
}

/** Takes exactly one saga. */
async function take(store: ModuleStore): Promise<ClaimedSaga> {
  const claimed: ClaimedSaga[] = [];
  await until(async () => {
    // Until the line is up.
    claimed.push(...(await store.journal.claim(16, now(), []).catch(() => [])));
    return claimed.length > 0;
  });
  assert.equal(claimed.length, 1);
  return claimed[0]!;
}

const noteOf = (step: string, value = "1", position = 0): Note => ({
  step,
  position,
  state: "value",
  value,
  attempts: 1,
  error: null,
});

const run = (store: ModuleStore, text: string): Promise<unknown> =>
  store.command(null, soon(), (unit) =>
    sql
      .raw(text)
      .execute(unit.store)
      .then(() => ""),
  );

const leaseEnds = "update seamline_sagas set claimed_until = now() - interval '1 s' where claimed_by is not null";

describe("the journal", () => {
  it("begins a saga once, whoever asks for it, and only if the transaction commits", async () => {
    const [store] = (await stores("a")) as [ModuleStore];
    await Promise.all([begin(store, "1"), begin(store, "1"), begin(store, "1")]);
    const failing = store.command(null, soon(), async (unit) => {
      unit.begin("errand", "2", "");
      throw new Error("no");
    });
    await assert.rejects(failing);
    assert.equal((await take(store)).id, "1");
    assert.equal(await store.journal.of(store.reader(soon()), "errand", "2"), null);
  });

  it("gives each saga to one of several runners", async () => {
    const both = await stores("a", "b");
    await begin(both[0]!, ...Array.from({ length: 40 }, (_, index) => `${index}`));
    const got: ClaimedSaga[] = [];
    await until(async () => {
      const some = await Promise.all(
        both.map((store) => {
          const held = got.map(({ claim }) => claim);
          return store.journal.claim(5, now(), held).catch(() => []);
        }),
      );
      got.push(...some.flat());
      return got.length >= 40;
    });
    assert.equal(new Set(got.map(({ id }) => id)).size, 40);
    assert.equal(got.length, 40);
  });

  it("lets nobody write who has lost the claim: no outcome, no effect, no end, no release", async () => {
    const [slow, quick] = (await stores("a", "b")) as [ModuleStore, ModuleStore];
    await begin(slow, "1");
    const lost = await take(slow);
    await run(slow, leaseEnds);
    const held = await take(quick);
    assert.deepEqual(await slow.journal.note(lost, noteOf("x"), soon()), { at: "lost" });
    const writing = slow.journal.write(lost, soon(), async (unit) => (await add("a")(unit), noteOf("x")));
    assert.deepEqual(await writing, { at: "lost" });
    assert.deepEqual(await slow.journal.fail(lost, "no", soon(), async (unit) => void (await add("b")(unit))), {
      at: "lost",
    });
    await slow.journal.release(lost, { at: "done" }, soon());
    assert.deepEqual(await textsOf(slow), []);
    assert.deepEqual(await quick.journal.note(held, noteOf("x"), soon()), { at: "noted", stops: [] });
    assert.equal((await quick.journal.of(quick.reader(soon()), "errand", "1"))!.state, "running");
  });

  it("gives the claims of a process's former life to its next one at once, and those of another place after the lease", async () => {
    const { notes } = await freshStores(["notes"]);
    const former = await open("notes", notes, { place: "a#0" });
    await begin(former, "1");
    await take(former);
    const other = await open("notes", notes, { place: "a#01" });
    await until(() =>
      other.journal.due(now(), []).then(
        () => true,
        () => false,
      ),
    );
    assert.deepEqual(await other.journal.claim(16, now(), []), []);
    const next = await open("notes", notes, { place: "a#0" });
    const mine = await take(next);
    assert.equal(mine.id, "1");
    assert.deepEqual(await next.journal.claim(16, now(), [mine.claim]), []);
    assert.equal((await next.journal.claim(16, now(), [])).length, 1, "a claim that it has not heard of is nobody's");
  });

  it("lets no sleep begin that a wake-up came before", async () => {
    const [store] = (await stores("a")) as [ModuleStore];
    await begin(store, "1");
    const first = await take(store);
    await wake(store, "1");
    await store.journal.release(first, { at: "asleep", step: "w", until: null }, soon());
    const second = await take(store);
    await store.journal.release(second, { at: "asleep", step: "w", until: null }, soon());
    assert.deepEqual(await store.journal.claim(16, now(), []), []);
    await wake(store, "1");
    const third = await take(store);
    await wake(store, "1");
    await store.journal.release(third, { at: "unknown", step: "p", pauseMs: 60_000 }, soon());
    await take(store);
  });

  it("tells a runner of work with the commit that makes it, and of what another one leaves", async () => {
    const [store, other] = (await stores("a", "b")) as [ModuleStore, ModuleStore];
    let told = 0;
    const deafen = store.onTask(() => told++);
    await until(() => told === 1);
    await begin(other, "1");
    await until(() => told === 2);
    await wake(other, "1");
    await until(() => told === 3);
    await other.journal.release(await take(other), { at: "yielded" }, soon());
    await until(() => told === 4);
    deafen();
  });

  it("wakes a sleeper when its time comes on the clock that it is told", async () => {
    const [store] = (await stores("a")) as [ModuleStore];
    await begin(store, "1");
    const at = new Date(Date.now() + 3_600_000);
    await store.journal.release(await take(store), { at: "asleep", step: "w", until: at }, soon());
    assert.deepEqual(await store.journal.due(now(), []), { sagas: false, schedules: false });
    assert.deepEqual(await store.journal.claim(16, new Date(at.getTime() - 1), []), []);
    assert.equal((await store.journal.due(at, [])).sagas, true);
    assert.equal((await store.journal.claim(16, at, [])).length, 1);
  });

  it("counts a step as stuck after ten failures or a minute, keeps trying, and forgets it with its outcome", async () => {
    const [store] = (await stores("a")) as [ModuleStore];
    await begin(store, "1");
    const failing = { at: "failing", step: "x", pauseMs: 0, error: "away", stuck: false } as const;
    const view = () => store.journal.of(store.reader(soon()), "errand", "1");
    for (let n = 1; n <= 10; n++) {
      assert.equal((await view())!.stuck, false);
      await store.journal.release(await take(store), failing, soon());
    }
    assert.equal((await view())!.stuck, true);
    assert.deepEqual(
      (await store.journal.stuck(store.reader(soon()), 10)).map(({ id, step, attempts }) => ({ id, step, attempts })),
      [{ id: "1", step: "x", attempts: 10 }],
    );
    const held = await take(store);
    assert.deepEqual([held.step, held.attempts, held.failures], ["x", 10, 10]);
    await store.journal.note(held, noteOf("x"), soon());
    assert.equal((await view())!.stuck, false);
    await store.journal.release(held, { at: "stopped", step: "y" }, soon());
    for (let n = 1; n <= 2; n++) {
      assert.equal((await view())!.stuck, false);
      await store.journal.release(await take(store), { ...failing, step: "y" }, soon());
      await run(store, "update seamline_sagas set since = since - interval '61 s'");
    }
    assert.equal((await view())!.stuck, true);
  });

  it("keeps what has ended for 30 days, and what has not for ever", async () => {
    const [store] = (await stores("a")) as [ModuleStore];
    for (const id of ["old", "young"]) {
      await begin(store, id);
      const saga = await take(store);
      await store.journal.note(saga, noteOf("x"), soon());
      await store.journal.release(saga, { at: "done" }, soon());
    }
    await begin(store, "stuck");
    await run(
      store,
      `update seamline_sagas set begun_at = now() - interval '99 d',
        ended_at = case id when 'old' then now() - interval '31 d' else ended_at end`,
    );
    assert.equal(await store.journal.sweep(), false);
    const { rows } = await sql<{ id: string }>`select id from seamline_sagas order by id`.execute(store.reader(soon()));
    assert.deepEqual(rows, [{ id: "stuck" }, { id: "young" }]);
    const steps = await sql<{ id: string }>`select id from seamline_saga_steps`.execute(store.reader(soon()));
    assert.deepEqual(steps.rows, [{ id: "young" }]);
  });
});
