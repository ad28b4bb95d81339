import { sql, type Kysely } from "kysely";
import { nightsOf } from "../dates.ts";
import type { Hold } from "./contract.ts";
import type { HoldRow, Tables } from "./migrations.ts";
import { giveNightsBack, lockListings, type LockedListing } from "./nights.ts";

/**
 * Holds: nights that are somebody's, for a while or for good.
 *
 *   held ──confirm──▶ confirmed ──release──▶ released
 *     ├──release──▶ released
 *     └──its time is over──▶ expired
 *
 * A hold whose time is over is treated as expired by everybody who looks at it; that its nights are given back is a
 * matter of the next sweep, or of the next who wants nights of that listing, whichever comes first.
 */

export function toHold(row: HoldRow, now: Date): Hold {
  const over = isOver(row, now);
  return {
    id: row.id,
    listing: row.listing,
    from: row.from_night,
    to: row.to_night,
    units: row.units,
    state: over ? "expired" : row.state,
    expiresAt: over ? null : (row.expires_at?.toISOString() ?? null),
  };
}

/** What events tell of a hold. */
export function toNews({ id, listing, from_night, to_night, units }: HoldRow, at: Date) {
  return { hold: id, listing, from: from_night, to: to_night, units, at: at.toISOString() };
}

export function isOver({ expires_at }: HoldRow, now: Date): boolean {
  return expires_at !== null && expires_at <= now;
}

/** A hold, held until the transaction ends. */
export function lockHold(store: Kysely<Tables>, id: string): Promise<HoldRow | undefined> {
  return store.selectFrom("holds").selectAll().where("id", "=", id).forUpdate().executeTakeFirst();
}

export function changeHold(store: Kysely<Tables>, id: string, change: Partial<HoldRow>): Promise<HoldRow> {
  return store.updateTable("holds").set(change).where("id", "=", id).returningAll().executeTakeFirstOrThrow();
}

/**
 * Nights that a hold cannot have, from a look at the counters without a lock: whoever comes too late for much-wanted
 * nights is told so at once and keeps nobody waiting. Nothing here means nothing: only `placeHold` takes nights, and a
 * hold that is there already, or others whose time is over, are its matter.
 */
export async function nightsGone(
  store: Pick<Kysely<Tables>, "getExecutor">,
  hold: HoldRow,
  now: Date,
): Promise<string[]> {
  const { rows } = await sql<{ night: string }>`
    select night from nights
    where listing = ${hold.listing} and night >= ${hold.from_night} and night < ${hold.to_night}
      and (blocked or taken + ${hold.units} > capacity)
      and exists (select from listings where id = ${hold.listing} and open)
      and not exists (
        select from holds where id = ${hold.id}
          or (listing = ${hold.listing} and state = 'held' and expires_at <= ${now})
      )
    order by night`.execute(store as Kysely<Tables>);
  return rows.map(({ night }) => night);
}

/**
 * Places a hold of a locked listing and takes its nights, in one statement: where many want the same nights, each waits
 * for all before it, so what counts is how often each of them has to ask the database.
 *
 * @returns the nights that have too little left, none if all was taken; null: there is a hold with this id already
 */
export async function placeHold(store: Kysely<Tables>, hold: HoldRow, capacity: number): Promise<string[] | null> {
  const nights = nightsOf({ from: hold.from_night, to: hold.to_night });
  const { rows } = await sql<{ taken: string[] }>`
    with placed as (
      insert into holds (id, listing, from_night, to_night, units, state, expires_at, placed_at)
      values (${hold.id}, ${hold.listing}, ${hold.from_night}, ${hold.to_night}, ${hold.units}, ${hold.state},
        ${hold.expires_at}, ${hold.placed_at})
      on conflict (id) do nothing returning id
    ), taken as (
      insert into nights (listing, night, taken, capacity)
      select ${hold.listing}::uuid, night, ${hold.units}::int, ${capacity}::int from unnest(${nights}::date[]) as night
      where exists (select from placed) and ${hold.units}::int <= ${capacity}::int order by night
      on conflict (listing, night) do update set taken = nights.taken + excluded.taken
      where not nights.blocked and nights.taken + excluded.taken <= nights.capacity
      returning night
    )
    select array(select night from taken) as taken from placed`.execute(store);
  const taken = rows[0] && new Set(rows[0].taken);
  return taken ? nights.filter((night) => !taken.has(night)) : null;
}

/** Ends holds of locked listings whose time is over, and gives their nights back. @returns them */
export async function expireOverdue(
  store: Kysely<Tables>,
  listings: readonly LockedListing[],
  now: Date,
): Promise<HoldRow[]> {
  if (!listings.some(({ overdue }) => overdue)) return [];
  const units = new Map(listings.map((listing) => [listing.id, listing.units]));
  const over = await store
    .updateTable("holds")
    .set({ state: "expired", expires_at: null })
    .where("listing", "in", [...units.keys()])
    .where("state", "=", "held")
    .where("expires_at", "<=", now)
    .returningAll()
    .execute();
  for (const hold of over) await giveNightsBack(store, hold, units.get(hold.listing)!);
  return over;
}

/** Listings, at most `limit`, that have holds whose time is over. */
export async function overdueListings(
  store: Pick<Kysely<Tables>, "selectFrom">,
  now: Date,
  limit: number,
): Promise<string[]> {
  const overdue = store
    .selectFrom("holds")
    .select("listing")
    .where("state", "=", "held")
    .where("expires_at", "<=", now)
    .orderBy("expires_at")
    .limit(limit);
  const rows = await store.selectFrom(overdue.as("overdue")).select("listing").distinct().execute();
  return rows.map(({ listing }) => listing);
}

/** The listing of a hold that is being given back, held until the transaction ends: it comes before the hold's own row. */
export async function lockListingOf(
  store: Kysely<Tables>,
  hold: string,
  now: Date,
): Promise<LockedListing | undefined> {
  const row = await store.selectFrom("holds").select("listing").where("id", "=", hold).executeTakeFirst();
  return row && (await lockListings(store, [row.listing], now))[0];
}
