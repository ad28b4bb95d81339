import type { Kysely } from "kysely";
import type { ReadStore, User } from "seamline";
import type { Dates } from "../dates.ts";
import type { Place } from "../places.ts";
import { listingsPerPage, type Listing, type ListingCard, type Quote } from "./contract.ts";
import type { ListingRow, Tables } from "./migrations.ts";
import { priceOf } from "./pricing.ts";

/** Listings as rows, as callers see them, and in pages. */

/** A description shorter than this tells nobody what to expect. */
const minDescription = 20;

export function toListing(row: ListingRow): Listing {
  const { id, state, title, description, place, capacity, units, nightly, cleaning, amenities, policy, photos } = row;
  return {
    ...{ id, state, title, description, place, capacity, units, nightly, cleaning, amenities, policy, photos },
    host: { id: row.author_id, name: row.author_name },
    rating: { count: row.rating_count, average: row.rating_average },
    createdAt: row.created_at.toISOString(),
    version: row.version,
  };
}

export function toCard(row: ListingRow): ListingCard {
  return { ...toListing(row), photo: row.photos[0] ?? null };
}

export function toQuote(row: ListingRow, dates: Dates, guests: number): Quote {
  const { title, place, photo, host } = toCard(row);
  return { listing: row.id, title, place, photo, host, policy: row.policy, ...dates, guests, ...priceOf(row, dates) };
}

/** What an event tells of a listing. */
export function toSnapshot(row: ListingRow, at: Date) {
  return { ...toListing(row), at: at.toISOString() };
}

/** The event that fits a listing's state now. */
export function eventFor({ state }: ListingRow) {
  return state === "paused" ? "listingPaused" : "listingChanged";
}

/** What a host writes, as columns. */
export function toColumns<T extends { photos: Listing["photos"] }>(draft: T) {
  return { ...draft, photos: JSON.stringify(draft.photos) as unknown as Listing["photos"] };
}

export function missingOf({ photos, description }: ListingRow): ("photos" | "description")[] {
  return [
    ...(photos.length === 0 ? ["photos" as const] : []),
    ...(description.length < minDescription ? ["description" as const] : []),
  ];
}

export function maySee(user: User | null, row: ListingRow): boolean {
  return row.state === "published" || (user !== null && (row.author_id === user.id || user.roles.includes("admin")));
}

export function published(store: ReadStore<Tables>) {
  return store.selectFrom("listings").selectAll().where("state", "=", "published");
}

/** Those of the listings that are published, in the order of the ids. */
export async function publishedOf(store: ReadStore<Tables>, ids: readonly string[]): Promise<ListingRow[]> {
  if (ids.length === 0) return [];
  const rows = await published(store).where("id", "in", ids).execute();
  const byId = new Map(rows.map((row) => [row.id, row]));
  // The database writes ids in lower case.
  return ids.flatMap((id) => byId.get(id.toLowerCase()) ?? []);
}

export async function publishedOne(store: ReadStore<Tables>, id: string): Promise<ListingRow | undefined> {
  return published(store).where("id", "=", id).executeTakeFirst();
}

/** A listing, held until the transaction ends. */
export function lockListing(store: Kysely<Tables>, id: string): Promise<ListingRow | undefined> {
  return store.selectFrom("listings").selectAll().where("id", "=", id).forUpdate().executeTakeFirst();
}

/** Changes a listing and counts the change. */
export function changeListing(store: Kysely<Tables>, id: string, change: Partial<ListingRow>): Promise<ListingRow> {
  return store
    .updateTable("listings")
    .set((eb) => ({ ...change, version: eb("version", "+", 1) }))
    .where("id", "=", id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Which listings: the published ones, of one place or of all, or all of one host. */
export type Which = { readonly place: Place | undefined } | { readonly host: string };

/** One page of listings, the newest first. */
export async function pageOf(store: ReadStore<Tables>, which: Which, page: number) {
  const those = store
    .selectFrom("listings")
    .$if("host" in which, (query) => query.where("author_id", "=", (which as { host: string }).host))
    .$if(!("host" in which), (query) => query.where("state", "=", "published"))
    .$if("place" in which && which.place !== undefined, (query) =>
      query.where("place", "=", (which as { place: Place }).place),
    );
  const { total } = await those.select((eb) => eb.fn.countAll<number>().as("total")).executeTakeFirstOrThrow();
  const rows = await those
    .selectAll()
    .orderBy("id", "desc")
    .offset((page - 1) * listingsPerPage)
    .limit(listingsPerPage)
    .execute();
  return { listings: rows.map(toCard), page, pages: Math.max(1, Math.ceil(total / listingsPerPage)), total };
}
