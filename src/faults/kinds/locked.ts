import pg from "pg";
import { z } from "zod";
import { SeamlineError } from "../../contract/errors.ts";
import type { StoreAddress } from "../../data/data.ts";
import type { Deed } from "../deed.ts";
import { defineKind } from "../faults.ts";
import { canAlways } from "../probe.ts";

export const databaseLocked = defineKind({
  kind: "db-locked",
  says: {
    en: "another session holds all tables of the module, as a careless migration does",
    ko: "부주의한 마이그레이션처럼, 다른 세션이 모듈의 모든 테이블을 잠급니다",
  },
  targets: ["database"],
  parameters: z.strictObject({}),
  can: canAlways,
  async apply({ modules }, _, deed) {
    for (const module of modules) {
      deed.claim(`tables of ${module}`);
      await lockAll(module, deed.subject.stores[module]!, deed);
    }
  },
});

/** How long work in hand may take before its tables are ours. */
const lockMs = 5000;

async function lockAll(module: string, address: StoreAddress, deed: Deed): Promise<void> {
  const client = await connectTo(address, deed);
  const { rows } = await client.query(
    "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = $1 order by 1",
    [address.schema],
  );
  const tables = rows.map(({ name }) => name as string).join(", ");
  if (tables === "") return;
  await client.query("begin");
  // Should we be stopped, the server ends the session by itself.
  await client.query(`set local idle_in_transaction_session_timeout = ${Math.ceil(deed.atMostMs)}`);
  await client.query(`set local lock_timeout = ${lockMs}`);
  try {
    await client.query(`lock table ${tables} in access exclusive mode`);
  } catch (cause) {
    const message = `the tables of ${module} could not be locked within ${lockMs / 1000} s: ${(cause as Error).message}`;
    throw new SeamlineError("fault_refused", message, { cause });
  }
}

/** A session as the module itself has them, ended with the fault. */
export async function connectTo(
  { host, port, database, user, password, role }: StoreAddress,
  deed: Deed,
): Promise<pg.Client> {
  const client = new pg.Client({
    host,
    port,
    database,
    user,
    password,
    connectionTimeoutMillis: 5000,
    application_name: faultSession,
  });
  client.on("error", () => {}); // the fault ends with it; the next query is told
  await client.connect();
  deed.defer(() => endSession(client));
  await client.query(`set role ${pg.escapeIdentifier(role)}`);
  return client;
}

/** By which sessions of faults are told from those of the app. */
export const faultSession = "seamline fault";

/** A server that answers nothing any more learns of the end from its closed connection. */
async function endSession(client: pg.Client): Promise<void> {
  const stream = (client as unknown as { readonly connection: { readonly stream: { destroy(): void } } }).connection
    .stream;
  const timer = setTimeout(() => stream.destroy(), 1000);
  await client.end().catch(() => {});
  clearTimeout(timer);
}
