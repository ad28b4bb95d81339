import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { sql } from "kysely";
import pg from "pg";
import { add, claimOf, eventOf, notes, open, soon, textsOf, until } from "../../test/suites/store.bench.ts";
import { monotonicMs } from "../contract/deadline.ts";
import { Line } from "./line.ts";
import type { EventRecord, ModuleStore, StoreAddress } from "./data.ts";
import { provision } from "./provision.ts";
import { startServer, type PostgresServer } from "./server.ts";
import { sweep } from "./sweep.ts";
import { freshStores, throwAwayServer } from "./testing.ts";

/** Far beyond every bound in these tests; only a call that never settles gets there. */
const never = 10_000;
const modules = ["notes", "other"] as const;
type Addresses = Record<(typeof modules)[number], StoreAddress>;

async function storesOn(server: PostgresServer): Promise<Addresses> {
  const secret = randomBytes(16).toString("hex");
  const options = {
    adminUrl: server.adminUrl,
    deployment: "faults",
    secret,
    modules,
    dataTopology: "pool-per-module",
  } as const;
  return (await provision(options)) as Addresses;
}

/** A throw-away server acknowledges commits before they are written; a test that kills it must not. */
async function acknowledgeWhenWritten(server: PostgresServer): Promise<void> {
  await asAdmin(server, "alter system set synchronous_commit = on");
  await asAdmin(server, "select pg_reload_conf()");
  await until(async () => (await asAdmin(server, "show synchronous_commit"))[0]!.synchronous_commit === "on");
}

/** Stops every process of a server, as a machine that has frozen would. */
async function freeze(server: PostgresServer): Promise<() => void> {
  process.kill(server.pid, "SIGSTOP");
  const children = await readFile(`/proc/${server.pid}/task/${server.pid}/children`, "utf8");
  const pids = [server.pid, ...children.trim().split(" ").map(Number)];
  for (const pid of pids) signalIfThere(pid, "SIGSTOP");
  return () => pids.forEach((pid) => signalIfThere(pid, "SIGCONT"));
}

function signalIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended meanwhile.
  }
}

/** Ends of calls that must all settle. */
async function settled(calls: Promise<unknown>[]): Promise<PromiseSettledResult<unknown>[]> {
  const late = Symbol("late");
  const timer = Promise.withResolvers<symbol>();
  const timeout = setTimeout(() => timer.resolve(late), never);
  const ends = await Promise.race([Promise.allSettled(calls), timer.promise]);
  clearTimeout(timeout);
  assert.notEqual(ends, late, "a call did not settle");
  return ends as PromiseSettledResult<unknown>[];
}

/** How many statements are under way; the other calls wait for a connection. */
async function sleeping(server: PostgresServer): Promise<number> {
  const rows = await asAdmin(server, "select count(*)::int as n from pg_stat_activity where wait_event = 'PgSleep'");
  return rows[0]!.n as number;
}

async function asAdmin(server: PostgresServer, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: server.adminUrl, query_timeout: never });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

const works = (store: ModuleStore) => async (): Promise<boolean> =>
  textsOf(store).then(
    () => true,
    () => false,
  );

const transportFailure = /^(unavailable|deadline_exceeded)$/;

