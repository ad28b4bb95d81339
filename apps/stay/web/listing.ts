import { html } from "hono/html";
import { isError, type Output } from "seamline";
import { summary } from "../../shared/web/fields.ts";
import { blank, type FormState } from "../../shared/web/forms.ts";
import { messagePage } from "../../shared/web/failures.ts";
import { notice, type Html, type Page } from "../../shared/web/layout.ts";
import { authorName, moment } from "../../shared/web/pieces.ts";
import { pager } from "../../shared/web/pager.ts";
import { availability } from "../availability/contract.ts";
import { todayAt, type Dates } from "../dates.ts";
import type { Listing, Quote } from "../listings/contract.ts";
import type { reviews } from "../reviews/contract.ts";
import { idIn, listingAddress, type StayWish } from "./addresses.ts";
import { datesErrors, guestsIn, guestsRange } from "./asked.ts";
import { bookingCard, type BookField } from "./bookcard.ts";
import { calendar, monthOf, rangeOf } from "./calendar.ts";
import { picture, stars } from "./cards.ts";
import { placeName } from "./format.ts";
import { headOf } from "./head.ts";
import { inBdi } from "./pieces.ts";
import type { Part, Visit } from "./visit.ts";

/** One house: what it is, what it costs, when it is free, and what guests say. */

export const listingPages: Part = ({ get }) => {
  get("/listings/:id", async (visit) => {
    const wish = { from: visit.query("from"), to: visit.query("to"), guests: visit.query("guests") };
    const [page, status] = await listingPage(visit, idIn(visit), wish);
    return visit.show(page, status);
  });
};

/** @param refused what became of trying to book it */
export async function listingPage(
  visit: Visit,
  id: string,
  wish: StayWish,
  refused?: FormState<BookField>,
): Promise<[page: Page, status: number]> {
  const { context } = visit;
  const listing = await context.part(
    "listings",
    () => context.listings.get({ id }),
    () => null,
  );
  if (listing === null) return [away(visit), 503];
  const checked = checkWish(visit, listing, wish);
  const state = refused ?? checked.state;
  const [quote, open, nights, said] = await Promise.all([
    askQuote(visit, listing, checked),
    askAccepting(visit),
    askNights(visit, listing, wish),
    askReviews(visit, listing),
  ]);
  const body = html`${gallery(visit, listing)}
    <div class="listing">
      <div class="listing-main">
        ${title(visit, listing)} ${summary(visit, state)} ${facts(visit, listing)}
        ${nightsSection(visit, listing, wish, nights)} ${reviewSection(visit, listing, wish, said)}
        <p class="other"><a href="/report?kind=listing&id=${listing.id}">${visit.text.report}</a></p>
      </div>
      ${bookingCard(visit, { listing, wish, state, quote, open, nightsKnown: nights !== null })}
    </div>`;
  const { title: name, description, photos } = listing;
  const image = photos[0] && `/media/${photos[0].media}/large`;
  const page: Page = {
    title: name,
    unlisted: listing.state !== "published",
    head: headOf(visit, { path: `/listings/${listing.id}`, title: name, description, image }),
    notices: [listing.state === "published" ? null : notice("warning", "not-published", visit.text.notPublished)],
    body,
  };
  return [page, state.status];
}

function away(visit: Visit): Page {
  const { text, context } = visit;
  visit.retryAfter(5);
  return messagePage(visit, text.listingsDown, text.listingsDownWhy, "listings-unavailable", context.traceId);
}

interface Checked {
  readonly state: FormState<BookField>;
  /** null: nothing that has a price was asked for. */
  readonly dates: Dates | null;
  readonly guests: number;
}

function checkWish(visit: Visit, listing: Listing, wish: StayWish): Checked {
  const values = { ...wish, guests: wish.guests === "" ? String(Math.min(2, listing.capacity)) : wish.guests };
  const guests = guestsIn(values.guests);
  // An arrival alone is no mistake: the calendar is asking for the departure.
  const choosing = wish.from !== "" && wish.to === "";
  const errors = {
    ...(!choosing && datesErrors(visit, wish)),
    ...((guests === null || guests > listing.capacity) && { guests: guestsRange(visit, listing.capacity) }),
  };
  const sound = Object.keys(errors).length === 0;
  const dates = sound && wish.from !== "" && wish.to !== "" ? { from: wish.from, to: wish.to } : null;
  return { state: { ...blank<BookField>(values), errors, status: sound ? 200 : 422 }, dates, guests: guests ?? 1 };
}

async function askQuote({ context }: Visit, { id, state }: Listing, { dates, guests }: Checked): Promise<Quote | null> {
  if (dates === null || state !== "published") return null;
  return context.part(
    "listings",
    () => context.listings.quote({ listing: id, ...dates, guests }),
    () => null,
  );
}

/** Whether payments are taken just now; who cannot answer takes none. */
async function askAccepting({ context }: Visit): Promise<boolean> {
  return context.part(
    "payments",
    async () => (await context.payments.accepting()).accepting,
    () => false,
  );
}

