import { isDeepStrictEqual } from "node:util";
import { sql, type Kysely } from "kysely";
import { Migrator } from "kysely/migration";
import pg from "pg";
import { SeamlineError } from "../contract/errors.ts";
import { boundOf, within } from "./bound.ts";
import type { Bound, OpenOptions } from "./data.ts";
import { kyselyOver } from "./dialect.ts";
import { messageOf } from "./failure.ts";
import { clientConfig, connectMs } from "./pool.ts";
import { Session } from "./session.ts";
import { lockId } from "./sql.ts";
import { migrationLockTable, migrationTable, steps } from "./tables.ts";

/**
 * Brings a module's schema up to date, on a connection of its own: our tables first, then the module's migrations by
 * kysely's Migrator. All that is pending runs in one transaction under an advisory lock named after the schema, so
 * processes that start at once do it one after the other, each migration runs once, and a failure leaves nothing.
 */

/** Limit for all of it. Less: a large table's index can never be built. More: a frozen server is noticed later. */
const migrateMs = 600_000;

/** @throws SeamlineError `postgres_unreachable`, or `migration_failed` that names module, migration and cause */
export async function migrate(options: OpenOptions): Promise<void> {
  const session = await connect(options);
  const bound = boundOf(migrateMs);
  try {
    await session.batch(bound, `${session.enter(options.address)}set statement_timeout = ${migrateMs}`);
    if (await isUpToDate(session, bound, options)) return;
    const db = kyselyOver((text, values) => session.query(bound, text, values), null);
    await db.transaction().execute((transaction) => inTransaction(transaction, options));
  } catch (error) {
    throw failed(options, null, error);
  } finally {
    await within(boundOf(connectMs), "closing a connection", session.client.end()).catch(() => {});
    session.destroy();
  }
}

async function connect({ address, guards }: OpenOptions): Promise<Session> {
  const client = new pg.Client({ ...clientConfig(address, guards), connectionTimeoutMillis: connectMs });
  const session = new Session(client);
  try {
    await client.connect();
    return session;
  } catch (error) {
    session.destroy();
    const where = `${address.host}:${address.port}/${address.database}`;
    const message = `PostgreSQL at ${where} cannot be reached as ${address.user}: ${messageOf(error)}`;
    throw new SeamlineError("postgres_unreachable", message, { cause: error });
  }
}

/** Most starts find nothing to do, and kysely's Migrator reads the whole catalogue to see that. */
async function isUpToDate(session: Session, bound: Bound, { definition }: OpenOptions): Promise<boolean> {
  const made = await session.query(
    bound,
    `select to_regclass('seamline_steps') is not null and to_regclass('${migrationTable}') is not null as yes`,
  );
  if (made.rows[0].yes !== true) return false;
  const text = `select (select count(*) from seamline_steps) as steps, array(select name from ${migrationTable}) as names`;
  const done = (await session.query(bound, text)).rows[0] as { steps: number; names: string[] };
  const wanted = Object.keys(definition.migrations).sort();
  return done.steps === steps.length && isDeepStrictEqual(done.names.sort(), wanted);
}

async function inTransaction(db: Kysely<any>, options: OpenOptions): Promise<void> {
  const { address, definition } = options;
  await sql`select pg_advisory_xact_lock(${sql.lit(lockId("migrate", address.schema))})`.execute(db);
  await ownTables(db);
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => ({ ...definition.migrations }) },
    migrationTableSchema: address.schema,
    migrationTableName: migrationTable,
    migrationLockTableName: migrationLockTable,
  });
  const { error, results } = await migrator.migrateToLatest();
  const culprit = results?.find((result) => result.status === "Error");
  if (error !== undefined) throw failed(options, culprit?.migrationName ?? null, error);
}

async function ownTables(db: Kysely<any>): Promise<void> {
  await sql`create table if not exists seamline_steps (step integer primary key, at timestamptz not null default now())`.execute(
    db,
  );
  const { rows } = await sql<{ done: number }>`select count(*) as done from seamline_steps`.execute(db);
  for (let step = rows[0]!.done; step < steps.length; step += 1) {
    await sql.raw(steps[step]!).execute(db);
    await sql`insert into seamline_steps (step) values (${step})`.execute(db);
  }
}

function failed(options: OpenOptions, migration: string | null, cause: unknown): SeamlineError {
  if (cause instanceof SeamlineError && cause.code === "migration_failed") return cause;
  const { module } = options;
  const which = migration === null ? "its migrations" : `migration "${migration}"`;
  const message = `module "${module}": ${which} failed, and nothing was changed: ${messageOf(cause)}. Mend it, and start again`;
  return new SeamlineError("migration_failed", message, { cause, data: { module, migration } });
}