describe("a database server that fails", { skip: process.platform !== "linux" && "freezes processes by /proc" }, () => {
  it("killed with calls in flight: every call settles, and the store works again with the server", async () => {
    const server = await throwAwayServer();
    await acknowledgeWhenWritten(server);
    const { notes: address } = await storesOn(server);
    const store = await open("notes", address);
    const nap = () => sql`select pg_sleep(60)`.execute(store.reader(soon(60_000)));
    const calls = [
      ...Array.from({ length: 6 }, nap),
      ...Array.from({ length: 8 }, () =>
        store.command(null, soon(60_000), (unit) => sql`select pg_sleep(60)`.execute(unit.store) as never),
      ),
    ];
    await until(async () => (await sleeping(server)) > 0);
    const ends = settled(calls);
    process.kill(server.pid, "SIGKILL");
    await server.exited;
    for (const end of await ends) {
      assert.equal(end.status, "rejected");
      assert.match((end as PromiseRejectedResult).reason.code, transportFailure);
    }
    await assert.rejects(textsOf(store), { code: "unavailable" });
    const again = await startServer({ directory: server.directory, durable: false, port: server.port });
    try {
      await until(works(store));
      await store.command(null, soon(), add("a"));
      assert.deepEqual(await textsOf(store), ["a"]);
      await store.close(soon().deadline);
    } finally {
      await again.stop();
    }
  });

  it("frozen with calls in flight: every call ends by its bound, the store closes, and works again afterwards", async () => {
    const server = await throwAwayServer();
    const { notes: address } = await storesOn(server);
    const store = await open("notes", address);
    const closing = await open("notes", { ...address, pool: "closing" });
    await Promise.all([...Array.from({ length: 12 }, () => textsOf(store)), textsOf(closing)]);
    const thaw = await freeze(server);
    try {
      const calls = Array.from({ length: 40 }, (_, index) =>
        index % 2
          ? store.command(claimOf(`k${index}`), soon(400), add(`n${index}`))
          : store.reader(soon(400)).selectFrom("notes").selectAll().execute(),
      );
      for (const end of await settled(calls)) {
        assert.equal(end.status, "rejected");
        assert.match((end as PromiseRejectedResult).reason.code, transportFailure);
      }
      await settled([closing.close(monotonicMs() + 100)]);
    } finally {
      thaw();
    }
    await until(works(store));
    for (let index = 1; index < 40; index += 2) await store.command(claimOf(`k${index}`), soon(), add(`n${index}`));
    assert.equal(new Set(await textsOf(store)).size, 20);
  });

  it("gone between the last statement and the commit: unavailable, nothing is kept, and the same key may ask again", async () => {
    const server = await throwAwayServer();
    const { notes: address } = await storesOn(server);
    const store = await open("notes", address);
    const cut = store.command(claimOf("k"), soon(), async (unit) => {
      await add("a")(unit);
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(unit.store);
      await asAdmin(server, `select pg_terminate_backend(${rows[0]!.pid}, 2000)`);
      // Until this process has heard of it too.
      await sleep(100);
      return "first";
    });
    await assert.rejects(cut, { code: "unavailable" });
    assert.deepEqual(await textsOf(store), []);
    assert.equal(await store.command(claimOf("k"), soon(), add("a", "second")), "second");
  });

  it("frozen at commit: the outcome is said to be unknown, and the same key finds out", async () => {
    const server = await throwAwayServer();
    const { notes: address } = await storesOn(server);
    const store = await open("notes", address);
    let thaw = (): void => {};
    const frozen = store.command(claimOf("k"), soon(800), async (unit) => {
      await add("a")(unit);
      thaw = await freeze(server);
      return "first";
    });
    try {
      await assert.rejects(
        frozen,
        (error: any) => transportFailure.test(error.code) && error.data.outcome === "unknown",
      );
    } finally {
      thaw();
    }
    await until(works(store));
    const result = await store.command(claimOf("k"), soon(), async (unit) => {
      await add("a")(unit);
      return "second";
    });
    assert.match(result, /^(first|second)$/);
    assert.deepEqual(await textsOf(store), ["a"]);
  });

  it("killed and frozen while events are told: each has one effect, in order", async () => {
    const server = await throwAwayServer();
    await acknowledgeWhenWritten(server);
    const addresses = await storesOn(server);
    const store = await open("notes", addresses.notes, { subscribers: { "notes.added": ["other"] } });
    const other = await open("other", addresses.other);
    const deliver = (_: string, event: EventRecord): Promise<void> =>
      other.consume(event, soon(500), async (unit) => void (await add(event.payload)(unit)));
    const relays = [store.startRelay({ deliver }), store.startRelay({ deliver })];
    const tell = async (n: number): Promise<void> => {
      const once = () =>
        store.command(
          claimOf(`k${n}`),
          soon(500),
          async (unit) => (unit.emit(eventOf("notes.added", "k", n)), add(`n${n}`)(unit)),
        );
      await until(() =>
        once().then(
          () => true,
          () => false,
        ),
      );
    };
    let again: PostgresServer | undefined;
    try {
      for (let n = 1; n <= 15; n += 1) await tell(n);
      const thaw = await freeze(server);
      const during = tell(16);
      await new Promise((resolve) => setTimeout(resolve, 700));
      thaw();
      await during;
      process.kill(server.pid, "SIGKILL");
      await server.exited;
      again = await startServer({ directory: server.directory, durable: false, port: server.port });
      for (let n = 17; n <= 30; n += 1) await tell(n);
      await until(async () => (await textsOf(other)).length === 30, 30_000);
      assert.deepEqual(
        await textsOf(other),
        Array.from({ length: 30 }, (_, index) => `${index + 1}`),
      );
    } finally {
      await Promise.all(relays.map((relay) => relay.stop()));
      await Promise.all([store.close(soon().deadline), other.close(soon().deadline)]);
      await again?.stop();
    }
  });
});

