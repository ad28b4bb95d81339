import { z } from "zod";
import { SeamlineError } from "../../contract/errors.ts";
import type { StoreAddress } from "../../data/data.ts";
import type { Deed } from "../deed.ts";
import { defineKind } from "../faults.ts";
import { canAlways } from "../probe.ts";
import { begin, endSession, sessionTo } from "./session.ts";

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
  const client = sessionTo(address);
  deed.defer(() => endSession(client));
  await begin(client, address);
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
