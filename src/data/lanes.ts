import type { EventRecord } from "./data.ts";
import { isFree, type Holder } from "./holder.ts";
import type { Line } from "./line.ts";
import { ownChannel } from "./sql.ts";

/**
 * Which events a relay may deliver now, and what became of them: the statements of the relay.
 *
 * A *lane* is all undelivered events of one subscriber and key, in order of position. Whoever holds a lease on the first
 * row of a lane holds the lane: nobody else takes any row of it. The first row stays until the lane is given back, so
 * one update on one row is enough to claim up to `laneRows` events, and a lease that is not renewed ends by itself, or
 * when the process that held it is back (holder.ts).
 * Two relays cannot claim one lane: rows another transaction is claiming are skipped, and the conditions are looked at
 * again on the row as it is once it is locked.
 */

/** How long a lane stays with a relay that has fallen silent. Less: a slow database breaks leases. More: a killed relay's events wait longer. */
export const leaseMs = 10_000;
/** Events taken from a lane at once; after a kill so many are delivered again at most. */
const laneRows = 20;

/** $5: the relay's place, $6: its process's life, $4: the relay, $7: first rows of the lanes that it has in hand. */
const free = isFree("$5", "(not starts_with(claimed_by, $6) or (claimed_by = $4 and position <> all($7::bigint[])))");

export interface LaneEvent extends EventRecord {
  readonly position: number;
  readonly attempts: number;
}

export interface Lane {
  readonly key: string;
  readonly events: LaneEvent[];
}

/**
 * Walks over the keys from `cursor` on (one index probe a key, however many rows a key has), and claims lanes whose
 * first event is due and free.
 */
const claimText = `
  with recursive keys (key) as (
    (select key from seamline_outbox
      where subscriber = $1 and dead_at is null and key >= $2 order by key limit 1)
    union all
    select (select o.key from seamline_outbox o
      where o.subscriber = $1 and o.dead_at is null and o.key > k.key order by o.key limit 1)
    from keys k where k.key is not null
  ), heads as (
    select h.position from keys k cross join lateral (
      select position, next_at, claimed_by, claimed_until from seamline_outbox o
      where o.subscriber = $1 and o.key = k.key and o.dead_at is null order by position limit 1) h
    where h.next_at <= now() and ${free}
    limit $3
  ), mine as (
    select position from seamline_outbox
    where position in (select position from heads)
      and dead_at is null and next_at <= now() and ${free}
    for update skip locked
  ), claimed as (
    update seamline_outbox set claimed_by = $4, claimed_until = now() + ${leaseMs} * interval '1 ms'
    where position in (select position from mine) returning key
  )
  select e.* from claimed c cross join lateral (
    select position, key, id, event, payload, at, traceparent, attempts from seamline_outbox o
    where o.subscriber = $1 and o.key = c.key and o.dead_at is null order by position limit ${laneRows}) e
  order by e.key, e.position`;

/** Claims up to `limit` lanes of a subscriber, whose keys are `cursor` or come after it. */
export async function claimLanes(
  line: Line,
  holder: Holder,
  relay: string,
  subscriber: string,
  cursor: string,
  limit: number,
  inHand: readonly number[],
): Promise<Lane[]> {
  const { rows } = await line.query(claimText, [subscriber, cursor, limit, relay, holder.place, holder.life, inHand]);
  const lanes: Lane[] = [];
  for (const { at, ...row } of rows) {
    if (lanes.at(-1)?.key !== row.key) lanes.push({ key: row.key, events: [] });
    lanes.at(-1)!.events.push({ ...row, at: at.toISOString() });
  }
  return lanes;
}

/** The smallest key after `key` (the column is compared byte by byte, and text has no NUL). */
export const after = (key: string): string => `${key}\u0001`;

export async function renewLeases(line: Line, relay: string, heads: readonly number[]): Promise<void> {
  const text = `update seamline_outbox set claimed_until = now() + ${leaseMs} * interval '1 ms'
    where position = any($1::bigint[]) and claimed_by = $2`;
  await line.query(text, [heads, relay]);
}

export async function removeDelivered(line: Line, positions: readonly number[]): Promise<void> {
  await line.query("delete from seamline_outbox where position = any($1::bigint[])", [positions]);
}

export interface Trouble {
  readonly event: LaneEvent;
  readonly attempts: number;
  readonly dead: boolean;
  readonly retryMs: number;
  readonly message: string;
}

/** Removes what a lane delivered before its trouble, and puts the troubled event, now its first, off. */
export async function putOff(line: Line, delivered: readonly number[], trouble: Trouble): Promise<void> {
  const text = `
    with gone as (delete from seamline_outbox where position = any($1::bigint[]))
    update seamline_outbox set attempts = $3, last_error = $4, next_at = now() + $5 * interval '1 ms',
      dead_at = case when $6 then now() end, claimed_by = null, claimed_until = null
    where position = $2`;
  const { event, attempts, message, retryMs, dead } = trouble;
  await line.query(text, [delivered, event.position, attempts, message, retryMs, dead]);
}

export async function giveBack(line: Line, relay: string, head: number): Promise<void> {
  const text =
    "update seamline_outbox set claimed_by = null, claimed_until = null where position = $1 and claimed_by = $2";
  await line.query(text, [head, relay]);
}

/** Tells other relays of the module that there is something left for these subscribers. */
export async function tellOthers(line: Line, subscribers: readonly string[]): Promise<void> {
  const text = `select pg_notify(${ownChannel}, subscriber) from unnest($1::text[]) as each (subscriber)
    where exists (select from seamline_outbox o where o.subscriber = each.subscriber and dead_at is null)`;
  await line.query(text, [subscribers]);
}

export async function hasWork(line: Line): Promise<boolean> {
  const { rows } = await line.query("select exists (select 1 from seamline_outbox where dead_at is null) as work", []);
  return rows[0].work as boolean;
}
