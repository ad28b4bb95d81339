import { html } from "hono/html";
import { hidden, inputField } from "../../shared/web/fields.ts";
import type { FormState } from "../../shared/web/forms.ts";
import { notice, type Html } from "../../shared/web/layout.ts";
import { addDays, horizonDays, todayAt } from "../dates.ts";
import type { Listing, Quote } from "../listings/contract.ts";
import { listingAddress, type StayWish } from "./addresses.ts";
import { formatsOf } from "./format.ts";
import type { Visit } from "./visit.ts";

/** Beside a house: dates and guests, what that costs, and the button that holds it. */

export type BookField = "from" | "to" | "guests";

export interface BookingCard {
  readonly listing: Listing;
  readonly wish: StayWish;
  readonly state: FormState<BookField>;
  readonly quote: Quote | null;
  /** Whether payments are taken just now. */
  readonly open: boolean;
  readonly nightsKnown: boolean;
}

export function bookingCard(visit: Visit, card: BookingCard): Html {
  const { text } = visit;
  const { listing, quote } = card;
  const { money } = formatsOf(visit);
  return html`<aside class="card booking" id="book" aria-labelledby="book-title">
    <p class="booking-price"><strong>${money(listing.nightly)}</strong> ${text.perNight}</p>
    <h2 id="book-title">${text.bookTitle}</h2>
    ${datesForm(visit, card)}
    ${
      quote &&
      html`<h3>${text.priceTitle}</h3>
        ${bill(visit, quote)}`
    }
    ${lastStep(visit, card)}
  </aside>`;
}

function datesForm(visit: Visit, { listing, state }: BookingCard): Html {
  const { text, context } = visit;
  const today = todayAt(context.now());
  const days = { min: today, max: addDays(today, horizonDays) };
  const max = String(listing.capacity);
  return html`<form action="/listings/${listing.id}#book" id="dates">
    ${inputField(visit, state, { name: "from", label: text.arrival, type: "date", more: days })}
    ${inputField(visit, state, { name: "to", label: text.departure, type: "date", more: days })}
    ${inputField(visit, state, { name: "guests", label: text.guests, type: "number", more: { min: "1", max } })}
    <button class="button quiet">${text.showPrice}</button>
  </form>`;
}

/** What a stay costs, line by line. */
export function bill(visit: Visit, { lines, total }: Pick<Quote, "lines" | "total">): Html {
  const { text, locale } = visit;
  const { money } = formatsOf(visit);
  const name = ({ kind, count, each }: Quote["lines"][number]): string => {
    if (kind === "nights") return text.lineNights(money(each), locale.number(count));
    return kind === "cleaning" ? text.lineCleaning : text.lineFee;
  };
  const row = (line: Quote["lines"][number]) =>
    html`<tr>
      <th scope="row">${name(line)}</th>
      <td>${money(line.total)}</td>
    </tr>`;
  return html`<table class="bill">
    <tbody>
      ${lines.map(row)}
    </tbody>
    <tfoot>
      <tr>
        <th scope="row">${text.total}</th>
        <td>${money(total)}</td>
      </tr>
    </tfoot>
  </table>`;
}

/** The button; or why there is none, before anything is held. */
function lastStep(visit: Visit, { listing, wish, state, quote, open, nightsKnown }: BookingCard): Html | "" {
  const { text, member, session } = visit;
  if (listing.state !== "published") return "";
  if (member?.user.id === listing.host.id)
    return html`<p class="hint" id="own-house">
      ${text.ownHouse} <a href="/host/listings/${listing.id}">${text.editHouse}</a>
    </p>`;
  if (!open)
    return notice(
      "warning",
      "payments-unavailable",
      html`<strong>${text.paymentsDown}</strong> ${text.paymentsDownWhy}`,
    );
  if (!nightsKnown) return notice("warning", "booking-off", `${text.calendarDown}. ${text.calendarDownWhy}`);
  if (quote === null) return "";
  if (session.state === "anonymous") {
    const back = encodeURIComponent(listingAddress(listing.id, wish, "book"));
    return html`<p><a class="button" id="sign-in-to-book" href="/login?next=${back}">${text.signInToBook}</a></p>`;
  }
  const { from, to, guests, total } = quote;
  const fields = { listing: listing.id, from, to, guests: String(guests), total: String(total) };
  return html`<form method="post" action="/book" id="book-form">
    ${hidden(visit, state, fields)}
    <button class="button">${text.book}</button>
    <p class="hint">${text.bookHint}</p>
  </form>`;
}
