import { randomBytes } from "node:crypto";
import assert from "node:assert/strict";
import pg from "pg";
import { monotonicMs } from "../../contract/deadline.ts";
import type { StoreAddress } from "../../data/data.ts";
import { provision } from "../../data/provision.ts";
import { openStore } from "../../data/store.ts";
import type { MoveOptions, Side } from "../split.ts";
import { definition } from "./notes.ts";
import { startVictim, type Victim } from "./servers.ts";
import type { Writers } from "./writers.ts";

/** Two servers with a place for one module in each, and the module's tables in the first. */
export interface Bench {
  readonly servers: readonly [Victim, Victim];
  readonly sides: readonly [Side, Side];
  /** Moves as tests want them: failures are noticed soon. */
  options(from: 0 | 1, more?: Partial<MoveOptions>): MoveOptions;
}

const module = "notes";
let count = 0;
const servers = Promise.all([startVictim(), startVictim()]);

/** @param superuser false: the sides' administrators are logins that may create roles and databases, no more */
export async function freshBench(superuser = true): Promise<Bench> {
  const both = await servers;
  const secret = randomBytes(16).toString("hex");
  const deployment = `moves${++count}`;
  const sides = await Promise.all(
    both.map(async (server): Promise<Side> => {
      const adminUrl = superuser ? server.adminUrl : await plainLogin(server.adminUrl);
      const at = await provision({
        adminUrl,
        deployment,
        secret,
        modules: [module],
        dataTopology: "server-per-module",
      });
      return { adminUrl, address: at[module]! };
    }),
  );
  await migrated(sides[0]!.address);
  const bench = { servers: both, sides: sides as unknown as readonly [Side, Side] };
  return { ...bench, options: (from, more) => optionsOf(bench.sides, from, more) };
}

/** A place for the bench's module in another database of one of its servers. */
export async function sideBeside({ adminUrl, address }: Side): Promise<Side> {
  const deployment = `${address.database}-beside`;
  const at = await provision({
    ...{ adminUrl, deployment, secret: "beside" },
    modules: [module],
    dataTopology: "pool-per-module",
  });
  return { adminUrl, address: at[module]! };
}

async function plainLogin(adminUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  const name = `plain${count}`;
  await client.query(`create role ${name} login createrole createdb password '${name}'`);
  await client.end();
  return Object.assign(new URL(adminUrl), { username: name, password: name }).href;
}

export const limits = { answerMs: 1500, stallMs: 4000, undoMs: 4000, fenceMs: 1000 };

export function optionsOf(sides: readonly [Side, Side], from: 0 | 1, more: Partial<MoveOptions> = {}): MoveOptions {
  return { module, definition, from: sides[from], to: sides[from === 0 ? 1 : 0], limits, ...more };
}

async function migrated(address: StoreAddress): Promise<void> {
  const store = await openStore({ module, definition, address, guards: "guarded", subscribers: {}, warn: () => {} });
  await store.close(monotonicMs() + 1000);
}

/** What a side says, as its administrator; null: it refuses. */
export async function ask<R extends object = Record<string, unknown>>(side: Side, text: string): Promise<R[]> {
  return asking({ connectionString: side.adminUrl, database: side.address.database }, side, text);
}

/** The same as the module. */
export async function askAsModule<R extends object = Record<string, unknown>>(side: Side, text: string): Promise<R[]> {
  const { host, port, database, user, password } = side.address;
  return asking({ host, port, database, user, password }, side, text);
}

async function asking<R extends object>(config: pg.ClientConfig, { address }: Side, text: string): Promise<R[]> {
  const url = config.connectionString === undefined ? null : new URL(config.connectionString);
  if (url !== null) url.pathname = `/${config.database}`;
  const client = new pg.Client(url === null ? config : { connectionString: url.href });
  client.on("error", () => {});
  await client.connect();
  try {
    await client.query(`set search_path to "${address.schema}"`);
    return (await client.query(text)).rows as R[];
  } finally {
    await client.end();
  }
}

/** The data is at one place, all that was answered is in it, once, and nothing is left of the move that could fill a disk. */
export async function checkAll(bench: Bench, home: 0 | 1, writers: Writers): Promise<void> {
  assert.deepEqual(writers.wrong, []);
  const rows = await ask<{ id: string; number: string }>(bench.sides[home], "select id, number from writes");
  const ids = new Set(rows.map(({ id }) => id));
  assert.equal(ids.size, rows.length);
  assert.deepEqual(
    [...writers.ids].filter((id) => !ids.has(id)),
    [],
    "answered writes that are not there",
  );
  const [sums] = await ask(
    bench.sides[home],
    "select (select sum(total) from writers)::int as total, (select count(*) from writes)::int as rows",
  );
  assert.equal(sums!["total"], sums!["rows"], "each write has counted once");
  await assert.rejects(askAsModule(bench.sides[home === 0 ? 1 : 0], "select count(*) from writes"));
}

export async function checkNothingLeft(bench: Bench): Promise<void> {
  for (const side of bench.sides) {
    assert.deepEqual(await ask(side, "select slot_name from pg_replication_slots"), []);
    assert.deepEqual(await ask(side, "select subname from pg_subscription"), []);
    assert.deepEqual(await ask(side, "select pubname from pg_publication"), []);
    assert.deepEqual(await ask(side, "select rolname from pg_roles where rolname like 'seamline_move_%'"), []);
  }
}
