import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { z } from "zod";
import type { StoreAddress } from "../../data/data.ts";
import { defineKind } from "../faults.ts";
import { canAlways } from "../probe.ts";
import { refuseExternal } from "./running.ts";
import { endSession, faultSession, sessionTo } from "./session.ts";

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
    for (let round = 0; round < mostRounds && (await takeOver(first, sessions, address)); round++);
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
/** After so many an app that always finds a session again is left to `keepFull`. */
const mostRounds = 5;

async function open(sessions: Set<pg.Client>, address: StoreAddress): Promise<pg.Client> {
  const client = sessionTo(address);
  sessions.add(client);
  // As the login itself, not in the module's role: in a shared pool only that may end the pool's sessions.
  await client.connect();
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
 *
 * @returns whether there were any
 */
async function takeOver(first: pg.Client, sessions: Set<pg.Client>, address: StoreAddress): Promise<boolean> {
  const { rowCount } = await first.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where usename = session_user and pid <> pg_backend_pid() and application_name <> $1`,
    [faultSession],
  );
  if (rowCount === 0) return false;
  await fill(sessions, address);
  return true;
}

/** Whoever is quicker than we are keeps a session for a moment. A server that does not answer has none to give either. */
async function keepFull(
  first: pg.Client,
  sessions: Set<pg.Client>,
  address: StoreAddress,
  ended: AbortSignal,
): Promise<void> {
  while (!ended.aborted) {
    await takeOver(first, sessions, address).catch(() => false);
    await sleep(everyMs, undefined, { signal: ended }).catch(() => {});
  }
}
