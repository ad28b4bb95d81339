import { randomUUIDv7 } from "node:crypto";
import type { Kysely, Selectable } from "kysely";
import { module } from "seamline";
import { accounts, closedName } from "../../shared/accounts/contract.ts";
import { currentName, noteAuthor } from "../../shared/authors.ts";
import { letterHandlers } from "../../shared/letters.ts";
import { moderation } from "../../shared/moderation/contract.ts";
import { bookings } from "../bookings/contract.ts";
import { reviews, reviewsPerPage, type Review } from "./contract.ts";
import { tables, type Tables } from "./migrations.ts";
import { rate, toRated } from "./ratings.ts";

type ReviewRow = Selectable<Tables["reviews"]>;
/** What moderation calls a review. */
const kind = "review";
const maxStays = 100;

export default module(reviews, {
  store: tables,
  ...letterHandlers,

  async forListing({ listing, page }, { store }) {
    const row = await store.selectFrom("ratings").selectAll().where("listing", "=", listing).executeTakeFirst();
    const rating = toRated(row);
    const shown = await store
      .selectFrom("reviews")
      .selectAll()
      .where("listing", "=", listing)
      .where("hidden", "=", false)
      .orderBy("id", "desc")
      .offset((page - 1) * reviewsPerPage)
      .limit(reviewsPerPage)
      .execute();
    const pages = Math.max(1, Math.ceil(rating.count / reviewsPerPage));
    return { reviews: shown.map(toReview), rating, page, pages };
  },

  async get({ review }, { store, fail }) {
    const row = await store
      .selectFrom("reviews")
      .selectAll()
      .where("id", "=", review)
      .where("hidden", "=", false)
      .executeTakeFirst();
    return row ? toReview(row) : fail("notFound", { review });
  },

  async summaryMany({ listings }, { store }) {
    if (listings.length === 0) return {};
    const rows = await store.selectFrom("ratings").selectAll().where("listing", "in", listings).execute();
    // The database writes ids in lower case; the answer has them as they were asked for.
    const known = new Map(rows.filter(({ count }) => count > 0).map((row) => [row.listing, row]));
    const asked = listings.filter((id) => known.has(id.toLowerCase()));
    return Object.fromEntries(asked.map((id) => [id, toRated(known.get(id.toLowerCase()))]));
  },

  async eligible({ listing }, { store, caller: { user }, fail }) {
    if (!user) return fail("forbidden", { reason: "signIn" });
    const rows = await store
      .selectFrom("stays")
      .leftJoin("reviews", "reviews.stay", "stays.id")
      .selectAll("stays")
      .select("reviews.id as review")
      .where("stays.guest_id", "=", user.id)
      .$if(listing !== undefined, (query) => query.where("stays.listing", "=", listing!))
      .orderBy("stays.arrival", "desc")
      .limit(maxStays)
      .execute();
    return rows.map(({ id, listing, title, arrival, departure, review }) => ({
      stay: id,
      listing,
      title,
      from: arrival,
      to: departure,
      reviewed: review !== null,
    }));
  },

  async submit({ stay, stars, content }, { store, caller: { user }, emit, fail, now }) {
    const at = now();
    if (!user) return fail("forbidden", { reason: "signIn" });
    const author_name = await currentName(store, user);
    if (author_name === null) return fail("forbidden", { reason: "accountClosed" });
    const was = await store.selectFrom("stays").selectAll().where("id", "=", stay).executeTakeFirst();
    if (!was || was.guest_id !== user.id) return fail("notAGuest", { stay });

    const row = await store
      .insertInto("reviews")
      .values({
        id: randomUUIDv7(),
        stay,
        listing: was.listing,
        author_id: user.id,
        author_name,
        stars,
        content,
        created_at: at,
        reply: null,
        replied_at: null,
        hidden: false,
      })
      .onConflict((conflict) => conflict.column("stay").doNothing())
      .returningAll()
      .executeTakeFirst();
    if (!row) {
      const earlier = await store.selectFrom("reviews").select("id").where("stay", "=", stay).executeTakeFirstOrThrow();
      return fail("alreadyReviewed", { review: earlier.id });
    }
    const host = { id: was.host_id, name: was.host_name };
    emit("ratingChanged", { ...(await rate(store, row, 1)), at: at.toISOString() });
    emit("reviewPublished", { ...toReview(row), title: was.title, host });
    return toReview(row);
  },

  async reply({ review, content }, { store, caller: { user }, fail, now }) {
    if (!user) return fail("forbidden", { reason: "signIn" });
    if ((await currentName(store, user)) === null) return fail("forbidden", { reason: "accountClosed" });
    const row = await lockReview(store, review);
    if (!row || row.hidden) return fail("notFound", { review });
    const { host_id } = await store
      .selectFrom("stays")
      .select("host_id")
      .where("id", "=", row.stay)
      .executeTakeFirstOrThrow();
    if (host_id !== user.id) return fail("forbidden", { reason: "notHost" });
    const replied = await store
      .updateTable("reviews")
      .set({ reply: content, replied_at: now() })
      .where("id", "=", review)
      .returningAll()
      .executeTakeFirstOrThrow();
    return toReview(replied);
  },

  async hide({ review, hidden }, context) {
    const { store, fail } = context;
    const { user } = context.caller;
    if (!user?.roles.includes("admin")) return fail("forbidden", { reason: user ? "adminsOnly" : "signIn" });
    const row = await lockReview(store, review);
    if (!row) return fail("notFound", { review });
    await show(row, hidden, context);
    return { hidden };
  },

  on: (subscribe) => [
    subscribe(bookings.stayCompleted, async ({ booking, listing, title, guest, host, from, to }, { store }) => {
      const closed =
        host.id !== null && (await currentName(store, { id: host.id, name: host.name, roles: [] })) === null;
      await store
        .insertInto("stays")
        .values({
          id: booking,
          listing,
          title,
          guest_id: guest.id,
          host_id: closed ? null : host.id,
          host_name: closed ? closedName : host.name,
          arrival: from,
          departure: to,
        })
        .execute();
    }),
    subscribe(moderation.contentHidden, async (hidden, context) => {
      const row = hidden.kind === kind ? await lockReview(context.store, hidden.id) : undefined;
      if (row) await show(row, true, context);
    }),
    subscribe(moderation.contentRestored, async (restored, context) => {
      const row = restored.kind === kind ? await lockReview(context.store, restored.id) : undefined;
      if (row) await show(row, false, context);
    }),
    subscribe(accounts.userRenamed, async ({ user, name, at }, { store }) => {
      if (await noteAuthor(store, { id: user, name, at })) await callAuthor(store, user, { id: user, name });
    }),
    subscribe(accounts.userClosed, async ({ user, at }, { store }) => {
      if (!(await noteAuthor(store, { id: user, name: null, at }))) return;
      await callAuthor(store, user, { id: null, name: closedName });
      await store.updateTable("stays").set({ guest_id: null }).where("guest_id", "=", user).execute();
    }),
  ],
});

