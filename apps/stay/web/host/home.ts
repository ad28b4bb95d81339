import { html } from "hono/html";
import type { Output } from "seamline";
import { notice, type Html } from "../../../shared/web/layout.ts";
import { pager } from "../../../shared/web/pager.ts";
import type { bookings } from "../../bookings/contract.ts";
import { addDays, todayAt } from "../../dates.ts";
import type { ListingCard, listings } from "../../listings/contract.ts";
import { picture, stars } from "../cards.ts";
import { formatsOf, placeName } from "../format.ts";
import type { Part, Visit } from "../visit.ts";
import { guestList } from "./bookings.ts";
import { asMember } from "./rights.ts";

/** A host's first page: the houses, who is coming, and what was earned. */

const aheadDays = 14;

type Houses = Output<(typeof listings)["byHost"]>;
type Earned = Output<(typeof bookings)["earned"]>;
type Guests = Output<(typeof bookings)["ofHost"]>;

export const hostHome: Part = ({ get }) => {
  get("/host", (visit) =>
    asMember(visit, "/host", async () => {
      const { context, text, pageNumber } = visit;
      const today = todayAt(context.now());
      const during = { from: today, to: addDays(today, aheadDays) };
      const nothing = () => null;
      const [houses, guests, earned] = await Promise.all([
        context.part("listings", () => context.listings.byHost({ page: pageNumber }), nothing),
        context.part("bookings", () => context.bookings.ofHost({ state: "confirmed", during }), nothing),
        context.part("bookings", () => context.bookings.earned(), nothing),
      ]);
      return visit.show({
        title: text.hosting.title,
        unlisted: true,
        body: html`<div class="title-row">
            <div>
              <h1>${text.hosting.title}</h1>
              <p class="lead">${text.hosting.lead}</p>
            </div>
            <a class="button" id="new-house" href="/host/listings/new">${text.hosting.newHouse}</a>
          </div>
          <div class="desk">
            <div class="desk-main">${houseSection(visit, houses)} ${guestSection(visit, guests)}</div>
            ${earnedSection(visit, earned)}
          </div>`,
      });
    }),
  );
};

function houseSection(visit: Visit, houses: Houses | null): Html {
  const { text, pageNumber } = visit;
  const { hosting } = text;
  return html`<section id="houses" aria-labelledby="houses-title">
    <h2 id="houses-title">${hosting.houses}</h2>
    ${houses === null && notice("warning", "listings-unavailable", hosting.housesDown)}
    ${houses?.listings.length === 0 && html`<p class="empty">${pageNumber > 1 ? hosting.noHousesHere : hosting.noHouses}</p>`}
    ${
      houses !== null &&
      houses.listings.length > 0 &&
      html`<ul class="own-houses">
          ${houses.listings.map((card) => ownHouse(visit, card))}
        </ul>
        ${pager(visit, houses.page, houses.pages, (page) => (page > 1 ? `/host?page=${page}` : "/host"))}`
    }
  </section>`;
}

function ownHouse(visit: Visit, card: ListingCard): Html {
  const { hosting, perNight } = visit.text;
  const at = `/host/listings/${card.id}`;
  const link = (to: string, name: string) =>
    html`<a href="${to}"
      >${name}<span class="unseen">: <bdi>${card.title}</bdi></span></a
    >`;
  return html`<li class="own-house" data-id="${card.id}">
    ${picture(visit, card.photo, "small")}
    <div>
      <p class="meta">
        <span class="state ${card.state}">${hosting.state[card.state]}</span
        ><span>${placeName(visit, card.place)}</span>
      </p>
      <h3>
        <a href="${at}"><bdi>${card.title}</bdi></a>
      </h3>
      <p class="meta">
        <span>${formatsOf(visit).money(card.nightly)} ${perNight}</span><span>${stars(visit, card.rating)}</span>
      </p>
      <p class="links">
        ${link(at, hosting.edit)} ${link(`${at}/calendar`, hosting.calendar)} ${link(`${at}/reviews`, hosting.reviews)}
      </p>
    </div>
  </li>`;
}

function guestSection(visit: Visit, guests: Guests | null): Html {
  const { hosting } = visit.text;
  return html`<section id="arrivals" aria-labelledby="arrivals-title">
    <h2 id="arrivals-title">${hosting.arrivals}</h2>
    ${guests === null && notice("warning", "bookings-unavailable", hosting.bookingsDown)}
    ${guests?.bookings.length === 0 && html`<p class="empty">${hosting.noArrivals}</p>`}
    ${guests !== null && guests.bookings.length > 0 && guestList(visit, guests.bookings)}
    ${guests !== null && guests.pages > 1 && html`<p class="hint">${hosting.someArrivals}</p>`}
    <p class="other"><a href="/host/bookings">${hosting.allBookings}</a></p>
  </section>`;
}

function earnedSection(visit: Visit, earned: Earned | null): Html {
  const { text, locale } = visit;
  const { hosting } = text;
  const { money, month } = formatsOf(visit);
  const names = [hosting.lastMonth, hosting.thisMonth];
  return html`<section class="card earned" id="earned" aria-labelledby="earned-title">
    <h2 id="earned-title">${hosting.earned}</h2>
    ${earned === null && notice("warning", "earned-unavailable", hosting.earnedDown)}
    ${
      earned &&
      html`<dl>
        ${earned
          .map(
            (one, index) =>
              html`<div>
                <dt>${names[index]} <span class="hint">${month(`${one.month}-01`)}</span></dt>
                <dd>
                  <strong>${money(one.won)}</strong>
                  <span class="hint">${hosting.stays(locale.number(one.stays))}</span>
                </dd>
              </div>`,
          )
          .toReversed()}
      </dl>`
    }
    <p class="hint">${hosting.earnedHint}</p>
  </section>`;
}
