import { html } from "hono/html";
import type { Html } from "../../../shared/web/layout.ts";
import { pager } from "../../../shared/web/pager.ts";
import { authorName } from "../../../shared/web/pieces.ts";
import type { Booking } from "../../bookings/contract.ts";
import { formatsOf, nightsAndGuests, stayDates } from "../format.ts";
import type { Part, Visit } from "../visit.ts";
import { asMember, away } from "./rights.ts";

/** Who has booked a host's houses. */

/** The states that hosts look for; those on the way to them pass within minutes. */
const states = ["confirmed", "completed", "cancelled"] as const;

export const hostBookingPages: Part = ({ get }) => {
  get("/host/bookings", (visit) =>
    asMember(visit, "/host/bookings", async () => {
      const { context, text, pageNumber } = visit;
      const { hosting } = text;
      const asked = visit.query("state");
      const state = asked === "all" ? undefined : (states.find((one) => one === asked) ?? "confirmed");
      const found = await context.part(
        "bookings",
        () => context.bookings.ofHost({ page: pageNumber, state }),
        () => null,
      );
      if (found === null) return away(visit, hosting.bookingsDown, hosting.bookingsDownWhy, "bookings-unavailable");
      const address = (page: number, of: string = state ?? "all"): string => {
        const query = new URLSearchParams({
          ...(of !== "confirmed" && { state: of }),
          ...(page > 1 && { page: String(page) }),
        });
        return `/host/bookings${query.size > 0 ? `?${query}` : ""}`;
      };
      const tab = (of: (typeof states)[number] | undefined, name: string) =>
        html`<li><a href="${address(1, of ?? "all")}" ${of === state && html`aria-current="page"`}>${name}</a></li>`;
      return visit.show(
        {
          title: hosting.bookings,
          unlisted: true,
          body: html`<h1>${hosting.bookings}</h1>
            <nav class="tabs spaced" aria-label="${hosting.bookings}">
              <ul>
                ${states.map((one) => tab(one, hosting.bookingState[one]))} ${tab(undefined, hosting.anyState)}
              </ul>
            </nav>
            ${found.bookings.length === 0 ? html`<p class="empty">${hosting.noBookings}</p>` : guestList(visit, found.bookings)}
            ${pager(visit, found.page, found.pages, address)}
            <p class="back"><a href="/host">${hosting.back}</a></p>`,
        },
        found.bookings.length === 0 && pageNumber > 1 ? 404 : 200,
      );
    }),
  );
};

export function guestList(visit: Visit, some: readonly Booking[]): Html {
  return html`<ul class="guests">
    ${some.map((one) => guestRow(visit, one))}
  </ul>`;
}

function guestRow(visit: Visit, { reference, guest, quote, state, refund }: Booking): Html {
  const { text } = visit;
  const { money } = formatsOf(visit);
  return html`<li class="guest" data-reference="${reference}">
    <div>
      <h3><bdi>${authorName(visit, guest)}</bdi></h3>
      <p><bdi>${quote.title}</bdi></p>
      <p class="meta"><span>${stayDates(visit, quote)}</span><span>${nightsAndGuests(visit, quote)}</span></p>
    </div>
    <div class="guest-end">
      <p><span class="state ${state}">${text.hosting.bookingState[state]}</span></p>
      <p><strong>${money(quote.total)}</strong></p>
      ${refund && refund.amount > 0 && html`<p class="hint">${text.hosting.refund(money(refund.amount))}</p>`}
      <p class="hint">${text.bookingNumber} ${reference}</p>
    </div>
  </li>`;
}
