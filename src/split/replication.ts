import { setTimeout as sleep } from "node:timers/promises";
import { monotonicMs } from "../contract/deadline.ts";
import { SeamlineError } from "../contract/errors.ts";
import { identifier, literal } from "../data/sql.ts";
import { book, publicationOf, slotOf } from "./book.ts";
import { handLockMs, type Hand } from "./hand.ts";
import { closeLogin, lend, takeBackLogin, type Login } from "./login.ts";
import type { Side } from "./split.ts";
import { writersText } from "./waiting.ts";

/**
 * One side following another: a publication and a slot there, a subscription here. A slot keeps the log for its
 * follower, so it is what must never be left behind: it is made after the publication, just before the subscription,
 * and it is the first to be dropped.
 */
export interface Following {
  readonly slot: { readonly lost: boolean; readonly lagBytes: number } | null;
  readonly publication: boolean;
  /** Tables of the subscription, and how many of them have their first copy. */
  readonly subscription: { readonly enabled: boolean; readonly ready: number; readonly total: number } | null;
}

/** What there is of `follower` following `leader`. */
export async function followingOf(leader: Hand, follower: Hand): Promise<Following> {
  const name = slotOf(leader.side.address);
  const [[there], [here]] = await Promise.all([
    leader.rows<{ publication: boolean; slot: boolean; lost: boolean; lagBytes: number | null }>(
      `select exists (select from pg_publication where pubname = $1) as publication, s.slot_name is not null as slot,
         coalesce(s.wal_status = 'lost' or s.conflicting, false) as lost,
         (pg_current_wal_lsn() - s.confirmed_flush_lsn)::float8 as "lagBytes"
       from (select) one left join pg_replication_slots s on s.slot_name = $2 and s.database = current_database()`,
      [publicationOf(leader.side.address), name],
    ),
    follower.rows<{ enabled: boolean; ready: number; total: number }>(
      `select s.subenabled as enabled, count(r) filter (where r.srsubstate = 'r') as ready, count(r) as total
       from pg_subscription s left join pg_subscription_rel r on r.srsubid = s.oid
       where s.subname = $1 and s.subdbid = (select oid from pg_database where datname = current_database())
       group by s.oid`,
      [name],
    ),
  ]);
  const { publication, slot, lost, lagBytes } = there!;
  return { publication, slot: slot ? { lost, lagBytes: lagBytes ?? 0 } : null, subscription: here ?? null };
}

/** Publishes the module's tables and the markers that are for it. */
export async function publish(leader: Hand): Promise<void> {
  const { address } = leader.side;
  const [name, schema] = [identifier(publicationOf(address)), identifier(address.schema)];
  await leader.run(`drop publication if exists ${name};
    create publication ${name} for tables in schema ${schema}, table ${book}.markers where (schema = ${literal(address.schema)})`);
}

/** Making a slot waits for every transaction that writes in the whole server. */
export async function makeSlot(leader: Hand, ms: number): Promise<void> {
  const name = slotOf(leader.side.address);
  await dropSlots(leader, null, ms);
  try {
    // Waiting for a transaction is waiting for its lock: one limit for it, ours.
    await leader.run(`set lock_timeout = 0; set statement_timeout = ${ms}`);
    await leader.rows("select pg_create_logical_replication_slot($1, 'pgoutput')", [name], ms + 1000);
  } catch (error) {
    if ((error as SeamlineError).code !== "deadline_exceeded" || leader.session.broken) throw error;
    const message = `no replication slot could be made within ${ms} ms (${await writersText(leader)}): wait for such transactions or end them`;
    throw new SeamlineError("deadline_exceeded", message, { cause: error });
  } finally {
    if (!leader.session.broken) await leader.run(`set lock_timeout = ${handLockMs}; set statement_timeout = 0`);
  }
}

/** @param copy whether to bring the rows that are there already, into tables that are empty */
export async function subscribe(leader: Hand, follower: Hand, copy: boolean, ms: number): Promise<void> {
  const { address } = leader.side;
  const name = slotOf(address);
  // Names of the slots of a first copy hold the subscription's number, the table's, and the server's identity, which
  // servers copied from one template share. Numbers taken at random keep two movers from using one slot.
  const skip = 1 + Math.floor(Math.random() * 1000);
  await follower.rows(`select lo_unlink(lo_create(0)) from generate_series(1, $1)`, [skip], ms);
  const options = `enabled = false, create_slot = false, slot_name = ${literal(name)}, copy_data = ${copy}, origin = none,
    synchronous_commit = 'on', run_as_owner = true, streaming = off`;
  const connection = connectionTo(leader.side, await lend(leader));
  await follower.run(
    `create subscription ${identifier(name)} connection ${literal(connection)}
       publication ${identifier(publicationOf(address))} with (${options})`,
    ms,
  );
  await enable(leader, follower);
}

