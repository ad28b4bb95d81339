import { module, type Caller } from "seamline";
import { letterHandlers } from "../../shared/letters.ts";
import { daysBetween, problemOf, todayAt } from "../dates.ts";
import { listings } from "../listings/contract.ts";
import { availability, maxCalendarNights } from "./contract.ts";
import {
  changeHold,
  expireOverdue,
  isOver,
  lockHold,
  lockListingOf,
  nightsGone,
  overdueListings,
  placeHold,
  toHold,
  toNews,
} from "./holds.ts";
import { tables, type HoldRow } from "./migrations.ts";
import { blockNights, calendarOf, freeOf, giveNightsBack, lockListings, resize, unblockNights } from "./nights.ts";

/** Who may take nights for people. From outside nobody can come in as "edge": these operations have no route. */
const takers = ["bookings", "edge"];
/** Holds that one sweep ends in one transaction. More holds the rows of more listings at once. */
const sweepSize = 50;

export default module(availability, {
  store: tables,
  ...letterHandlers,

  async calendar({ listing, from, to }, { store, fail, now }) {
    const today = todayAt(now());
    if (to <= from) return fail("invalidDates", { reason: "inverted", today });
    if (daysBetween(from, to) > maxCalendarNights) return fail("invalidDates", { reason: "tooLong", today });
    const nights = await calendarOf(store, listing, { from, to }, now());
    return nights.length > 0 ? nights : fail("unknownListing", { listing });
  },

  async filter({ listings, from, to, units }, { store, fail, now }) {
    const reason = problemOf({ from, to }, now());
    if (reason) return fail("invalidDates", { reason, today: todayAt(now()) });
    return listings.length === 0 ? [] : await freeOf(store, listings, { from, to }, units);
  },

  async getHold({ hold }, { store, now }) {
    const row = await store.selectFrom("holds").selectAll().where("id", "=", hold).executeTakeFirst();
    return row ? toHold(row, now()) : null;
  },

  async hold({ hold: id, listing, from, to, units, ttlSeconds }, { read, store, caller, emit, fail, now }) {
    const at = now();
    if (!mayTake(caller)) return fail("denied", { module: caller.module });
    const reason = problemOf({ from, to }, at);
    if (reason) return fail("invalidDates", { reason, today: todayAt(at) });
    const row: HoldRow = {
      id,
      listing,
      from_night: from,
      to_night: to,
      units,
      state: "held",
      expires_at: new Date(at.getTime() + ttlSeconds * 1000),
      placed_at: at,
    };
    const gone = await nightsGone(read, row, at);
    if (gone.length > 0) return fail("soldOut", { nights: gone });
    const [place] = await lockListings(store, [listing], at);
    if (!place?.open) return fail("unknownListing", { listing });
    for (const over of await expireOverdue(store, [place], at)) emit("holdExpired", toNews(over, at));
    const nights = await placeHold(store, row, place.units);
    if (nights === null) return toHold((await lockHold(store, id))!, at);
    if (nights.length > 0) return fail("soldOut", { nights });
    emit("holdPlaced", toNews(row, at));
    return toHold(row, at);
  },

  async keep({ hold, ttlSeconds }, { store, caller, fail, now }) {
    const at = now();
    if (!mayTake(caller)) return fail("denied", { module: caller.module });
    const row = await lockHold(store, hold);
    if (row?.state !== "held" || isOver(row, at)) return fail("holdGone", goneBy(hold, row && toHold(row, at)));
    const until = new Date(at.getTime() + ttlSeconds * 1000);
    if (row.expires_at! >= until) return toHold(row, at);
    return toHold(await changeHold(store, hold, { expires_at: until }), at);
  },

  async confirm({ hold }, { store, caller, emit, fail, now }) {
    const at = now();
    if (!mayTake(caller)) return fail("denied", { module: caller.module });
    const row = await lockHold(store, hold);
    if (row?.state === "confirmed") return toHold(row, at);
    if (row?.state !== "held" || isOver(row, at)) return fail("holdGone", goneBy(hold, row && toHold(row, at)));
    const confirmed = await changeHold(store, hold, { state: "confirmed", expires_at: null });
    emit("holdConfirmed", toNews(confirmed, at));
    return toHold(confirmed, at);
  },

  async release({ hold }, { store, caller, emit, fail, now }) {
    const at = now();
    if (!mayTake(caller)) return fail("denied", { module: caller.module });
    const place = await lockListingOf(store, hold, at);
    const row = place && (await lockHold(store, hold));
    if (!row) return null;
    if (row.state !== "held" && row.state !== "confirmed") return toHold(row, at);
    const over = isOver(row, at);
    const ended = await changeHold(store, hold, { state: over ? "expired" : "released", expires_at: null });
    await giveNightsBack(store, ended, place.units);
    emit(over ? "holdExpired" : "holdReleased", toNews(ended, at));
    return toHold(ended, at);
  },

  async block({ listing, nights }, { store, caller, fail, now }) {
    const [place] = await lockListings(store, [listing], now());
    if (!place) return fail("unknownListing", { listing });
    if (!mayBlock(caller, place.host_id)) return fail("notHost", { listing });
    return { blocked: await blockNights(store, place, nights) };
  },

  async unblock({ listing, nights }, { store, caller, fail, now }) {
    const [place] = await lockListings(store, [listing], now());
    if (!place) return fail("unknownListing", { listing });
    if (!mayBlock(caller, place.host_id)) return fail("notHost", { listing });
    return { unblocked: await unblockNights(store, listing, nights) };
  },

  on: (subscribe) =>
    [listings.listingPublished, listings.listingChanged, listings.listingPaused].map((event) =>
      subscribe(event, async ({ id, host, units, state, version }, { store }) => {
        const row = { host_id: host.id, units, open: state === "published", version };
        const news = await store
          .insertInto("listings")
          .values({ id, ...row })
          .onConflict((conflict) => conflict.column("id").doUpdateSet(row).where("listings.version", "<", version))
          .returning("id")
          .executeTakeFirst();
        if (news) await resize(store, id, units);
      }),
    ),

  schedules: (schedule) => [
    schedule("expireHolds", { everyMs: 1000 }, async ({ read, store, emit, now }) => {
      const at = now();
      const overdue = await overdueListings(read, at, sweepSize);
      if (overdue.length === 0) return;
      const over = await expireOverdue(store, await lockListings(store, overdue, at), at);
      for (const hold of over) emit("holdExpired", toNews(hold, at));
      return { again: over.length > 0 };
    }),
  ],
});

function mayTake({ module }: Caller): boolean {
  return takers.includes(module);
}

function mayBlock({ user }: Caller, host: string | null): boolean {
  return user !== null && user.id === host;
}

function goneBy(hold: string, known: { state: "held" | "confirmed" | "released" | "expired" } | undefined) {
  return { hold, state: known?.state ?? null };
}
