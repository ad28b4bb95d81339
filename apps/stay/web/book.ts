import { isError } from "seamline";
import { submit, wait, type Explained } from "../../shared/web/forms.ts";
import { Night } from "../dates.ts";
import { bookings, type Booking } from "../bookings/contract.ts";
import { isId, listingAddress } from "./addresses.ts";
import { dateProblem, datesErrors, guestsIn, guestsRange, maxGuests } from "./asked.ts";
import type { BookField } from "./bookcard.ts";
import { formatsOf } from "./format.ts";
import { listingPage } from "./listing.ts";
import type { Part, Visit } from "./visit.ts";

/** Holding a house: from the price that was shown to a booking with a time to pay in. */

export const bookPages: Part = ({ get, post }) => {
  get("/book", (visit) => visit.go("/search"));
  post("/book", async (visit) => {
    const id = visit.field("listing");
    if (!isId(id)) return visit.go("/search");
    const wish = { from: visit.field("from"), to: visit.field("to"), guests: visit.field("guests") };
    if (visit.session.state === "anonymous") return visit.signInFirst(listingAddress(id, readable(wish)));
    const wanted = { listing: id, from: wish.from, to: wish.to, guests: Number(wish.guests), total: totalIn(visit) };
    const done = await submit<BookField, Booking>(visit, {
      values: wish,
      check: () => ({
        ...datesErrors(visit, wish),
        ...(guestsIn(wish.guests) === null && { guests: guestsRange(visit, maxGuests) }),
      }),
      call: (key) => visit.context.bookings.start(wanted, { key: visit.callKey(key, "start", wanted) }),
      explain: (error) => explain(visit, error),
    });
    if (done.ok) return visit.go(`/trips/${done.value.id}`);
    const [page, status] = await listingPage(visit, id, readable(wish), done.state);
    return visit.show(page, status);
  });
};

/** What was sent, as far as an address may say it again. */
function readable<W extends { from: string; to: string; guests: string }>(wish: W): W {
  const day = (value: string) => (Night.safeParse(value).success ? value : "");
  return { ...wish, from: day(wish.from), to: day(wish.to), guests: wish.guests.slice(0, 3) };
}

/** What the visitor was shown; anything that is no amount is one that no house costs, and so refused as changed. */
function totalIn(visit: Visit): number {
  const value = visit.field("total");
  return /^\d{1,9}$/.test(value) ? Number(value) : 0;
}

function explain(visit: Visit, error: unknown): Explained<BookField> | null {
  const { text } = visit;
  const { start } = bookings;
  const { day, money } = formatsOf(visit);
  if (isError(error, start, "invalidDates")) return { errors: dateProblem(visit, error.data.reason) };
  if (isError(error, start, "guests")) return { errors: { guests: guestsRange(visit, error.data.max) } };
  if (isError(error, start, "soldOut")) {
    const nights = error.data.nights.map(day).join(", ");
    return { errors: { from: nights === "" ? text.soldOutSome : text.soldOut(nights) }, status: 409 };
  }
  if (isError(error, start, "priceChanged"))
    return { errors: { form: text.priceChanged(money(error.data.total)) }, status: 409 };
  if (isError(error, start, "paymentsClosed")) return { errors: { form: text.paymentsDown }, status: 503 };
  if (isError(error, start, "ownListing")) return { errors: { form: text.ownListing } };
  if (isError(error, start, "unknownListing")) return { errors: { form: text.listingGone }, status: 404 };
  if (isError(error, start, "tooOften")) {
    const { retryAfterSeconds } = error.data;
    return { errors: { form: text.tooManyHolds(wait(visit, retryAfterSeconds)) }, retryAfterSeconds };
  }
  if (isError(error, start, "forbidden")) {
    const { reason } = error.data;
    return {
      errors: { form: reason === "accountClosed" ? text.forbidden.accountClosed : text.forbidden.signIn },
      status: 403,
    };
  }
  return null;
}
