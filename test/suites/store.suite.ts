import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { sql } from "kysely";
import { CallError, SeamlineError } from "../../src/contract/errors.ts";
import type { EventRecord, ModuleStore, StoreAddress, UnitOfWork } from "../../src/data/data.ts";
import { freshStores, testServer } from "../../src/data/testing.ts";
import type { DataTopology } from "../../src/topology/topology.ts";
import { add, claimOf, eventOf, open, received, soon, textsOf, until, waitingBackends } from "./store.bench.ts";

/** What every store keeps, however stores share PostgreSQL. */
export function storeSuite(topology: DataTopology): void {
  let both: Promise<Record<"notes" | "other", StoreAddress>> | undefined;
  /** Addresses of two modules whose stores are empty. */
  const empty = async (): Promise<Record<"notes" | "other", StoreAddress>> => {
    both ??= freshStores(["notes", "other"], topology);
    const { notes, other } = await both;
    for (const [module, address] of [
      ["notes", notes],
      ["other", other],
    ] as const) {
      const store = await open(module, address);
      await sqlOn(store, "truncate notes, seamline_keys, seamline_inbox, seamline_outbox");
    }
    return both;
  };
  const fresh = async (): Promise<{ store: ModuleStore; address: StoreAddress }> => {
    const { notes: address } = await empty();
    return { store: await open("notes", address), address };
  };

  describe(`transactions over ${topology}`, () => {
    it("commits what a handler wrote and gives its result", async () => {
      const { store } = await fresh();
      assert.equal(await store.command(null, soon(), add("a", '"done"')), '"done"');
      assert.deepEqual(await textsOf(store), ["a"]);
    });

    it("takes everything back when a handler throws, and passes its error on", async () => {
      const { store } = await fresh();
      const error = new Error("no");
      const failing = store.command(claimOf("k"), soon(), async (unit) => {
        await add("a")(unit);
        unit.emit(eventOf("notes.added", "", 1));
        throw error;
      });
      await assert.rejects(failing, (thrown) => thrown === error);
      assert.deepEqual(await textsOf(store), []);
      assert.equal(await store.command(claimOf("k"), soon(), add("b")), "b", "the key is free again");
    });

    it("opens no transaction for a handler that neither asks nor tells", async () => {
      const { store } = await fresh();
      const isOpen: boolean[] = [];
      await store.command(claimOf("k"), soon(), async (unit) => (isOpen.push(unit.open), ""));
      await store.command(null, soon(), async (unit) => {
        await add("a")(unit);
        isOpen.push(unit.open);
        return "";
      });
      assert.deepEqual(isOpen, [false, true]);
      const { rows } = await sql`select key from seamline_keys`.execute(store.reader(soon()));
      assert.deepEqual(rows, []);
    });

    it("runs statements that a handler starts at once one after the other", async () => {
      const { store } = await fresh();
      await store.command(null, soon(), async (unit) => {
        await Promise.all(["a", "b", "c", "d"].map((text) => add(text)(unit)));
        return "";
      });
      assert.deepEqual(await textsOf(store), ["a", "b", "c", "d"]);
    });

    it("refuses a statement after the handler returned", async () => {
      const { store } = await fresh();
      let late: UnitOfWork;
      await store.command(null, soon(), async (unit) => ((late = unit), add("a")(unit)));
      await assert.rejects(add("b")(late!), /transaction has ended/);
      assert.throws(() => late.emit(eventOf("notes.added", "", 1)), /transaction has ended/);
    });

    it("does not pretend to commit after a failed statement whose error the handler swallowed", async () => {
      const { store } = await fresh();
      const swallowing = async (unit: UnitOfWork): Promise<string> => {
        await add("a")(unit);
        await add("a")(unit).catch(() => {});
        return "fine";
      };
      for (let turn = 0; turn < 20; turn += 1) {
        const claim = turn % 2 ? claimOf("k") : null;
        await assert.rejects(store.command(claim, soon(), swallowing), { code: "internal" });
      }
      assert.deepEqual(await textsOf(store), []);
    });

    it("refuses nested transactions, and writing in several statements through read", async () => {
      const { store } = await fresh();
      const nested = store.command(null, soon(), (unit) => unit.store.transaction().execute(add("a") as never));
      await assert.rejects(nested, /one transaction already/);
      await assert.rejects(
        store
          .reader(soon())
          .transaction()
          .execute(async () => {}),
        /single statements/,
      );
    });

    it("serves more callers than it has connections", async () => {
      const { store } = await fresh();
      const texts = Array.from({ length: 40 }, (_, index) => `n${index}`);
      await Promise.all(texts.map((text) => store.command(null, soon(), add(text))));
      assert.equal((await textsOf(store)).length, 40);
    });

    it("tells a lost deadlock as unavailable, so that callers try again under the key", async () => {
      const { store } = await fresh();
      for (const text of ["a", "b"]) await store.command(null, soon(), add(text));
      const both = Promise.withResolvers<void>();
      let first = 0;
      const crossing = (one: string, other: string) => async (unit: UnitOfWork) => {
        const lock = (text: string) => sql`select 1 from notes where text = ${text} for update`.execute(unit.store);
        await lock(one);
        if (++first === 2) both.resolve();
        await both.promise;
        await lock(other);
        return "";
      };
      const ends = await Promise.allSettled([
        store.command(null, soon(), crossing("a", "b")),
        store.command(null, soon(), crossing("b", "a")),
      ]);
      const lost = ends.filter((end) => end.status === "rejected");
      assert.equal(lost.length, 1);
      assert.equal(lost[0]!.reason.code, "unavailable");
    });

    it("reads int8 as a number, timestamptz as a Date, date as text, jsonb as a value; never an inexact number", async () => {
      const { store } = await fresh();
      const row = `select 5::int8 as count, array[1::int8, null] as counts, '2026-01-02'::date as day,
        '2026-01-02T03:04:05Z'::timestamptz as at, '{"a":[1]}'::jsonb as data`;
      const { rows } = await sql.raw(row).execute(store.reader(soon()));
      const at = new Date("2026-01-02T03:04:05Z");
      assert.deepEqual(rows, [{ count: 5, counts: [1, null], day: "2026-01-02", at, data: { a: [1] } }]);
      await assert.rejects(sql`select 9007199254740993::int8 as big`.execute(store.reader(soon())), /9007199254740993/);
      assert.deepEqual(await textsOf(store), []);
    });
  });

  describe(`keys over ${topology}`, () => {
    it("carries a command out once, and gives its first result again whatever the second attempt does", async () => {
      const { store } = await fresh();
      assert.equal(await store.command(claimOf("k"), soon(), add("a", '{"n":1}')), '{"n":1}');
      assert.equal(await store.command(claimOf("k"), soon(), add("b", '{"n":2}')), '{"n":1}');
      const stubborn = async (unit: UnitOfWork): Promise<string> => {
        await add("c")(unit).catch(() => {});
        await assert.rejects(add("d")(unit), /done before/);
        throw new Error("something else");
      };
      assert.equal(await store.command(claimOf("k"), soon(), stubborn), '{"n":1}');
      assert.deepEqual(await textsOf(store), ["a"]);
    });

    it("carries a command out once when attempts come at once", async () => {
      const { store } = await fresh();
      const attempts = Array.from({ length: 25 }, (_, index) => store.command(claimOf("k"), soon(), add(`n${index}`)));
      const results = new Set(await Promise.all(attempts));
      assert.equal(results.size, 1);
      assert.deepEqual(await textsOf(store), [...results]);
    });

    it("lets the next attempt do what a waiting one's predecessor gave up", async () => {
      const { store } = await fresh();
      const inside = Promise.withResolvers<void>();
      const leave = Promise.withResolvers<void>();
      const first = store.command(claimOf("k"), soon(), async (unit) => {
        await add("a")(unit);
        inside.resolve();
        await leave.promise;
        throw new Error("gave up");
      });
      await inside.promise;
      const second = store.command(claimOf("k"), soon(), add("b"));
      leave.resolve();
      await assert.rejects(first, /gave up/);
      assert.equal(await second, "b");
      assert.deepEqual(await textsOf(store), ["b"]);
    });

    it("refuses a key that was used for another question, whatever the handler makes of it", async () => {
      const { store } = await fresh();
      await store.command(claimOf("k"), soon(), add("a"));
      const other = store.command(claimOf("k", "other"), soon(), (unit) => add("b")(unit).catch(() => "swallowed"));
      await assert.rejects(
        other,
        (error) => error instanceof CallError && error.code === "invalid" && /another question/.test(error.message),
      );
    });

    it("takes quotes and backslashes in keys and results as they are, and refuses a NUL", async () => {
      const { store } = await fresh();
      const odd = `'; drop table notes; -- \\' "$1" 한글`;
      for (let turn = 0; turn < 2; turn += 1) assert.equal(await store.command(claimOf(odd), soon(), add(odd)), odd);
      assert.deepEqual(await textsOf(store), [odd]);
      await assert.rejects(store.command(claimOf("a\0b"), soon(), add("x")), { code: "invalid" });
    });

    it("keeps one effect for each event of another module, also when the handler writes nothing", async () => {
      const { store } = await fresh();
      const event = received("other.happened", "", 1);
      for (let turn = 0; turn < 3; turn += 1)
        await store.consume(event, soon(), async (unit) => void (await add("seen")(unit)));
      assert.deepEqual(await textsOf(store), ["seen"]);
      const silent = received("other.happened", "", 2);
      await store.consume(silent, soon(), async () => {});
      await store.consume(silent, soon(), async (unit) => void (await add("again")(unit)));
      assert.deepEqual(await textsOf(store), ["seen"]);
    });
  });

  describe(`limits over ${topology}`, () => {
    it("ends statements on a locked table at their bound and leaves no waiting backend behind", async () => {
      const { store, address } = await fresh();
      const other = await lockTable(store);
      const calls = Array.from({ length: 30 }, (_, index) =>
        index % 2
          ? store.command(null, soon(300), add(`n${index}`))
          : store.reader(soon(300)).selectFrom("notes").selectAll().execute(),
      );
      for (const end of await Promise.allSettled(calls)) {
        assert.equal(end.status, "rejected");
        assert.equal((end as PromiseRejectedResult).reason.code, "deadline_exceeded");
      }
      await until(async () => (await waiting(address)) === 0);
      await other.unlock();
      assert.deepEqual(await textsOf(store), []);
    });

    it("gives a statement, and a wait for a connection, up when the caller does", async () => {
      const { store, address } = await fresh();
      const other = await lockTable(store);
      const gaveUp = new AbortController();
      const calls = Array.from({ length: 15 }, (_, index) =>
        store.command(null, soon(60_000, gaveUp.signal), add(`n${index}`)),
      );
      const ends = Promise.allSettled(calls);
      await until(async () => (await waiting(address)) > 0);
      gaveUp.abort();
      for (const end of await ends) assert.equal((end as PromiseRejectedResult).reason.code, "cancelled");
      await until(async () => (await waiting(address)) === 0);
      await other.unlock();
    });

    it("undoes the transaction of a handler that does not come back by its bound", async () => {
      const { store } = await fresh();
      const never = store.command(null, soon(100), async (unit) => {
        await add("a")(unit);
        return new Promise<string>(() => {});
      });
      await assert.rejects(never, { code: "deadline_exceeded" });
      assert.equal(await store.command(null, soon(), add("a")), "a");
    });

    it("starts nothing when the bound has ended already", async () => {
      const { store } = await fresh();
      await assert.rejects(store.command(null, soon(-1), add("a")), { code: "deadline_exceeded" });
      await assert.rejects(
        store.reader({ deadline: Infinity, signal: AbortSignal.abort() }).selectFrom("notes").selectAll().execute(),
        {
          code: "cancelled",
        },
      );
      assert.deepEqual(await textsOf(store), []);
    });

    it("waits as long as the database does where guards are naive", async () => {
      const { address } = await fresh();
      const store = await open("notes", address, { guards: "naive" });
      const guarded = await open("notes", address);
      const other = await lockTable(guarded);
      const write = store.command(null, soon(20), add("a"));
      await until(async () => (await waiting(address)) === 1);
      await new Promise((resolve) => setTimeout(resolve, 100));
      await other.unlock();
      assert.equal(await write, "a");
    });

    it("shows a module nothing of another's schema", async () => {
      const { notes: ours, other: theirs } = await empty();
      const store = await open("notes", ours);
      const other = await open("other", theirs);
      await other.command(null, soon(), add("theirs"));
      await store.command(null, soon(), add("ours"));
      for (let turn = 0; turn < 15; turn += 1) {
        assert.deepEqual(await textsOf(turn % 2 ? store : other), [turn % 2 ? "ours" : "theirs"]);
        const peek = sql`select * from other.notes`.execute(store.reader(soon()));
        await assert.rejects(peek, /permission denied for schema other/);
        const write = store.command(
          null,
          soon(),
          (unit) => sql`insert into other.notes (text) values ('x')`.execute(unit.store) as never,
        );
        await assert.rejects(write, /permission denied for schema other/);
      }
    });

    it("finishes work in hand when closed, and refuses work after", async () => {
      const { store, address } = await fresh();
      const slow = store.command(null, soon(), async (unit) => {
        await sql`select pg_sleep(0.1)`.execute(unit.store);
        return add("a")(unit);
      });
      await Promise.all([store.close(soon().deadline), store.close(soon().deadline)]);
      assert.equal(await slow, "a");
      await assert.rejects(textsOf(store), (error) => error instanceof SeamlineError && error.code === "unavailable");
      assert.deepEqual(await textsOf(await open("notes", address)), ["a"]);
    });
  });

  describe(`events over ${topology}`, () => {
    it("delivers each event once in effect and in order for each key, under 20 writers and two relays", async () => {
      const { notes: ours, other: theirs } = await empty();
      const subscribers = { "notes.added": ["other"] };
      const tellers = [await open("notes", ours, { subscribers }), await open("notes", ours, { subscribers })];
      const other = await open("other", theirs);
      const under = new Set<string>();
      const overlaps: string[] = [];
      const deliver = async (_: string, event: EventRecord): Promise<void> => {
        if (under.has(event.key)) overlaps.push(event.key);
        under.add(event.key);
        try {
          await other.consume(event, soon(), async (unit) => void (await add(`${event.key}:${event.payload}`)(unit)));
        } finally {
          under.delete(event.key);
        }
      };
      const relays = tellers.map((teller) => teller.startRelay({ deliver }));
      // The order of commit for a key is the order of a counter that each transaction reads and raises.
      for (const key of ["a", "b", "c"]) await tellers[0]!.command(null, soon(), add(`counter ${key} 0`));
      const write = (key: string, teller: ModuleStore): Promise<string> =>
        teller.command(null, soon(20_000), async (unit) => {
          const { rows } = await sql<{
            n: number;
          }>`update notes set text = ${`counter ${key} `} || (split_part(text, ' ', 3)::int + 1)
            where text like ${`counter ${key} %`} returning split_part(text, ' ', 3)::int as n`.execute(unit.store);
          unit.emit(eventOf("notes.added", key, rows[0]!.n));
          return "";
        });
      const writers = Array.from({ length: 20 }, async (_, writer) => {
        for (let turn = 0; turn < 9; turn += 1) await write("abc"[turn % 3]!, tellers[writer % 2]!);
      });
      await Promise.all(writers);
      await until(async () => (await tellers[0]!.backlog()).waiting === 0);
      await Promise.all(relays.map((relay) => relay.stop()));
      assert.deepEqual(overlaps, [], "two deliveries of one key at once");
      const texts = await textsOf(other);
      for (const key of ["a", "b", "c"]) {
        const own = texts.filter((text) => text.startsWith(`${key}:`));
        assert.deepEqual(
          own,
          Array.from({ length: 60 }, (_, index) => `${key}:${index + 1}`),
        );
      }
    });

    it("delivers in order of commit also when the earlier transaction takes long to commit", async () => {
      const { notes: address } = await empty();
      const store = await open("notes", address, { subscribers: { "notes.added": ["other"] } });
      await sqlOn(
        store,
        `drop table if exists slow; create table slow (id int);
        create or replace function dawdle() returns trigger language plpgsql as 'begin perform pg_sleep(0.5); return null; end';
        create constraint trigger dawdle after insert on slow deferrable initially deferred for each row execute function dawdle()`,
      );
      const got: string[] = [];
      const relay = store.startRelay({ deliver: async (_, event) => void got.push(event.payload) });
      const first = store.command(null, soon(), async (unit) => {
        await sql`insert into slow values (1)`.execute(unit.store);
        unit.emit(eventOf("notes.added", "k", 1));
        return "";
      });
      await until(async () => (await waiting(address, "Timeout")) === 1);
      const second = store.command(null, soon(), async (unit) => (unit.emit(eventOf("notes.added", "k", 2)), ""));
      await Promise.all([first, second]);
      await until(() => got.length === 2);
      await relay.stop();
      assert.deepEqual(got, ["1", "2"]);
    });

    it("keeps events of a subscriber that is away, without delaying another, and delivers them when it is back", async () => {
      const { notes: address } = await empty();
      const store = await open("notes", address, { subscribers: { "notes.added": ["here", "away"] } });
      const got: Record<string, string[]> = { here: [], away: [] };
      const failed: [string, boolean][] = [];
      let back = false;
      const relay = store.startRelay({
        async deliver(subscriber, event) {
          if (subscriber === "away" && !back) throw new SeamlineError("unavailable", "not here");
          got[subscriber]!.push(event.payload);
        },
        failed: (subscriber, _event, _attempts, dead) => failed.push([subscriber, dead]),
      });
      for (let n = 1; n <= 5; n += 1)
        await store.command(null, soon(), async (unit) => (unit.emit(eventOf("notes.added", "k", n)), ""));
      await until(() => got.here!.length === 5 && failed.length > 1);
      assert.deepEqual(got.away, []);
      // What has been delivered is removed a little later.
      await until(async () => (await store.backlog()).waiting === 5);
      assert.equal((await store.backlog()).dead, 0);
      back = true;
      await until(() => got.away!.length === 5);
      assert.deepEqual(got.away, ["1", "2", "3", "4", "5"]);
      assert.ok(failed.every(([subscriber, dead]) => subscriber === "away" && !dead));
      await relay.stop();
      await relay.stop();
    });

    it("gives an event up after 20 answered failures, keeps it visible, and goes on with its key", async () => {
      const { notes: address } = await empty();
      const store = await open("notes", address, { subscribers: { "notes.added": ["other"] } });
      for (const n of [1, 2])
        await store.command(null, soon(), async (unit) => (unit.emit(eventOf("notes.added", "k", n)), ""));
      await sqlOn(store, "update seamline_outbox set attempts = 19 where payload = '1'");
      const got: string[] = [];
      let dead: number[] = [];
      const relay = store.startRelay({
        async deliver(_, event) {
          if (event.payload === "1") throw new Error("poison");
          got.push(event.payload);
        },
        failed: (_subscriber, _event, attempts, isDead) => (dead = [...dead, ...(isDead ? [attempts] : [])]),
      });
      await until(() => got.length === 1);
      await relay.stop();
      assert.deepEqual(dead, [20]);
      assert.deepEqual(await store.backlog(), { waiting: 0, dead: 1 });
      const row = await store.reader(soon()).selectFrom("seamline_outbox").selectAll().executeTakeFirstOrThrow();
      assert.equal(row.last_error, "poison");
    });

    it("hands an event over as it was told, and tells nothing of one that nobody subscribes to", async () => {
      const { notes: address } = await empty();
      const store = await open("notes", address, { subscribers: { "notes.added": ["other"] } });
      const told = { ...eventOf("notes.added", "키 '", { text: '한글 \\ \u0000 "' }), traceparent: "00-aa-bb-01" };
      await store.command(
        null,
        soon(),
        async (unit) => (unit.emit(told), unit.emit(eventOf("notes.removed", "k", 1)), ""),
      );
      const got: EventRecord[] = [];
      const relay = store.startRelay({ deliver: async (_, event) => void got.push(event) });
      await until(() => got.length > 0);
      await relay.stop();
      const { id, ...rest } = got[0]!;
      assert.match(id, /^[0-9a-f-]{36}$/);
      assert.deepEqual([got.length, rest], [1, told]);
    });
  });
}

async function sqlOn(store: ModuleStore, text: string): Promise<void> {
  await store.command(null, soon(), async (unit) => (await sql.raw(text).execute(unit.store), ""));
}

/** Locks the notes table in a transaction of its own until told. */
async function lockTable(store: ModuleStore): Promise<{ unlock(): Promise<void> }> {
  const locked = Promise.withResolvers<void>();
  const leave = Promise.withResolvers<void>();
  const holding = store.command(null, soon(60_000), async (unit) => {
    await sql`lock table notes in access exclusive mode`.execute(unit.store);
    locked.resolve();
    await leave.promise;
    return "";
  });
  await locked.promise;
  return { unlock: () => (leave.resolve(), holding.then(() => {})) };
}

async function waiting(address: StoreAddress, what = "Lock"): Promise<number> {
  return waitingBackends((await testServer()).adminUrl, address, what);
}
