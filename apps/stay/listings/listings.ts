import { randomUUIDv7 } from "node:crypto";
import type { Kysely } from "kysely";
import { module } from "seamline";
import { accounts, closedName } from "../../shared/accounts/contract.ts";
import { currentName, noteAuthor } from "../../shared/authors.ts";
import { letterHandlers } from "../../shared/letters.ts";
import { moderation } from "../../shared/moderation/contract.ts";
import { paceSeconds } from "../../shared/pace.ts";
import { problemOf, todayAt } from "../dates.ts";
import { reviews } from "../reviews/contract.ts";
import { listings } from "./contract.ts";
import { tables, type ListingRow, type Tables } from "./migrations.ts";
import {
  changeListing,
  eventFor,
  lockListing,
  maySee,
  missingOf,
  pageOf,
  published,
  publishedOf,
  publishedOne,
  toCard,
  toColumns,
  toListing,
  toQuote,
  toSnapshot,
} from "./rows.ts";

/** Listings of one host in an hour. Higher lets floods through; lower stops people who let many houses. */
const pace = { writes: 30, windowMs: 3_600_000 };

export default module(listings, {
  store: tables,
  ...letterHandlers,

  async get({ id }, { store, caller, fail }) {
    const row = await store.selectFrom("listings").selectAll().where("id", "=", id).executeTakeFirst();
    if (!row || !maySee(caller.user, row)) return fail("notFound", { id });
    return toListing(row);
  },

  async getMany({ ids }, { store }) {
    return (await publishedOf(store, ids)).map(toCard);
  },

  async browse({ place, page }, { store }) {
    return await pageOf(store, { place }, page);
  },

  async scan({ after, limit }, { store }) {
    const rows = await published(store)
      .$if(after !== null, (query) => query.where("id", ">", after!))
      .orderBy("id")
      .limit(limit)
      .execute();
    return rows.map(toListing);
  },

  async quote({ listing, from, to, guests }, { store, fail, now }) {
    const row = await publishedOne(store, listing);
    if (!row) return fail("notFound", { id: listing });
    const reason = problemOf({ from, to }, now());
    if (reason) return fail("invalidDates", { reason, today: todayAt(now()) });
    if (guests < 1 || guests > row.capacity) return fail("guests", { min: 1, max: row.capacity });
    return toQuote(row, { from, to }, guests);
  },

  async quoteMany({ listings: ids, from, to, guests }, { store, fail, now }) {
    const reason = problemOf({ from, to }, now());
    if (reason) return fail("invalidDates", { reason, today: todayAt(now()) });
    const those = (await publishedOf(store, ids)).filter(({ capacity }) => guests >= 1 && guests <= capacity);
    return those.map((row) => toQuote(row, { from, to }, guests));
  },

  async byHost({ page }, { store, caller, fail }) {
    if (!caller.user) return fail("forbidden", { reason: "signIn" });
    return await pageOf(store, { host: caller.user.id }, page);
  },

  async create(draft, { store, caller: { user }, emit, fail, now }) {
    const at = now();
    if (!user) return fail("forbidden", { reason: "signIn" });
    const name = await currentName(store, user);
    if (name === null) return fail("forbidden", { reason: "accountClosed" });
    const retryAfterSeconds = await paceSeconds(store, "listings", user.id, pace, at);
    if (retryAfterSeconds > 0) return fail("tooOften", { retryAfterSeconds });
    const row = await store
      .insertInto("listings")
      .values({
        ...toColumns(draft),
        id: randomUUIDv7(),
        author_id: user.id,
        author_name: name,
        state: "draft",
        rating_count: 0,
        rating_average: null,
        rating_version: 0,
        hidden_from: null,
        created_at: at,
        version: 1,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    // Its host can block nights before anybody can see it, so availability hears of drafts too.
    emit("listingChanged", toSnapshot(row, at));
    return toListing(row);
  },

  async edit({ id, version, ...draft }, { store, caller: { user }, emit, fail, now }) {
    if (!user) return fail("forbidden", { reason: "signIn" });
    const row = await lockListing(store, id);
    if (!row || !maySee(user, row)) return fail("notFound", { id });
    if (row.author_id !== user.id) return fail("forbidden", { reason: "notHost" });
    if (row.version !== version) return fail("editConflict", { version: row.version });
    const changed = await changeListing(store, id, toColumns(draft));
    emit(eventFor(changed), toSnapshot(changed, now()));
    return toListing(changed);
  },

  async publish({ id }, { store, caller: { user }, emit, fail, now }) {
    if (!user) return fail("forbidden", { reason: "signIn" });
    const row = await lockListing(store, id);
    if (!row || !maySee(user, row)) return fail("notFound", { id });
    if (row.author_id !== user.id) return fail("forbidden", { reason: "notHost" });
    if (row.hidden_from !== null) return fail("forbidden", { reason: "hidden" });
    if (row.state === "published") return toListing(row);
    const missing = missingOf(row);
    if (missing.length > 0) return fail("notReady", { missing });
    const changed = await changeListing(store, id, { state: "published" });
    emit("listingPublished", toSnapshot(changed, now()));
    return toListing(changed);
  },

  async pause({ id }, { store, caller: { user }, emit, fail, now }) {
    if (!user) return fail("forbidden", { reason: "signIn" });
    const row = await lockListing(store, id);
    if (!row || !maySee(user, row)) return fail("notFound", { id });
    if (row.author_id !== user.id) return fail("forbidden", { reason: "notHost" });
    if (row.state !== "published") return toListing(row);
    const changed = await changeListing(store, id, { state: "paused" });
    emit("listingPaused", toSnapshot(changed, now()));
    return toListing(changed);
  },

  on: (subscribe) => [
    subscribe(reviews.ratingChanged, async ({ listing, count, average, version }, { store }) => {
      await store
        .updateTable("listings")
        .set({ rating_count: count, rating_average: average, rating_version: version })
        .where("id", "=", listing)
        .where("rating_version", "<", version)
        .execute();
    }),
    subscribe(moderation.contentHidden, async ({ kind, id }, { store, emit, now }) => {
      const row = kind === "listing" ? await lockListing(store, id) : undefined;
      if (!row || row.hidden_from !== null) return;
      const changed = await changeListing(store, id, { state: "paused", hidden_from: row.state });
      emit("listingPaused", toSnapshot(changed, now()));
    }),
    subscribe(moderation.contentRestored, async ({ kind, id }, { store, emit, now }) => {
      const row = kind === "listing" ? await lockListing(store, id) : undefined;
      if (!row || row.hidden_from === null) return;
      // Nobody could answer for a house whose host has left meanwhile.
      const state = row.author_id === null ? "paused" : row.hidden_from;
      const changed = await changeListing(store, id, { state, hidden_from: null });
      emit(state === "published" ? "listingPublished" : eventFor(changed), toSnapshot(changed, now()));
    }),
    subscribe(accounts.userRenamed, async ({ user, name, at }, { store, emit, now }) => {
      if (!(await noteAuthor(store, { id: user, name, at }))) return;
      for (const row of await changeAllOf(store, user, { author_name: name }))
        emit(eventFor(row), toSnapshot(row, now()));
    }),
    subscribe(accounts.userClosed, async ({ user, at }, { store, emit, now }) => {
      if (!(await noteAuthor(store, { id: user, name: null, at }))) return;
      const left = { author_id: null, author_name: closedName, state: "paused" } as const;
      for (const row of await changeAllOf(store, user, left)) emit("listingPaused", toSnapshot(row, now()));
    }),
  ],
});

/** Changes all listings of a host. */
function changeAllOf(store: Kysely<Tables>, host: string, change: Partial<ListingRow>): Promise<ListingRow[]> {
  return store
    .updateTable("listings")
    .set((eb) => ({ ...change, version: eb("version", "+", 1) }))
    .where("author_id", "=", host)
    .returningAll()
    .execute();
}
