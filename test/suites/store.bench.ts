import { randomUUIDv7 } from "node:crypto";
import { afterEach } from "node:test";
import { sql, type Kysely } from "kysely";
import pg from "pg";
import { monotonicMs } from "../../src/contract/deadline.ts";
import type { Bound, EventRecord, ModuleStore, OpenOptions, StoreAddress, UnitOfWork } from "../../src/data/data.ts";
import { openStore } from "../../src/data/store.ts";
import type { StoreDefinition } from "../../src/module/module.ts";

/** What tests of stores share: a module with a table of notes, and a way to open it that is undone after the test. */

export const notes: StoreDefinition = {
  migrations: {
    "001-notes": {
      up: (db: Kysely<any>) =>
        sql`create table notes (id bigserial primary key, text text not null unique)`.execute(db).then(() => {}),
    },
  } as any,
};

const opened = new Set<ModuleStore>();

/** Tests close what they opened: a server has a hundred sessions for all of them. */
afterEach(async () => {
  await Promise.all([...opened].map((store) => store.close(monotonicMs() + 1000)));
  opened.clear();
});

export async function open(
  module: string,
  address: StoreAddress,
  options: Partial<OpenOptions> = {},
): Promise<ModuleStore> {
  const defaults: OpenOptions = {
    module,
    address,
    definition: notes,
    guards: "guarded",
    subscribers: {},
    warn: () => {},
  };
  const store = await openStore({ ...defaults, ...options });
  opened.add(store);
  return store;
}

export const soon = (ms = 5000, signal: AbortSignal | null = null): Bound => ({ deadline: monotonicMs() + ms, signal });

export const claimOf = (
  key: string,
  fingerprint = "same",
): { key: string; operation: string; fingerprint: string } => ({
  key,
  operation: "notes.add",
  fingerprint,
});

export const add =
  (text: string, result = text) =>
  async (unit: UnitOfWork) => {
    await unit.store.insertInto("notes").values({ text }).execute();
    return result;
  };

export async function textsOf(store: ModuleStore): Promise<string[]> {
  const rows = await store.reader(soon()).selectFrom("notes").select("text").orderBy("id").execute();
  return rows.map((row) => row.text as string);
}

export function eventOf(name: string, key: string, payload: unknown): Omit<EventRecord, "id"> {
  return { event: name, key, payload: JSON.stringify(payload), at: new Date().toISOString(), traceparent: "" };
}

export const received = (name: string, key: string, payload: unknown): EventRecord => ({
  ...eventOf(name, key, payload),
  id: randomUUIDv7(),
});

/** Backends of a database that wait for a lock ("Timeout": that sleep), seen over a connection of the administrator. */
export async function waitingBackends(adminUrl: string, address: StoreAddress, what: string): Promise<number> {
  const client = new pg.Client({ connectionString: adminUrl, query_timeout: 5000 });
  await client.connect();
  try {
    const text = `select count(*)::int as n from pg_stat_activity where datname = $1 and wait_event_type = $2 and backend_type = 'client backend'`;
    return (await client.query(text, [address.database, what])).rows[0].n;
  } finally {
    await client.end();
  }
}

/** Waits until something is so; the test's own time limit is the deadline. */
export async function until(condition: () => boolean | Promise<boolean>, withinMs = 15_000): Promise<void> {
  const end = monotonicMs() + withinMs;
  while (!(await condition())) {
    if (monotonicMs() > end) throw new Error(`not so within ${withinMs} ms: ${String(condition)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
