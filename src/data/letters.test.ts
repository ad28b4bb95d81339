import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { sql } from "kysely";
import pg from "pg";
import { eventOf, open, soon, until } from "../../test/suites/store.bench.ts";
import type { EventRecord, ModuleStore, StoreAddress } from "./data.ts";
import { channelOf } from "./sql.ts";
import { freshStores } from "./testing.ts";

const subscribers = { "notes.added": ["other"] };

async function opened(place?: string): Promise<{ store: ModuleStore; address: StoreAddress }> {
  const { notes: address } = await freshStores(["notes"]);
  return { store: await open("notes", address, { subscribers, ...(place && { place }) }), address };
}

/** Each in a transaction of its own, so in their order. */
async function tell(store: ModuleStore, key: string, ...payloads: unknown[]): Promise<void> {
  for (const payload of payloads)
    await store.command(null, soon(), async (unit) => (unit.emit(eventOf("notes.added", key, payload)), ""));
}

async function run(store: ModuleStore, text: string): Promise<void> {
  await store.command(null, soon(), async (unit) => (await sql.raw(text).execute(unit.store), ""));
}

async function replay(store: ModuleStore, id: string, subscriber = "other"): Promise<boolean> {
  let found = false;
  await store.command(null, soon(), async (unit) => ((found = await unit.replay(id, subscriber)), ""));
  return found;
}

describe("a dead letter", () => {
  it("is listed with its reason, and delivered again once it is replayed, before what waits for the same key", async () => {
    const { store } = await opened();
    await tell(store, "k", "a", "b", "c");
    await run(
      store,
      `update seamline_outbox set dead_at = now(), attempts = 20, last_error = 'poison' where payload = '"a"'`,
    );
    const [letter, ...more] = await store.deadLetters(store.reader(soon()), 10);
    assert.deepEqual(more, []);
    const { event, subscriber, key, attempts, error } = letter!;
    assert.deepEqual([event, subscriber, key, attempts, error], ["notes.added", "other", "k", 20, "poison"]);
    assert.ok(letter!.deadAt instanceof Date);
    assert.equal(await replay(store, letter!.id, "nobody"), false);
    assert.equal(await replay(store, "no id", "other"), false);
    assert.equal(await replay(store, letter!.id), true);
    assert.equal(await replay(store, letter!.id), false, "it is not dead any more");
    const got: string[] = [];
    const relay = store.startRelay({ deliver: async (_, { payload }) => void got.push(payload) });
    await until(() => got.length === 3);
    await relay.stop();
    assert.deepEqual(got, ['"a"', '"b"', '"c"']);
  });

  it("stays dead if the command that replays it fails", async () => {
    const { store } = await opened();
    await tell(store, "k", "a");
    await run(store, "update seamline_outbox set dead_at = now()");
    const [letter] = await store.deadLetters(store.reader(soon()), 10);
    const failing = store.command(null, soon(), async (unit) => {
      await unit.replay(letter!.id, "other");
      throw new Error("no");
    });
    await assert.rejects(failing);
    assert.equal((await store.backlog()).dead, 1);
  });

  it("that is replayed is not delivered beside an event of its key that is under way", async () => {
    const { store } = await opened();
    await tell(store, "k", "a");
    await run(store, "update seamline_outbox set dead_at = now()");
    await tell(store, "k", "b");
    const [letter] = await store.deadLetters(store.reader(soon()), 10);
    const inside = Promise.withResolvers<void>();
    const leave = Promise.withResolvers<void>();
    const got: string[] = [];
    const deliver = async (_: string, { payload }: EventRecord): Promise<void> => {
      got.push(payload);
      if (payload !== '"b"') return;
      inside.resolve();
      await leave.promise;
    };
    const relays = [store.startRelay({ deliver }), store.startRelay({ deliver })];
    await inside.promise;
    await replay(store, letter!.id);
    // Both relays have looked since.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    assert.deepEqual(got, ['"b"']);
    leave.resolve();
    await until(async () => (await store.backlog()).waiting === 1);
    // The lease's time passes.
    await run(store, "update seamline_outbox set claimed_until = now()");
    await until(() => got.length === 2);
    await Promise.all(relays.map((relay) => relay.stop()));
    assert.deepEqual(got, ['"b"', '"a"']);
  });
});

describe("a relay that stops", () => {
  it("ends what it is delivering, and tells others of the rest", async () => {
    const { store, address } = await opened();
    await tell(store, "k", "a", "b");
    const inside = Promise.withResolvers<void>();
    const leave = Promise.withResolvers<void>();
    const got: string[] = [];
    const relay = store.startRelay({
      async deliver(_, { payload }) {
        got.push(payload);
        inside.resolve();
        await leave.promise;
      },
    });
    await inside.promise;
    const { host, port, database, user, password, schema } = address;
    const listener = new pg.Client({ host, port, database, user, password });
    await listener.connect();
    const told: (string | undefined)[] = [];
    listener.on("notification", ({ payload }) => told.push(payload));
    await listener.query(`listen ${channelOf(schema)}`);
    const stopped = relay.stop();
    leave.resolve();
    await stopped;
    await until(() => told.length === 1);
    await listener.end();
    assert.deepEqual([got, told], [['"a"'], ["other"]]);
    assert.equal((await store.backlog()).waiting, 1);
  });
});

describe("a relay's claims", () => {
  it("end with the life of its process: the next life delivers at once, others wait for the lease", async () => {
    const { store, address } = await opened("a#0");
    await tell(store, "k", "a");
    const hanging = Promise.withResolvers<void>();
    const former = store.startRelay({ deliver: () => hanging.promise });
    const claimed = async (): Promise<boolean> => {
      const { rows } = await sql`select 1 from seamline_outbox where claimed_by like 'a#0/%'`.execute(
        store.reader(soon()),
      );
      return rows.length === 1;
    };
    await until(claimed);
    const got: string[] = [];
    const start = async (place: string) =>
      (await open("notes", address, { subscribers, place })).startRelay({ deliver: async () => void got.push(place) });
    await start("b#0");
    await new Promise((resolve) => setTimeout(resolve, 1500));
    assert.deepEqual(got, []);
    await start("a#0");
    await until(() => got.length === 1, 5000);
    assert.deepEqual(got, ["a#0"]);
    hanging.resolve();
    await former.stop();
  });
});
