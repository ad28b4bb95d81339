import type { Kysely } from "kysely";
import { isError, module } from "seamline";
import { accounts, closedName } from "../../shared/accounts/contract.ts";
import { noteAuthor } from "../../shared/authors.ts";
import { letterHandlers } from "../../shared/letters.ts";
import { paceSeconds } from "../../shared/pace.ts";
import { availability } from "../availability/contract.ts";
import { todayAt } from "../dates.ts";
import { listings } from "../listings/contract.ts";
import { payments } from "../payments/contract.ts";
import { bookings, holdSeconds, type Booking } from "./contract.ts";
import { earnedBy } from "./earned.ts";
import { tables, type Tables } from "./migrations.ts";
import { bookingId } from "./reference.ts";
import {
  authorNow,
  changeBooking,
  lockBooking,
  mayCancel,
  pageOf,
  readBooking,
  refundNow,
  refusal,
  toBooking,
  toTold,
} from "./rows.ts";
import { book, bookingFailed, cancellation } from "./saga.ts";
import { addBooking } from "./start.ts";
import { stuckBookings } from "./stuck.ts";

/** Holds of one guest in ten minutes. Higher lets one person take a season off the market; lower stops who compares. */
const pace = { writes: 20, windowMs: 600_000 };
/** Stays that are completed in one transaction. */
const batch = 100;
const maxStays = 100;

