import { html } from "hono/html";
import { isError } from "seamline";
import { hidden, summary } from "../../../shared/web/fields.ts";
import { blank, submit, type FormState } from "../../../shared/web/forms.ts";
import type { Html, Page } from "../../../shared/web/layout.ts";
import { listings, type Listing } from "../../listings/contract.ts";
import type { Part, Visit } from "../visit.ts";
import { photoSection, type PhotoField } from "./album.ts";
import {
  explainHouse,
  houseFields,
  newHouse,
  problemsOf,
  toDraft,
  valuesOf,
  writtenIn,
  type HouseField,
} from "./form.ts";
import { asMember, withOwnHouse } from "./rights.ts";
import { houseTabs } from "./tabs.ts";

/** Writing a house down, changing it, showing it to everybody and taking it down. */

export const hostListingPages: Part = ({ get, post }) => {
  get("/host/listings/new", (visit) =>
    asMember(visit, "/host/listings/new", () => visit.show(newPage(visit, blank(newHouse)))),
  );
  post("/host/listings/new", async (visit) => {
    const values = writtenIn(visit);
    const done = await submit<HouseField, Listing>(visit, {
      values,
      check: () => problemsOf(visit, values),
      call: (key) =>
        visit.context.listings.create(toDraft(values, []), { key: visit.callKey(key, "createListing", values) }),
      explain: (error) => explainHouse(visit, error),
    });
    if (!done.ok) return visit.show(newPage(visit, done.state), done.state.status);
    return visit.go(`/host/listings/${done.value.id}`, "listingCreated");
  });

  get("/host/listings/:id", (visit) => withOwnHouse(visit, (listing) => visit.show(housePage(visit, listing))));
  post("/host/listings/:id", (visit) =>
    withOwnHouse(visit, async (listing) => {
      const values = writtenIn(visit);
      const version = Number(visit.field("version")) || 0;
      const done = await submit<HouseField, Listing>(visit, {
        values,
        check: () => problemsOf(visit, values),
        call: (key) => {
          const input = { id: listing.id, version, ...toDraft(values, listing.photos) };
          return visit.context.listings.edit(input, { key: visit.callKey(key, "editListing", input) });
        },
        explain: (error) => explainHouse(visit, error),
      });
      if (done.ok) return visit.go(`/host/listings/${listing.id}`, "listingSaved");
      return visit.show(housePage(visit, listing, { house: done.state }), done.state.status);
    }),
  );

  for (const act of ["publish", "pause"] as const) {
    get(`/host/listings/:id/${act}`, (visit) => withOwnHouse(visit, ({ id }) => visit.go(`/host/listings/${id}`)));
    post(`/host/listings/:id/${act}`, (visit) =>
      withOwnHouse(visit, async (listing) => {
        const { id } = listing;
        const done = await submit<HouseField, Listing>(visit, {
          values: valuesOf(listing),
          call: (key) => visit.context.listings[act]({ id }, { key: visit.callKey(key, act, id) }),
          explain: (error) => {
            if (!isError(error, listings.publish, "notReady")) return explainHouse(visit, error);
            return { errors: { form: visit.text.showing.missing } };
          },
        });
        if (done.ok) return visit.go(`/host/listings/${id}`, act === "publish" ? "listingPublished" : "listingPaused");
        return visit.show(housePage(visit, listing, { showing: done.state }), done.state.status);
      }),
    );
  }
};

function newPage(visit: Visit, state: FormState<HouseField>): Page {
  const { houseForm } = visit.text;
  return {
    title: houseForm.newTitle,
    unlisted: true,
    body: html`<h1>${houseForm.newTitle}</h1>
      <p class="lead">${houseForm.newLead}</p>
      ${summary(visit, state)} ${houseFormOf(visit, state, "/host/listings/new", houseForm.create)}`,
  };
}

function houseFormOf(
  visit: Visit,
  state: FormState<HouseField>,
  action: string,
  button: string,
  more: Record<string, string> = {},
): Html {
  return html`<form
    class="card house-form"
    id="house-form"
    method="post"
    action="${action}"
    data-draft="${action}"
    novalidate
  >
    ${hidden(visit, state, more)} ${houseFields(visit, state)}
    <p class="actions">
      <button class="button">${button}</button>
      <a class="button quiet" href="/host">${visit.text.cancel}</a>
    </p>
  </form>`;
}

interface HouseStates {
  readonly house?: FormState<HouseField>;
  readonly showing?: FormState<HouseField>;
  readonly photo?: FormState<PhotoField>;
}

export function housePage(visit: Visit, listing: Listing, states: HouseStates = {}): Page {
  const { hosting, houseForm } = visit.text;
  const { house = blank<HouseField>(valuesOf(listing)) } = states;
  const at = `/host/listings/${listing.id}`;
  const version = String(house.version ?? listing.version);
  return {
    title: houseForm.editTitle,
    unlisted: true,
    body: html`<p class="meta"><span class="state ${listing.state}">${hosting.state[listing.state]}</span></p>
      <h1><bdi>${listing.title}</bdi></h1>
      ${houseTabs(visit, listing, "edit")} ${showingSection(visit, listing, states.showing)}
      ${photoSection(visit, listing, states.photo)}
      <h2 class="apart">${houseForm.editTitle}</h2>
      ${summary(visit, house)} ${houseFormOf(visit, house, at, houseForm.save, { version })}
      <p class="back"><a href="/host">${hosting.back}</a></p>`,
  };
}

function showingSection(visit: Visit, listing: Listing, state: FormState<HouseField> = blank()): Html {
  const { showing } = visit.text;
  const missing = [
    ...(listing.photos.length === 0 ? [showing.missingOf.photos] : []),
    ...(listing.description.length < 20 ? [showing.missingOf.description] : []),
  ];
  const act = listing.state === "published" ? "pause" : "publish";
  return html`<section class="card" id="showing" aria-labelledby="showing-title">
    <h2 id="showing-title">${showing.title}</h2>
    ${summary(visit, state)}
    <p>${showing[listing.state]}</p>
    ${
      missing.length > 0 &&
      html`<p>${showing.missing}</p>
        <ul class="missing">
          ${missing.map((one) => html`<li>${one}</li>`)}
        </ul>`
    }
    <form id="${act}" method="post" action="/host/listings/${listing.id}/${act}">
      ${hidden(visit, state)}
      <button class="button ${act === "pause" && "quiet"}">${showing[act]}</button>
    </form>
  </section>`;
}
