import { html } from "hono/html";
import type { Html } from "../../shared/web/layout.ts";
import type { Booking } from "../bookings/contract.ts";
import { listingAddress } from "./addresses.ts";
import { formatsOf } from "./format.ts";
import { badge, isGuest } from "./trips.ts";
import type { Visit } from "./visit.ts";

/** What a booking's page says first: how it stands, and what comes next. */

export function statement(visit: Visit, booking: Booking, state: Booking["state"], leftSeconds: number): Html {
  const { text } = visit;
  const { day } = formatsOf(visit);
  const { id, quote, failure } = booking;
  const head = (title: string, lead: string | Html, more: Html | "" = "") =>
    html`<header class="statement ${state}">
      <p>
        ${badge(visit, booking)} <span class="number">${text.bookingNumber} <strong>${booking.reference}</strong></span>
      </p>
      <h1>${title}</h1>
      <p class="lead">${lead}</p>
      ${more}
    </header>`;
  const mine = isGuest(visit, booking);
  const again = mine
    ? html`<p class="actions">
        <a class="button" href="${listingAddress(quote.listing, stayOf(booking), "book")}">${text.bookAgain}</a>
      </p>`
    : "";
  switch (state) {
    case "held":
      return head(text.heldTitle, text.heldLead, countdown(visit, booking, leftSeconds));
    case "paying":
      return head(text.payingTitle, text.payingLead);
    case "confirmed":
      return head(
        text.confirmedTitle,
        text.confirmedLead(day(quote.from)),
        html`<p class="actions">
          <a class="button quiet" id="ics" href="/trips/${id}/calendar.ics" download>${text.addToCalendar}</a>
        </p>`,
      );
    case "completed": {
      const write = html`<p class="actions">
        <a class="button" href="/reviews/new?stay=${id}">${text.writeReview}</a>
      </p>`;
      return head(text.completedTitle, text.completedLead, mine ? write : "");
    }
    case "cancelled":
      return head(text.cancelledTitle, refundWords(visit, booking));
    case "failed":
      return head(text.failedTitle, failure === null ? "" : text.failure[failure], again);
    case "expired":
      return head(text.expiredTitle, text.expiredLead, again);
  }
}

function stayOf({ quote: { from, to, guests } }: Booking) {
  return { from, to, guests: String(guests) };
}

function refundWords(visit: Visit, { refund }: Booking): Html {
  const { text } = visit;
  const { money } = formatsOf(visit);
  const words =
    refund === null || refund.state === "none"
      ? text.refundNone
      : refund.state === "pending"
        ? text.refundPending(money(refund.amount))
        : text.refundDone(money(refund.amount));
  return html`<span id="refund" data-refund="${refund?.state ?? "none"}">${words}</span>`;
}

function countdown(visit: Visit, { holdExpiresAt }: Booking, leftSeconds: number): Html {
  const { text, locale } = visit;
  const left = `${Math.floor(leftSeconds / 60)}:${String(leftSeconds % 60).padStart(2, "0")}`;
  return html`<div class="hold">
    <p>${text.timeLeft}</p>
    <p class="clock" role="timer" data-seconds="${leftSeconds}">${left}</p>
    <p class="hint">${text.heldUntil(locale.moment(new Date(holdExpiresAt!)))}</p>
  </div>`;
}
