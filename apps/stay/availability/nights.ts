import { sql, type Kysely } from "kysely";
import type { Dates } from "../dates.ts";
import type { HoldRow, Tables } from "./migrations.ts";

/**
 * The counters of nights. That no night is taken beyond its capacity is seen to by the statement that counts: it looks
 * and takes in one (`placeHold`). Whoever changes counters holds the listing's row, so that of several who want some of
 * the same nights, none waits for another that waits for it.
 */

export interface LockedListing {
  readonly id: string;
  readonly host_id: string | null;
  readonly units: number;
  readonly open: boolean;
  /** Whether it may have holds whose time is over: it had them before the wait for its row, if not after it. */
  readonly overdue: boolean;
}

/** Holds listings, in the order of their ids, until the transaction ends; those that nobody told of are left out. */
export function lockListings(store: Kysely<Tables>, ids: readonly string[], now: Date): Promise<LockedListing[]> {
  return store
    .selectFrom("listings")
    .select((eb) => [
      "id",
      "host_id",
      "units",
      "open",
      eb
        .exists(
          eb
            .selectFrom("holds")
            .select("holds.id")
            .whereRef("listing", "=", "listings.id")
            .where("state", "=", "held")
            .where("expires_at", "<=", now),
        )
        .$castTo<boolean>()
        .as("overdue"),
    ])
    .where("id", "in", ids)
    .orderBy("id")
    .forNoKeyUpdate()
    .execute();
}

/** Gives back what a hold had taken. Where there are fewer units by now, what is given back is nobody's any more. */
export async function giveNightsBack(store: Kysely<Tables>, hold: HoldRow, capacity: number): Promise<void> {
  const { listing, from_night: from, to_night: to, units } = hold;
  const those = sql`listing = ${listing} and night >= ${from} and night < ${to}`;
  await sql`delete from nights where ${those} and taken = ${units} and not blocked`.execute(store);
  await sql`update nights set taken = taken - ${units}, capacity = greatest(taken - ${units}, ${capacity}::int)
    where ${those} and (taken > ${units} or blocked)`.execute(store);
}

/** The listing has another number of units now. What is taken stays taken. */
export async function resize(store: Kysely<Tables>, listing: string, units: number): Promise<void> {
  await sql`update nights set capacity = greatest(taken, ${units}::int)
    where listing = ${listing} and capacity <> greatest(taken, ${units}::int)`.execute(store);
}

/** @returns how many of the nights were not blocked before */
export async function blockNights(
  store: Kysely<Tables>,
  { id, units }: LockedListing,
  nights: readonly string[],
): Promise<number> {
  const { rows } = await sql`
    insert into nights (listing, night, capacity, blocked)
    select distinct ${id}::uuid, night, ${units}::int, true from unnest(${nights}::date[]) as night order by night
    on conflict (listing, night) do update set blocked = true where not nights.blocked
    returning night`.execute(store);
  return rows.length;
}

/** @returns how many of the nights were blocked before */
export async function unblockNights(
  store: Kysely<Tables>,
  listing: string,
  nights: readonly string[],
): Promise<number> {
  const those = sql`listing = ${listing} and night = any(${nights}::date[]) and blocked`;
  const gone = await sql`delete from nights where ${those} and taken = 0 returning night`.execute(store);
  const freed = await sql`update nights set blocked = false where ${those} returning night`.execute(store);
  return gone.rows.length + freed.rows.length;
}

/** What is left of each night. Nights of holds whose time is over count as left, given back or not. */
export async function calendarOf(
  store: Pick<Kysely<Tables>, "getExecutor">,
  listing: string,
  { from, to }: Dates,
  now: Date,
) {
  const { rows } = await sql<{ night: string; left: number; blocked: boolean }>`
    select day::date as night, coalesce(nights.blocked, false) as blocked,
      case when nights.blocked then 0
        else greatest(0, listings.units - coalesce(nights.taken, 0) + coalesce(overdue.units, 0))::int end as left
    from listings
    cross join generate_series(${from}::date, ${to}::date - 1, interval '1 day') as day
    left join nights on nights.listing = listings.id and nights.night = day::date
    left join lateral (
      select sum(units) as units from holds
      where listing = listings.id and state = 'held' and expires_at <= ${now}
        and from_night <= day::date and to_night > day::date
    ) as overdue on true
    where listings.id = ${listing} order by day`.execute(store as Kysely<Tables>);
  return rows;
}

/** Those of the listings that people can stay at, in the given order. */
export async function freeOf(
  store: Pick<Kysely<Tables>, "getExecutor">,
  listings: readonly string[],
  { from, to }: Dates,
  units: number,
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select asked.id from unnest(${listings}::uuid[]) with ordinality as asked (id, place)
    -- Offset 0: each is looked up by itself, where a join might read through all listings.
    cross join lateral (select open, units from listings where id = asked.id offset 0) as listing
    where listing.open and listing.units >= ${units} and not exists (
      select from nights where nights.listing = asked.id and night >= ${from} and night < ${to}
        and (blocked or taken + ${units} > capacity)
    )
    order by place`.execute(store as Kysely<Tables>);
  return rows.map(({ id }) => id);
}
