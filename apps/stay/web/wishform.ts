import { html } from "hono/html";
import { inputField, selectField } from "../../shared/web/fields.ts";
import { blank, type FormState } from "../../shared/web/forms.ts";
import type { Html } from "../../shared/web/layout.ts";
import { addDays, horizonDays, todayAt } from "../dates.ts";
import { findSorts } from "../find.ts";
import { amenities } from "../listings/contract.ts";
import { placeSlugs } from "../places.ts";
import { maxGuests, wishAddress, type Wish, type WishField } from "./asked.ts";
import { formatsOf, placeName, stayDates } from "./format.ts";
import type { Visit } from "./visit.ts";

/** The form in which people say where, when, with how many, and for how much. */

export function stateOf({ values, errors }: Wish): FormState<WishField> {
  return { values, errors, status: Object.keys(errors).length > 0 ? 422 : 200 };
}

/** Where, when, and with how many: what the main page asks. */
export function shortForm(visit: Visit): Html {
  return html`<form class="wish" action="/search" id="wish" role="search">
    ${basics(visit, blank())}
    <button class="button">${visit.text.find}</button>
  </form>`;
}

/** All that can be asked. */
export function fullForm(visit: Visit, wish: Wish): Html {
  const { text } = visit;
  const state = stateOf(wish);
  const open =
    wish.amenities.length > 0 ||
    wish.values.min !== "" ||
    wish.values.max !== "" ||
    state.errors.min ||
    state.errors.max;
  return html`<form class="wish full" action="/search" id="wish" role="search">
    ${basics(visit, state)}
    ${inputField(visit, state, { name: "q", label: text.words, type: "search", required: false, more: { maxlength: "100" } })}
    <details ${open && html`open`}>
      <summary>${text.moreFilters}</summary>
      <div class="prices">
        ${inputField(visit, state, { name: "min", label: text.minPrice, required: false, more: { inputmode: "numeric" } })}
        ${inputField(visit, state, { name: "max", label: text.maxPrice, required: false, more: { inputmode: "numeric" } })}
      </div>
      <fieldset class="chips">
        <legend>${text.amenities}</legend>
        ${amenities.map((one) => {
          const checked = wish.amenities.includes(one);
          return html`<label class="chip"
            ><input type="checkbox" name="amenity" value="${one}" ${checked && html`checked`} /><span
              >${text.amenity[one]}</span
            ></label
          >`;
        })}
      </fieldset>
    </details>
    <div class="field sort">
      <label for="sort">${text.sort}</label>
      <select id="sort" name="sort">
        ${findSorts.map((one) => html`<option value="${one}" ${one === wish.sort && html`selected`}>${text.sorts[one]}</option>`)}
      </select>
    </div>
    <button class="button">${text.find}</button>
  </form>`;
}

function basics(visit: Visit, state: FormState<WishField>): Html {
  const { text, context } = visit;
  const today = todayAt(context.now());
  const days = { min: today, max: addDays(today, horizonDays) };
  const choices = [
    { value: "", name: text.anywhere },
    ...placeSlugs.map((slug) => ({ value: slug, name: placeName(visit, slug) })),
  ];
  return html`${selectField(visit, state, { name: "place", label: text.place, required: false }, choices)}
  ${inputField(visit, state, { name: "from", label: text.arrival, type: "date", required: false, more: days })}
  ${inputField(visit, state, { name: "to", label: text.departure, type: "date", required: false, more: days })}
  ${inputField(visit, state, {
    name: "guests",
    label: text.guests,
    type: "number",
    required: false,
    more: { min: "1", max: String(maxGuests), inputmode: "numeric" },
  })}`;
}

/** What is asked for now; each leads to the same without it. */
export function chosenFilters(visit: Visit, wish: Wish): Html | "" {
  const { text, locale } = visit;
  const { money } = formatsOf(visit);
  const { q, place, dates, guests, price } = wish.question;
  const chosen: [name: string, without: string][] = [];
  if (q) chosen.push([`“${q}”`, wishAddress(wish, { q: "" })]);
  if (place) chosen.push([placeName(visit, place), wishAddress(wish, { place: "" })]);
  if (dates) chosen.push([stayDates(visit, dates), wishAddress(wish, { from: "", to: "" })]);
  if (guests !== undefined) chosen.push([`${text.guests} ${locale.number(guests)}`, wishAddress(wish, { guests: "" })]);
  if (price) {
    const { min, max } = price;
    const range = `${min === undefined ? "" : money(min)}–${max === undefined ? "" : money(max)}`;
    chosen.push([range, wishAddress(wish, { min: "", max: "" })]);
  }
  for (const one of wish.amenities)
    chosen.push([text.amenity[one], wishAddress(wish, { amenities: wish.amenities.filter((other) => other !== one) })]);
  if (chosen.length === 0) return "";
  return html`<nav class="chosen" aria-label="${text.chosenFilters}">
    <ul>
      ${chosen.map(
        ([name, without]) =>
          html`<li>
            <a class="chip" href="${without}"
              ><span class="unseen">${text.dropFilter("")}</span><bdi>${name}</bdi><span aria-hidden="true"> ×</span></a
            >
          </li>`,
      )}
      ${chosen.length > 1 && html`<li><a href="/search">${text.clearFilters}</a></li>`}
    </ul>
  </nav>`;
}
