import { html } from "hono/html";
import { notice, type Html, type Page } from "../../shared/web/layout.ts";
import { placeSlugs } from "../places.ts";
import { houses } from "./cards.ts";
import { placeName } from "./format.ts";
import { headOf } from "./head.ts";
import { viewOf } from "./views.ts";
import type { Part, Visit } from "./visit.ts";
import { shortForm } from "./wishform.ts";

/** The main page: where to go, when, and with how many. */

const shownAtMost = 8;

export const homePages: Part = ({ get }) => {
  get("/", async (visit) => visit.show(await homePage(visit)));
};

async function homePage(visit: Visit): Promise<Page> {
  const { text } = visit;
  return {
    title: text.brand,
    head: headOf(visit, { path: "/", title: text.brand, description: text.homeLead, image: viewOf("gyeongju") }),
    body: html`<section class="hero">
        <img class="hero-view" src="${viewOf("gangneung")}" alt="" width="1200" height="800" />
        <div class="hero-words">
          <h1>${text.tagline}</h1>
          <p>${text.homeLead}</p>
        </div>
        ${shortForm(visit)}
      </section>
      ${placeTiles(visit)} ${await newest(visit)}`,
  };
}

export function placeTiles(visit: Visit): Html {
  return html`<section class="places" aria-labelledby="by-place">
    <h2 id="by-place">${visit.text.byPlace}</h2>
    <ul>
      ${placeSlugs.map(
        (slug) =>
          html`<li>
            <a class="place" href="/search?place=${slug}"
              ><img src="${viewOf(slug)}" alt="" width="480" height="320" loading="lazy" /><span
                >${placeName(visit, slug)}</span
              ></a
            >
          </li>`,
      )}
    </ul>
  </section>`;
}

async function newest(visit: Visit): Promise<Html> {
  const { text, context } = visit;
  const page = await context.part(
    "listings",
    () => context.listings.browse({ page: 1 }),
    () => null,
  );
  if (page === null) return notice("warning", "listings-unavailable", `${text.listingsDown}. ${text.listingsDownWhy}`);
  const shown = page.listings.slice(0, shownAtMost).map((card) => ({ card, address: `/listings/${card.id}` }));
  return html`<section class="newest" aria-labelledby="newest">
    <h2 id="newest">${text.newest}</h2>
    ${shown.length === 0 ? html`<p class="empty">${text.noHouses}</p>` : houses(visit, shown)}
    <p class="other"><a class="button quiet" href="/search">${text.allHouses}</a></p>
  </section>`;
}
