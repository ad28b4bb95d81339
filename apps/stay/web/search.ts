import { html } from "hono/html";
import { isAbsence, isError } from "seamline";
import { search } from "../../shared/search/contract.ts";
import { summary } from "../../shared/web/fields.ts";
import { notice, type Html, type Page } from "../../shared/web/layout.ts";
import { pager } from "../../shared/web/pager.ts";
import { find, type Found } from "../find.ts";
import { listingAddress } from "./addresses.ts";
import { stayWish, wishAddress, wishOf, type Wish } from "./asked.ts";
import { houses, type Shown } from "./cards.ts";
import { placeName } from "./format.ts";
import { headOf } from "./head.ts";
import { placeTiles } from "./home.ts";
import { viewOf } from "./views.ts";
import type { Part, Visit } from "./visit.ts";
import { chosenFilters, fullForm, stateOf } from "./wishform.ts";

/** Looking for houses. */

export const searchPages: Part = ({ get }) => {
  get("/search", async (visit) => {
    const wish = wishOf(visit);
    const { status } = stateOf(wish);
    const found = status === 200 ? await askSearch(visit, wish) : null;
    if (found === "badCursor") return visit.go(wishAddress(wish));
    if (found !== "absent") return visit.show(await resultPage(visit, wish, found), status);
    const [page, browsed] = await browsePage(visit, wish);
    return visit.show(page, browsed);
  });
};

async function askSearch(visit: Visit, { question }: Wish): Promise<Found | "absent" | "badCursor"> {
  const cursor = visit.query("cursor").slice(0, 200);
  try {
    return await visit.context.part(
      "search",
      () => find(visit.context, { ...question, ...(cursor !== "" && { cursor }) }),
      (error) => {
        if (!isAbsence(error)) throw error;
        return "absent" as const;
      },
    );
  } catch (error) {
    if (isError(error, search.candidates, "badCursor")) return "badCursor";
    throw error;
  }
}

/** @param found null: what is asked for is not sound, and nothing was looked for */
async function resultPage(visit: Visit, wish: Wish, found: Found | null): Promise<Page> {
  const { text } = visit;
  const { place } = wish.question;
  const shown = found && (await showFound(visit, wish, found));
  const title = place ? text.resultsIn(placeName(visit, place)) : text.results;
  const canonical = place ? `/search?place=${place}` : "/search";
  return {
    title,
    // One page for each place is enough for search engines; all other addresses show the same houses.
    unlisted: visit.address !== canonical,
    head: headOf(visit, { path: canonical, title, description: text.homeLead, image: place && viewOf(place) }),
    notices: [
      found?.dates === "unknown" ? notice("warning", "dates-unknown", text.datesUnknown) : null,
      shown === "absent" ? listingsAway(visit) : null,
    ],
    body: html`<h1>${title}</h1>
      ${summary(visit, stateOf(wish))} ${fullForm(visit, wish)} ${chosenFilters(visit, wish)}
      <section id="results" aria-label="${text.results}">
        ${shown !== null && shown !== "absent" && results(visit, wish, found!, shown)}
      </section>`,
  };
}

function results(visit: Visit, wish: Wish, { next }: Found, shown: readonly Shown[]): Html {
  const { text } = visit;
  const more =
    next &&
    html`<p class="more">
      <a class="button quiet" rel="next" href="${wishAddress(wish, { cursor: next })}">${text.more}</a>
    </p>`;
  if (shown.length > 0) return html`${houses(visit, shown)} ${more}`;
  if (visit.query("cursor") !== "")
    return html`<p class="empty">${text.noMoreHouses}</p>
      ${more}`;
  const { q, place, dates, guests, price } = wish.question;
  const ways: [keyof typeof text.loosen, unknown, string][] = [
    ["dates", dates, wishAddress(wish, { from: "", to: "" })],
    ["place", place, wishAddress(wish, { place: "" })],
    ["price", price, wishAddress(wish, { min: "", max: "" })],
    ["amenities", wish.amenities.length > 0, wishAddress(wish, { amenities: [] })],
    ["q", q, wishAddress(wish, { q: "" })],
    ["guests", guests, wishAddress(wish, { guests: "" })],
  ];
  const offered = ways.filter(([, asked]) => asked);
  if (offered.length === 0) return html`<p class="empty">${text.noHouses}</p>`;
  return html`<div class="empty" id="nothing">
    <h2>${text.noneFound}</h2>
    <p>${text.noneFoundWhy}</p>
    <ul>
      ${offered.map(([name, , address]) => html`<li><a href="${address}">${text.loosen[name]}</a></li>`)}
    </ul>
    ${more}
  </div>`;
}

/** The houses as their owner has them now: what was taken down a moment ago is not shown. */
async function showFound(
  { context }: Visit,
  { question }: Wish,
  { listings: ids }: Found,
): Promise<Shown[] | "absent"> {
  if (ids.length === 0) return [];
  const { dates, guests = 1 } = question;
  return context.part(
    "listings",
    async () => {
      const [cards, quotes] = await Promise.all([
        context.listings.getMany({ ids }),
        dates ? context.listings.quoteMany({ listings: ids, ...dates, guests }) : [],
      ]);
      const byListing = new Map(quotes.map((quote) => [quote.listing, quote]));
      const stay = stayWish(question);
      return cards.map((card) => ({ card, address: listingAddress(card.id, stay), quote: byListing.get(card.id) }));
    },
    () => "absent" as const,
  );
}

/** What there is to see without the search: the newest houses, of one place or of all. */
async function browsePage(visit: Visit, wish: Wish): Promise<[page: Page, status: number]> {
  const { text, context } = visit;
  const { place } = wish.question;
  const page = await context.part(
    "listings",
    () => context.listings.browse({ page: visit.pageNumber, ...(place && { place }) }),
    () => null,
  );
  const stay = stayWish(wish.question);
  const shown = page?.listings.map((card) => ({ card, address: listingAddress(card.id, stay) })) ?? [];
  const address = (n: number) => wishAddress(wish, n > 1 ? { page: String(n) } : {});
  const title = place ? text.resultsIn(placeName(visit, place)) : text.results;
  const down = html`<strong>${text.searchDown}</strong> ${text.searchDownWhy}`;
  const body = html`<h1>${title}</h1>
    ${page && shown.length === 0 && html`<p class="empty">${text.noHouses}</p>`}
    ${shown.length > 0 && houses(visit, shown)} ${page && pager(visit, page.page, page.pages, address)}
    ${placeTiles(visit)}`;
  const notices = [notice("warning", "search-unavailable", down), page === null ? listingsAway(visit) : null];
  return [{ title, unlisted: true, notices, body }, page === null ? 503 : 200];
}

function listingsAway({ text }: Visit): Html {
  const ways = html`<a href="/trips">${text.menuTrips}</a> · <a href="/account">${text.account}</a>`;
  return notice(
    "warning",
    "listings-unavailable",
    html`<strong>${text.listingsDown}</strong> ${text.listingsDownWhy} ${ways}`,
  );
}