/** Has a subscription go on, looking for its leader where that is now. */
export async function activate(leader: Hand, follower: Hand): Promise<void> {
  const connection = connectionTo(leader.side, await lend(leader));
  const name = identifier(slotOf(leader.side.address));
  await follower.run(`alter subscription ${name} connection ${literal(connection)}`);
  await enable(leader, follower);
}

async function enable(leader: Hand, follower: Hand): Promise<void> {
  const { address } = leader.side;
  const name = slotOf(address);
  const number = await subscriptionIn(follower, name);
  await leader.rows(`update ${book}.sides set subscription = $2 where schema = $1`, [address.schema, number]);
  await follower.run(`alter subscription ${identifier(name)} enable`);
}

/** How a server reaches another one, in libpq's form. */
function connectionTo({ adminUrl, address: { host, port, database } }: Side, { user, password }: Login): string {
  const words = {
    host,
    port: String(port),
    dbname: database,
    user,
    password,
    connect_timeout: "5",
    application_name: "seamline move",
    ...Object.fromEntries([...new URL(adminUrl).searchParams].filter(([name]) => name.startsWith("ssl"))),
  };
  return Object.entries(words)
    .map(([name, value]) => `${name}='${value.replaceAll(/[\\']/g, String.raw`\$&`)}'`)
    .join(" ");
}

/**
 * Ends that `follower` follows `leader`. Null: that side is away, and its part stays for another time. May be repeated.
 * First nobody may make slots any more, then they go; a subscription without a slot harms nobody.
 */
export async function unfollow(leader: Hand | null, follower: Hand | null, side: Side, ms: number): Promise<void> {
  const name = slotOf(side.address);
  const subscription = follower === null ? null : await subscriptionIn(follower, name);
  if (subscription !== null) await follower!.run(`alter subscription ${identifier(name)} disable`);
  if (leader !== null) {
    await closeLogin(leader, ms);
    await dropSlots(leader, subscription, ms);
    await leader.run(`drop publication if exists ${identifier(publicationOf(side.address))}`);
    await takeBackLogin(leader);
  }
  if (subscription === null) return;
  const quoted = identifier(name);
  await follower!.run(`alter subscription ${quoted} set (slot_name = none)`);
  await follower!.run(`drop subscription ${quoted}`, ms);
}

async function subscriptionIn(hand: Hand, name: string): Promise<number | null> {
  const [row] = await hand.rows<{ oid: number }>(
    `select oid::int from pg_subscription where subname = $1
       and subdbid = (select oid from pg_database where datname = current_database())`,
    [name],
  );
  return row?.oid ?? null;
}

/** Drops the slot, and those that a first copy may have left. */
async function dropSlots(leader: Hand, subscription: number | null, ms: number): Promise<void> {
  const { address } = leader.side;
  const [noted] = await leader.rows<{ subscription: number | null }>(
    `select subscription::int from ${book}.sides where schema = $1`,
    [address.schema],
  );
  const numbers = [subscription, noted?.subscription ?? null].filter((number) => number !== null);
  const pattern = numbers.length === 0 ? "^$" : `^pg_(${numbers.join("|")})_sync_`;
  const which = "from pg_replication_slots where (slot_name = $1 or slot_name ~ $2) and database = current_database()";
  const values = [slotOf(address), pattern];
  for (const until = monotonicMs() + ms; ; await sleep(10)) {
    const slots = await leader.rows<{ name: string; pid: number | null }>(
      `select slot_name as name, active_pid as pid ${which}`,
      values,
    );
    if (slots.length === 0) break;
    if (monotonicMs() > until) throw new SeamlineError("deadline_exceeded", `slot ${slots[0]!.name} stays in use`);
    for (const { name, pid } of slots) await dropSlot(leader, name, pid);
  }
  await leader.rows(`update ${book}.sides set subscription = null where schema = $1`, [address.schema]);
}

async function dropSlot(leader: Hand, name: string, pid: number | null): Promise<void> {
  if (pid !== null) await leader.rows("select pg_terminate_backend($1, 500)", [pid]);
  const text =
    "select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1 and not active";
  await leader.rows(text, [name]).catch((error: { code?: string }) => {
    if (error.code !== "55006" && error.code !== "42704") throw error; // in use again, or gone: the caller looks again
  });
}
