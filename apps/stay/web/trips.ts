import { html } from "hono/html";
import { isAbsence, isError } from "seamline";
import { messagePage } from "../../shared/web/failures.ts";
import type { Html, Page } from "../../shared/web/layout.ts";
import { pager } from "../../shared/web/pager.ts";
import { bookings, type Booking } from "../bookings/contract.ts";
import { picture } from "./cards.ts";
import { formatsOf, nightsAndGuests, placeName, stayDates } from "./format.ts";
import type { Part, Visit } from "./visit.ts";

/** One's trips, and what all pages about a booking have in common. */

export const tripsPages: Part = ({ get }) => {
  get("/trips", async (visit) => {
    if (visit.session.state === "anonymous") return visit.signInFirst("/trips");
    const answer = await askBookings(visit, () => visit.context.bookings.tripsOf({ page: visit.pageNumber }));
    if (answer.state !== "there") return showAbsence(visit, answer.state, "/trips");
    const beyond = answer.value.bookings.length === 0 && visit.pageNumber > 1;
    return visit.show(tripsPage(visit, answer.value), beyond ? 404 : 200);
  });
};

function tripsPage(
  visit: Visit,
  { bookings: trips, page, pages }: Awaited<ReturnType<Visit["context"]["bookings"]["tripsOf"]>>,
): Page {
  const { text, locale } = visit;
  const address = (n: number) => (n > 1 ? `/trips?page=${n}` : "/trips");
  const none = html`<div class="empty">
    <p>${page > 1 ? text.noTripsHere : text.noTrips}</p>
    <p class="ways"><a class="button" href="/search">${text.menuSearch}</a></p>
  </div>`;
  return {
    title: page > 1 ? `${text.trips}, ${text.page(locale.number(page))}` : text.trips,
    unlisted: true,
    body: html`<h1>${text.trips}</h1>
      ${
        trips.length === 0
          ? none
          : html`<ul class="trips" id="trips">
              ${trips.map((trip) => row(visit, trip))}
            </ul>`
      }
      ${pager(visit, page, pages, address)}`,
  };
}

function row(visit: Visit, booking: Booking): Html {
  const { id, quote, reference } = booking;
  const { money } = formatsOf(visit);
  return html`<li class="trip">
    ${picture(visit, quote.photo, "small")}
    <div>
      <p>${badge(visit, booking)}</p>
      <h2>
        <a href="/trips/${id}"><bdi>${quote.title}</bdi></a>
      </h2>
      <p>${stayDates(visit, quote)}</p>
      <p class="meta">
        <span>${placeName(visit, quote.place)}</span><span>${nightsAndGuests(visit, quote)}</span
        ><span>${money(quote.total)}</span><span class="number">${reference}</span>
      </p>
    </div>
  </li>`;
}

/** How it stands; a hold whose time is over is over, also before anybody has tidied it up. */
export function standing({ context }: Visit, { state, holdExpiresAt }: Booking): Booking["state"] {
  return state === "held" && holdExpiresAt !== null && Date.parse(holdExpiresAt) <= context.now().getTime()
    ? "expired"
    : state;
}

/** Whether the visitor is whose booking it is: its host and admins may look at it, too. */
export function isGuest({ member }: Visit, { guest }: Booking): boolean {
  return member !== null && member.user.id === guest.id;
}

export function badge(visit: Visit, booking: Booking): Html {
  const state = standing(visit, booking);
  return html`<span class="state ${state}" data-state="${state}">${visit.text.tripState[state]}</span>`;
}

/** What asking about bookings came to. */
export type Asked<T> = { readonly state: "there"; readonly value: T } | { readonly state: Absence };
type Absence = "absent" | "unknownVisitor" | "notFound" | "notYours";

export async function askBookings<T>(visit: Visit, call: () => Promise<T>): Promise<Asked<T>> {
  if (visit.session.state === "unknown") return { state: "unknownVisitor" };
  try {
    return await visit.context.part(
      "bookings",
      async () => ({ state: "there", value: await call() }) as const,
      (error) => {
        if (!isAbsence(error)) throw error;
        return { state: "absent" } as const;
      },
    );
  } catch (error) {
    for (const operation of [bookings.get, bookings.tripsOf] as const)
      if (isError(error, operation, "forbidden"))
        return { state: error.data.reason === "signIn" ? "unknownVisitor" : "notYours" };
    if (isError(error, bookings.get, "notFound")) return { state: "notFound" };
    throw error;
  }
}

export function showAbsence(visit: Visit, state: Absence, path: string) {
  const { text, context } = visit;
  if (state === "notFound") return visit.show(messagePage(visit, text.noTrip, text.noTripWhy, "not-found"), 404);
  if (state === "notYours")
    return visit.show(messagePage(visit, text.notYourTrip, text.notYourTripWhy, "forbidden"), 403);
  if (state === "unknownVisitor" && visit.session.state === "anonymous") return visit.signInFirst(path);
  visit.retryAfter(5);
  if (state === "unknownVisitor")
    return visit.show(
      messagePage(visit, text.unavailable, text.stateUnknown, "session-unknown-here", context.traceId),
      503,
    );
  const page = messagePage(visit, text.bookingsDown, text.bookingsDownWhy, "bookings-unavailable", context.traceId);
  return visit.show(page, 503);
}
