import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { z } from "zod";
import type { StoreAddress } from "../../data/data.ts";
import { defineKind } from "../faults.ts";
import { canAlways } from "../probe.ts";
import { refuseExternal } from "./running.ts";
import { begin, endSession, faultSession, sessionTo } from "./session.ts";

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
    const sessions = new Set<pg.Client>();
    deed.defer(async () => void (await Promise.all([...sessions].map(endSession))));
    const first = await open(sessions, address);
    await fill(sessions, address);
    const ended = new AbortController();
    const taking = keepFull(first, sessions, address, ended.signal);
    deed.defer(async () => {
      ended.abort();
      await taking;
    });
  },
});

const atOnce = 8;
const everyMs = 200;

async function open(sessions: Set<pg.Client>, address: StoreAddress): Promise<pg.Client> {
  const client = sessionTo(address);
  sessions.add(client);
  await begin(client, address);
  return client;
}

/** Opens sessions until the server has no more. */
async function fill(sessions: Set<pg.Client>, address: StoreAddress): Promise<void> {
  for (let full = false; !full;) {
    const opened = await Promise.allSettled(Array.from({ length: atOnce }, () => open(sessions, address)));
    full = opened.some(({ status }) => status === "rejected");
  }
}

/**
 * A pool would go on with the sessions that it has, so the module's are ended, and what becomes free is taken. The other
 * modules of a server keep theirs, and get no more.
 */
async function keepFull(
  first: pg.Client,
  sessions: Set<pg.Client>,
  address: StoreAddress,
  ended: AbortSignal,
): Promise<void> {
  const drop = `select pg_terminate_backend(pid) from pg_stat_activity
    where usename = session_user and pid <> pg_backend_pid() and application_name <> '${faultSession}'`;
  while (!ended.aborted) {
    const { rowCount } = await first.query(drop).catch(() => ({ rowCount: 0 }));
    if ((rowCount ?? 0) > 0) await fill(sessions, address);
    await sleep(everyMs, undefined, { signal: ended }).catch(() => {});
  }
}
