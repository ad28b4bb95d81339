import { setTimeout as sleep } from "node:timers/promises";
import { monotonicMs } from "../contract/deadline.ts";
import { SeamlineError } from "../contract/errors.ts";
import { identifier, literal } from "../data/sql.ts";
import { book, publicationOf, slotOf } from "./book.ts";
import { reach, type Hand } from "./hand.ts";
import { lend, takeBackLogin, type Login } from "./login.ts";
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
  readonly subscription: { readonly enabled: boolean } | null;
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
    follower.rows<{ enabled: boolean }>(
      `select subenabled as enabled from pg_subscription
       where subname = $1 and subdbid = (select oid from pg_database where datname = current_database())`,
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

/**
 * Makes the slot, which waits for every transaction that writes in the whole server.
 *
 * It needs a connection of the replication protocol beside the hand, and so without the hand's lock. A mover that is frozen
 * before it asks for the slot must not get it when it wakes and others are at work: the connection ends sooner than the
 * hand, whose lock is seen to stand after the connection.
 *
 * @param look whether the hand is to see, in a transaction that it is in afterwards, what was there before what the slot
 *   keeps
 */
export async function makeSlot(leader: Hand, ms: number, look: boolean): Promise<void> {
  await dropSlot(leader, ms);
  const asker = await reach(leader.side, ms, true);
  try {
    await asker.run(
      `set lock_timeout = ${ms}; set idle_session_timeout = ${askerMs}; set idle_in_transaction_session_timeout = ${askerMs}`,
    );
    await leader.run("select");
    const name = identifier(slotOf(leader.side.address));
    const how = `LOGICAL pgoutput (SNAPSHOT '${look ? "export" : "nothing"}')`;
    const [made] = await asker.rows<{ snapshot_name: string }>(`CREATE_REPLICATION_SLOT ${name} ${how}`, [], ms + 1000);
    if (!look) return;
    const view = literal(made!.snapshot_name);
    await leader.run(`begin isolation level repeatable read read only; set transaction snapshot ${view}`);
  } catch (error) {
    if ((error as SeamlineError).code !== "deadline_exceeded" || leader.session.broken) throw error;
    const message = `no replication slot could be made within ${ms} ms (${await writersText(leader)}): wait for such transactions or end them`;
    throw new SeamlineError("deadline_exceeded", message, { cause: error });
  } finally {
    await asker.close();
  }
}

/** How long it may be silent; a quarter of what the hand may be. */
const askerMs = 5_000;

/** Has the follower take what the slot keeps, from its beginning on, into tables that have what was there before. */
export async function subscribe(leader: Hand, follower: Hand, ms: number): Promise<void> {
  const { address } = leader.side;
  const name = slotOf(address);
  const options = `enabled = false, create_slot = false, slot_name = ${literal(name)}, copy_data = false, origin = none,
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
  await follower.run(`alter subscription ${identifier(slotOf(leader.side.address))} enable`);
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
 * A subscription without a slot harms nobody, so the slot goes first.
 */
export async function unfollow(leader: Hand | null, follower: Hand | null, side: Side, ms: number): Promise<void> {
  const name = identifier(slotOf(side.address));
  const subscribed = follower !== null && (await isSubscribed(follower, slotOf(side.address)));
  if (subscribed) await follower.run(`alter subscription ${name} disable`);
  if (leader !== null) {
    await dropSlot(leader, ms);
    await leader.run(`drop publication if exists ${identifier(publicationOf(side.address))}`);
    await takeBackLogin(leader);
  }
  if (!subscribed) return;
  await follower.run(`alter subscription ${name} set (slot_name = none)`);
  await follower.run(`drop subscription ${name}`, ms);
}

async function isSubscribed(hand: Hand, name: string): Promise<boolean> {
  const found = await hand.rows(
    `select from pg_subscription where subname = $1
       and subdbid = (select oid from pg_database where datname = current_database())`,
    [name],
  );
  return found.length > 0;
}

/** Whoever follows by it, or is about to make it, is shut out. */
async function dropSlot(leader: Hand, ms: number): Promise<void> {
  const name = slotOf(leader.side.address);
  const there = "select active_pid as pid from pg_replication_slots where slot_name = $1";
  for (const until = monotonicMs() + ms; ; await sleep(10)) {
    const [slot] = await leader.rows<{ pid: number | null }>(there, [name]);
    if (slot === undefined) return;
    if (monotonicMs() > until) throw new SeamlineError("deadline_exceeded", `slot ${name} stays in use`);
    if (slot.pid !== null) await leader.rows("select pg_terminate_backend($1, 500)", [slot.pid]);
    const text =
      "select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1 and not active";
    await leader.rows(text, [name]).catch((error: { code?: string }) => {
      if (error.code !== "55006" && error.code !== "42704") throw error; // in use again, or gone: one looks again
    });
  }
}