/** null: nobody knows them just now. */
async function askNights(visit: Visit, { id, state }: Listing, wish: StayWish) {
  const { context } = visit;
  if (state !== "published") return [];
  const today = todayAt(context.now());
  const range = rangeOf(monthOf(visit.query("month"), wish.from, today), today);
  return context.part(
    "availability",
    () =>
      context.availability.calendar({ listing: id, ...range }).catch((error: unknown) => {
        // It has not heard of a house that was published this moment.
        if (isError(error, availability.calendar, "unknownListing")) return null;
        throw error;
      }),
    () => null,
  );
}

type Said = Output<(typeof reviews)["forListing"]>;

async function askReviews({ context, pageNumber }: Visit, { id }: Listing): Promise<Said | null> {
  return context.part(
    "reviews",
    () => context.reviews.forListing({ listing: id, page: pageNumber }),
    () => null,
  );
}

function gallery(visit: Visit, { photos }: Listing): Html {
  if (photos.length === 0) return html`<div class="gallery one">${picture(visit, null, "large")}</div>`;
  return html`<section class="gallery ${photos.length < 3 ? "one" : ""}" aria-label="${visit.text.photosOf}">
    ${photos.map((photo, index) => picture(visit, photo, index === 0 ? "large" : "small", index === 0 ? "first" : "further"))}
  </section>`;
}

function title(visit: Visit, listing: Listing): Html {
  const { text, locale } = visit;
  return html`<header class="listing-head">
    <h1><bdi>${listing.title}</bdi></h1>
    <p class="meta">
      <span><a href="/search?place=${listing.place}">${placeName(visit, listing.place)}</a></span>
      <span>${text.upTo(locale.number(listing.capacity))}</span>
      <span>${stars(visit, listing.rating)}</span>
    </p>
  </header>`;
}

function facts(visit: Visit, listing: Listing): Html {
  const { text } = visit;
  return html`<section aria-labelledby="about">
      <h2 id="about">${text.about}</h2>
      <p class="by">${inBdi(text.hostedBy, authorName(visit, listing.host))}</p>
      <div class="prose">${listing.description.split(/\n{2,}/).map((one) => html`<p class="lines">${one}</p>`)}</div>
    </section>
    ${
      listing.amenities.length > 0 &&
      html`<section aria-labelledby="amenities">
        <h2 id="amenities">${text.amenities}</h2>
        <ul class="amenities">
          ${listing.amenities.map((one) => html`<li>${text.amenity[one]}</li>`)}
        </ul>
      </section>`
    }
    <section aria-labelledby="policy">
      <h2 id="policy">${text.policyTitle}: ${text.policyName[listing.policy]}</h2>
      <p>${text.policyWords[listing.policy]}</p>
    </section>`;
}

function nightsSection(
  visit: Visit,
  listing: Listing,
  wish: StayWish,
  nights: Awaited<ReturnType<typeof askNights>>,
): Html | "" {
  const { text, context } = visit;
  if (listing.state !== "published") return "";
  const month = monthOf(visit.query("month"), wish.from, todayAt(context.now()));
  // Who has chosen both days goes on to what they cost.
  const address = (change: { to?: string }) =>
    listingAddress(listing.id, { ...wish, ...change }, change.to ? "book" : "calendar");
  return html`<section id="calendar" aria-labelledby="calendar-title">
    <h2 id="calendar-title">${text.calendar}</h2>
    ${
      nights === null
        ? notice("warning", "calendar-unavailable", `${text.calendarDown}. ${text.calendarDownWhy}`)
        : calendar(visit, { nights, month, chosen: wish, address })
    }
  </section>`;
}

function reviewSection(visit: Visit, listing: Listing, wish: StayWish, said: Said | null): Html {
  const { text } = visit;
  const address = (page: number) =>
    listingAddress(listing.id, { ...wish, ...(page > 1 && { page: String(page) }) }, "reviews");
  return html`<section id="reviews" aria-labelledby="reviews-title">
    <h2 id="reviews-title">${text.reviews} ${stars(visit, said?.rating ?? listing.rating)}</h2>
    ${said === null && notice("warning", "reviews-unavailable", text.reviewsDown)}
    ${said?.reviews.length === 0 && html`<p class="empty">${text.noReviews}</p>`}
    ${
      said !== null &&
      said.reviews.length > 0 &&
      html`<ol class="reviews">
          ${said.reviews.map((one) => review(visit, one))}
        </ol>
        ${pager(visit, said.page, said.pages, address)}`
    }
  </section>`;
}

function review(visit: Visit, { id, author, stars: given, content, at, reply }: Said["reviews"][number]): Html {
  const { text, locale } = visit;
  return html`<li class="review" id="review-${id}">
    <p class="given">
      <span class="unseen">${text.stars(locale.number(given))}</span
      ><span aria-hidden="true"><span class="star">${"★".repeat(given)}</span>${"☆".repeat(5 - given)}</span>
    </p>
    <div class="prose"><p class="lines">${content}</p></div>
    <p class="meta">
      <span><bdi>${authorName(visit, author)}</bdi></span
      >${moment(visit, at)}
      <span><a href="/report?kind=review&id=${id}">${text.reportReview}</a></span>
    </p>
    ${
      reply &&
      html`<div class="reply">
        <h3>${text.hostReply}</h3>
        <div class="prose"><p class="lines">${reply.content}</p></div>
        <p class="meta">${moment(visit, reply.at)}</p>
      </div>`
    }
  </li>`;
}
