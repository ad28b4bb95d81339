import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { z } from "zod";
import type { StoreAddress } from "../../data/data.ts";
import type { Deed } from "../deed.ts";
import { defineKind } from "../faults.ts";
import { canAlways } from "../probe.ts";
import { connectTo, faultSession } from "./locked.ts";
import { refuseExternal } from "./running.ts";

export const databaseExhausted = defineKind({
  kind: "db-exhausted",
  says: {
    en: "all sessions that the database server has are taken, as by a leak of connections",
    ko: "연결이 새는 것처럼, 데이터베이스 서버의 세션을 모두 차지합니다",
  },
  targets: ["database"],
  parameters: z.strictObject({}),
  can: canAlways,
  async apply({ database, modules }, _, deed) {
    refuseExternal(database);
    deed.claim(`sessions of ${database.name}`);
    const address = deed.subject.stores[modules[0]!]!;
    const first = await connectTo(address, deed);
    await fill(address, deed);
    const ended = new AbortController();
    const taking = keepFull(first, address, deed, ended.signal);
    deed.defer(async () => {
      ended.abort();
      await taking;
    });
  },
});

const atOnce = 8;
const everyMs = 200;

/** Opens sessions until the server has no more. */
async function fill(address: StoreAddress, deed: Deed): Promise<void> {
  for (let full = false; !full;) {
    const opened = await Promise.allSettled(Array.from({ length: atOnce }, () => connectTo(address, deed)));
    full = opened.some(({ status }) => status === "rejected");
  }
}

/**
 * A pool would go on with the sessions that it has, so the module's are ended, and what becomes free is taken. The other
 * modules of a server keep theirs, and get no more.
 */
async function keepFull(first: pg.Client, address: StoreAddress, deed: Deed, ended: AbortSignal): Promise<void> {
  const drop = `select pg_terminate_backend(pid) from pg_stat_activity
    where usename = session_user and pid <> pg_backend_pid() and application_name <> '${faultSession}'`;
  while (!ended.aborted) {
    const { rowCount } = await first.query(drop).catch(() => ({ rowCount: 0 }));
    if ((rowCount ?? 0) > 0) await fill(address, deed).catch(() => {});
    await sleep(everyMs, undefined, { signal: ended }).catch(() => {});
  }
}