function toReview(row: ReviewRow): Review {
  return {
    id: row.id,
    listing: row.listing,
    stay: row.stay,
    author: { id: row.author_id, name: row.author_name },
    stars: row.stars,
    content: row.content,
    at: row.created_at.toISOString(),
    reply: row.reply === null ? null : { content: row.reply, at: row.replied_at!.toISOString() },
  };
}

/** A review, held until the transaction ends. */
function lockReview(store: Kysely<Tables>, id: string): Promise<ReviewRow | undefined> {
  return store.selectFrom("reviews").selectAll().where("id", "=", id).forUpdate().executeTakeFirst();
}

interface Showing {
  readonly store: Kysely<Tables>;
  now(): Date;
  emit(name: "ratingChanged", payload: Awaited<ReturnType<typeof rate>> & { at: string }): void;
  emit(name: "reviewHidden", payload: { id: string; listing: string; hidden: boolean; at: string }): void;
}

/** Hides a review or shows it again; its stars count while it is shown. Nothing happens where it is so already. */
async function show(row: ReviewRow, hidden: boolean, { store, now, emit }: Showing): Promise<void> {
  if (row.hidden === hidden) return;
  const at = now().toISOString();
  await store.updateTable("reviews").set({ hidden }).where("id", "=", row.id).execute();
  emit("ratingChanged", { ...(await rate(store, row, hidden ? -1 : 1)), at });
  emit("reviewHidden", { id: row.id, listing: row.listing, hidden, at });
}

async function callAuthor(store: Kysely<Tables>, user: string, { id, name }: Review["author"]): Promise<void> {
  await store.updateTable("reviews").set({ author_id: id, author_name: name }).where("author_id", "=", user).execute();
  await store.updateTable("stays").set({ host_id: id, host_name: name }).where("host_id", "=", user).execute();
}