export default module(bookings, {
  uses: { availability, listings, payments },
  store: tables,
  ...letterHandlers,

  async get({ id }, { store, caller, fail, now }) {
    const row = await readBooking(store, id);
    if (!row) return fail("notFound", { id });
    const reason = refusal(row, caller.user, "reader");
    return reason ? fail("forbidden", { reason }) : toBooking(row, now());
  },

  async tripsOf({ page }, { store, caller: { user }, fail, now }) {
    if (!user) return fail("forbidden", { reason: "signIn" });
    return await pageOf(store, { column: "guest_id", id: user.id }, page, now());
  },

  async ofHost({ page, listing, state, during }, { store, caller: { user }, fail, now }) {
    if (!user) return fail("forbidden", { reason: "signIn" });
    return await pageOf(store, { column: "host_id", id: user.id, listing, state, during }, page, now());
  },

  async earned(_input, { store, caller: { user }, fail, now }) {
    if (!user) return fail("forbidden", { reason: "signIn" });
    return await earnedBy(store, user.id, todayAt(now()));
  },

  async stayedAt({ listing }, { store, caller: { user }, fail }) {
    if (!user) return fail("forbidden", { reason: "signIn" });
    const rows = await store
      .selectFrom("bookings")
      .selectAll()
      .where("guest_id", "=", user.id)
      .where("state", "=", "completed")
      .$if(listing !== undefined, (query) => query.where("listing", "=", listing!))
      .orderBy("arrival", "desc")
      .limit(maxStays)
      .execute();
    return rows.map((row) => ({
      booking: row.id,
      listing: row.listing,
      title: row.terms.title,
      from: row.arrival,
      to: row.departure,
    }));
  },

  async stuck(_input, { store, sagas, caller: { user }, fail, now }) {
    if (!user?.roles.includes("admin")) return fail("forbidden", { reason: user ? "adminsOnly" : "signIn" });
    return await stuckBookings(store, sagas, now());
  },

  async start({ listing, from, to, guests, total }, context) {
    const { read, store, key, caller, emit, fail, sagas, now } = context;
    const { user } = caller;
    if (!user) return fail("forbidden", { reason: "signIn" });
    const id = bookingId(user.id, key);
    // A repetition gets what was made then, whatever the house costs by now: the first statement brings the result up.
    if (await readBooking(read, id)) return toBooking((await lockBooking(store, id))!, now());
    // Who starts several at once may get a few more through; each of them holds real nights for ten minutes at most.
    const retryAfterSeconds = await paceSeconds(read, "bookings", user.id, pace, now(), "guest_id");
    if (retryAfterSeconds > 0) return fail("tooOften", { retryAfterSeconds });

    const quote = await context.listings.quote({ listing, from, to, guests }).catch((error: unknown) => {
      if (isError(error, listings.quote, "notFound")) return fail("unknownListing", { listing });
      if (isError(error, listings.quote, "invalidDates")) return fail("invalidDates", error.data);
      if (isError(error, listings.quote, "guests")) return fail("guests", error.data);
      throw error;
    });
    if (quote.host.id === user.id) return fail("ownListing", { listing });
    if (quote.total !== total) return fail("priceChanged", { total: quote.total });
    const { accepting } = await context.payments.accepting();
    if (!accepting) return fail("paymentsClosed", {});
    const wanted = { hold: id, listing, from, to, ttlSeconds: holdSeconds };
    const hold = await context.availability.hold(wanted).catch((error: unknown) => {
      if (isError(error, availability.hold, "soldOut")) return fail("soldOut", error.data);
      if (isError(error, availability.hold, "unknownListing")) return fail("unknownListing", { listing });
      if (isError(error, availability.hold, "invalidDates")) return fail("invalidDates", error.data);
      throw error;
    });
    // An attempt under this key long ago: it took the nights, was lost before it could say so, and their time is over.
    if (hold.state !== "held") return fail("soldOut", { nights: [] });

    const at = now();
    const guest = await authorNow(store, user);
    if (guest.id === null) return fail("forbidden", { reason: "accountClosed" });
    const row = await addBooking(store, { id, guest, quote, holdExpiresAt: new Date(hold.expiresAt!), at });
    sagas.begin("booking", id);
    emit("bookingRequested", toTold(row, at));
    return toBooking(row, at);
  },

  async pay({ id, card }, { store, caller, sagas, fail, now }) {
    const at = now();
    const row = await lockBooking(store, id);
    if (!row) return fail("notFound", { id });
    const reason = refusal(row, caller.user, "guest");
    if (reason) return fail("forbidden", { reason });
    if (row.state === "expired" || (row.state === "held" && at >= row.hold_expires_at!))
      return fail("holdExpired", { id });
    if (row.state !== "held") return fail("wrongState", { state: row.state });
    const paying = await changeBooking(store, id, at, ["paying"], { state: "paying", card, waiting_since: at });
    sagas.wake("booking", id);
    return toBooking(paying, at);
  },

  async cancel({ id }, { store, caller, sagas, emit, fail, now }) {
    const at = now();
    const row = await lockBooking(store, id);
    if (!row) return fail("notFound", { id });
    const reason = refusal(row, caller.user, "guest");
    if (reason) return fail("forbidden", { reason });
    if (row.state === "cancelled") return toBooking(row, at);
    if (!mayCancel(row, at)) return fail("wrongState", { state: row.state });
    if (row.state === "held") {
      sagas.wake("booking", id);
      return toBooking(
        await changeBooking(store, id, at, ["cancelled"], { state: "cancelled", hold_expires_at: null }),
        at,
      );
    }
    const refund = refundNow(row, at);
    const steps = refund > 0 ? (["cancelled", "refundPending"] as const) : (["cancelled"] as const);
    const cancelled = await changeBooking(store, id, at, steps, {
      state: "cancelled",
      refund_amount: refund,
      refund_state: refund > 0 ? "pending" : "none",
      waiting_since: refund > 0 ? at : null,
    });
    sagas.begin("cancellation", id);
    emit("bookingCancelled", { ...toTold(cancelled, at), refund });
    return toBooking(cancelled, at);
  },

  sagas: (saga) => [saga("booking", book, { failed: bookingFailed }), saga("cancellation", cancellation)],

  schedules: (schedule) => [
    schedule("completeStays", { everyMs: 60_000 }, async ({ store, emit, now }) => {
      const at = now();
      const over = await store
        .selectFrom("bookings")
        .select("id")
        .where("state", "=", "confirmed")
        .where("departure", "<=", todayAt(at))
        .orderBy("departure")
        .limit(batch)
        .forUpdate()
        .skipLocked()
        .execute();
      for (const { id } of over)
        emit("stayCompleted", toTold(await changeBooking(store, id, at, ["completed"], { state: "completed" }), at));
      return { again: over.length === batch };
    }),
  ],

  on: (subscribe) => [
    ...[payments.paymentAuthorized, payments.paymentFailed, payments.paymentCaptured].map((event) =>
      subscribe(event, async ({ payment }, { sagas }) => sagas.wake("booking", payment)),
    ),
    subscribe(payments.paymentRefunded, async ({ payment }, { sagas }) => sagas.wake("cancellation", payment)),
    subscribe(accounts.userRenamed, async ({ user, name, at }, { store }) => {
      if (await noteAuthor(store, { id: user, name, at })) await callAuthor(store, user, { id: user, name });
    }),
    subscribe(accounts.userClosed, async ({ user, at }, { store }) => {
      if (!(await noteAuthor(store, { id: user, name: null, at }))) return;
      await callAuthor(store, user, { id: null, name: closedName });
    }),
  ],
});

/** Puts somebody's new name into every booking that knows them. */
async function callAuthor(store: Kysely<Tables>, user: string, { id, name }: Booking["guest"]): Promise<void> {
  await store.updateTable("bookings").set({ guest_id: id, guest_name: name }).where("guest_id", "=", user).execute();
  await store.updateTable("bookings").set({ host_id: id, host_name: name }).where("host_id", "=", user).execute();
}