describe("a relay that is killed", () => {
  it("between the effect and the outbox: another relay goes on after its lease, with one effect", async () => {
    const addresses = await freshStores(modules);
    const store = await open("notes", addresses.notes, { subscribers: { "notes.added": ["other"] } });
    const other = await open("other", addresses.other);
    for (const n of [1, 2, 3])
      await store.command(null, soon(), async (unit) => (unit.emit(eventOf("notes.added", "k", n)), ""));
    const program = fileURLToPath(new URL("../../test/suites/relay.killed.ts", import.meta.url));
    const child = spawn(process.execPath, [program, JSON.stringify(addresses)], { stdio: "inherit" });
    const [, signal] = await once(child, "exit");
    assert.equal(signal, "SIGKILL");
    assert.deepEqual(await textsOf(other), ["1"]);
    const got: string[] = [];
    const relay = store.startRelay({
      async deliver(_, event) {
        got.push(event.payload);
        await other.consume(event, soon(), async (unit) => void (await add(event.payload)(unit)));
      },
    });
    await until(async () => (await store.backlog()).waiting === 3 && got.length === 0);
    // The lease's time passes.
    await store.command(null, soon(), (unit) =>
      sql`update seamline_outbox set claimed_until = now() where claimed_by is not null`
        .execute(unit.store)
        .then(() => ""),
    );
    await until(async () => (await store.backlog()).waiting === 0);
    await relay.stop();
    assert.deepEqual(got, ["1", "2", "3"]);
    assert.deepEqual(await textsOf(other), ["1", "2", "3"]);
  });
});

describe("migrations", () => {
  it("run once each when several processes start at once", async () => {
    const { notes: address } = await freshStores(["notes"]);
    const stores = await Promise.all(Array.from({ length: 6 }, () => open("notes", address)));
    const { rows } = await sql<{ name: string }>`select name from seamline_migrations`.execute(
      stores[0]!.reader(soon()),
    );
    assert.deepEqual(rows, [{ name: "001-notes" }]);
  });

  it("that fail are named, and leave nothing behind", async () => {
    const { notes: address } = await freshStores(["notes"]);
    const broken = {
      "002-more": { up: (db: any) => sql`create table more (id int); select no_such`.execute(db).then(() => {}) },
    };
    const definition = { migrations: { ...notes.migrations, ...broken } as any };
    await assert.rejects(open("notes", address, { definition }), (error: any) => {
      assert.equal(error.code, "migration_failed");
      assert.deepEqual(error.data, { module: "notes", migration: "002-more" });
      assert.match(error.message, /module "notes": migration "002-more".*no_such/);
      return true;
    });
    const { rows } =
      await sql`select table_name from information_schema.tables where table_schema = ${address.schema}`.execute(
        (await open("notes", address, { definition: { migrations: {} } })).reader(soon()),
      );
    assert.ok(!rows.some((row: any) => ["notes", "more"].includes(row.table_name)), JSON.stringify(rows));
    assert.deepEqual(await textsOf(await open("notes", address)), []);
  });

  it("are applied when a later start brings more", async () => {
    const { notes: address } = await freshStores(["notes"]);
    await (await open("notes", address)).command(null, soon(), add("a"));
    const more = {
      "002-mark": {
        up: (db: any) => sql`alter table notes add mark int not null default 7`.execute(db).then(() => {}),
      },
    };
    const store = await open("notes", address, { definition: { migrations: { ...notes.migrations, ...more } as any } });
    assert.deepEqual((await sql`select text, mark from notes`.execute(store.reader(soon()))).rows, [
      { text: "a", mark: 7 },
    ]);
  });

  it("say which server when it cannot be reached", async () => {
    const { notes: address } = await freshStores(["notes"]);
    await assert.rejects(open("notes", { ...address, port: 1 }), { code: "postgres_unreachable" });
    await assert.rejects(open("notes", { ...address, password: "wrong" }), /cannot be reached as .*notes: .*password/);
  });
});

describe("old keys", () => {
  it("are forgotten, and newer ones are not", async () => {
    const { notes: address } = await freshStores(["notes"]);
    const store = await open("notes", address);
    for (const key of ["old", "new"]) await store.command(claimOf(key), soon(), add(key));
    await store.command(null, soon(), (unit) =>
      sql`update seamline_keys set at = now() - interval '25 hours' where key = 'old'`
        .execute(unit.store)
        .then(() => ""),
    );
    let up = false;
    const line = new Line({ address, warn: () => {} });
    line.hear({ up: () => (up = true), notified: () => {} });
    try {
      await until(() => up);
      assert.equal(await sweep(line, 24 * 3_600_000), false);
    } finally {
      await line.close();
    }
    const { rows } = await sql`select key from seamline_keys`.execute(store.reader(soon()));
    assert.deepEqual(rows, [{ key: "new" }]);
  });
});
