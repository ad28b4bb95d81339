import { html } from "hono/html";
import { isError } from "seamline";
import { checkField, inputField, selectField, textArea, type Field } from "../../../shared/web/fields.ts";
import { wait, type Errors, type Explained, type FormState } from "../../../shared/web/forms.ts";
import type { Html } from "../../../shared/web/layout.ts";
import { amenities, ListingDraft, listings, policies, type Listing } from "../../listings/contract.ts";
import { placeSlugs } from "../../places.ts";
import { placeName } from "../format.ts";
import type { Visit } from "../visit.ts";

/** What a host says of a house, as fields of a form. */

const words = ["title", "description", "place", "policy"] as const;
const figures = ["capacity", "units", "nightly", "cleaning"] as const;
type Amenity = (typeof amenities)[number];
export type HouseField = (typeof words)[number] | (typeof figures)[number] | `amenity-${Amenity}`;
export type HouseValues = Record<HouseField, string>;

const boxes = amenities.map((one) => `amenity-${one}` as const);

export const newHouse: Partial<HouseValues> = { capacity: "2", units: "1", cleaning: "0", policy: "moderate" };

export function valuesOf(listing: Listing): HouseValues {
  return Object.fromEntries([
    ...words.map((name) => [name, listing[name]]),
    ...figures.map((name) => [name, String(listing[name])]),
    ...amenities.map((one) => [`amenity-${one}`, listing.amenities.includes(one) ? "yes" : ""]),
  ]) as HouseValues;
}

export function writtenIn(visit: Visit): HouseValues {
  return Object.fromEntries([...words, ...figures, ...boxes].map((name) => [name, visit.field(name)])) as HouseValues;
}

/** What was written as what a listing is made of; only whole where `problemsOf` finds none. */
export function toDraft(values: HouseValues, photos: Listing["photos"]): ReturnType<typeof ListingDraft.parse> {
  const figure = (name: (typeof figures)[number]) => figureIn(values[name]);
  return {
    title: values.title,
    description: values.description,
    place: values.place as Listing["place"],
    policy: values.policy as Listing["policy"],
    capacity: figure("capacity"),
    units: figure("units"),
    nightly: figure("nightly"),
    cleaning: figure("cleaning"),
    amenities: amenities.filter((one) => values[`amenity-${one}`] !== ""),
    photos,
  };
}

/** A whole number, also as "128,000"; NaN for anything else. */
function figureIn(written: string): number {
  const digits = written.replaceAll(/[\s,]/g, "");
  return /^\d{1,12}$/.test(digits) ? Number(digits) : Number.NaN;
}

export function problemsOf({ text }: Visit, values: HouseValues): Errors<HouseField> {
  const { shape } = ListingDraft;
  const draft = toDraft(values, []);
  const told: Errors<HouseField> = {};
  for (const name of [...words, ...figures])
    if (!shape[name].safeParse(draft[name]).success)
      told[name] = name === "policy" ? text.badRequestWhy : text.houseForm[`${name}Invalid`];
  return told;
}

export function explainHouse(visit: Visit, error: unknown): Explained<HouseField> | null {
  const { text } = visit;
  const { houseForm, hosting } = text;
  for (const operation of [listings.create, listings.edit, listings.publish, listings.pause] as const)
    if (isError(error, operation, "forbidden"))
      return { errors: { form: houseForm.forbidden[error.data.reason] }, status: 403 };
  for (const operation of [listings.edit, listings.publish, listings.pause] as const)
    if (isError(error, operation, "notFound")) return { errors: { form: hosting.noHouse }, status: 404 };
  if (isError(error, listings.edit, "editConflict"))
    return { errors: { form: houseForm.conflict }, status: 409, version: error.data.version };
  if (!isError(error, listings.create, "tooOften")) return null;
  const { retryAfterSeconds } = error.data;
  return { errors: { form: houseForm.tooOften(wait(visit, retryAfterSeconds)) }, retryAfterSeconds };
}

export function houseFields(visit: Visit, state: FormState<HouseField>): Html {
  const { text } = visit;
  const { houseForm } = text;
  const choose = <V extends string>(values: readonly V[], name: (value: V) => string) =>
    values.map((value) => ({ value, name: name(value) }));
  const policyHint = policies.map((one) => `${text.policyName[one]}: ${text.policyWords[one]}`).join(" ");
  return html`<fieldset>
      <legend>${houseForm.about}</legend>
      ${inputField(visit, state, { name: "title", label: houseForm.title, hint: houseForm.titleHint, max: 80, autocomplete: "off" })}
      ${textArea(visit, state, { name: "description", label: houseForm.description, hint: houseForm.descriptionHint, max: 4000 }, 9)}
      ${selectField(
        visit,
        state,
        { name: "place", label: houseForm.place },
        choose(placeSlugs, (one) => placeName(visit, one)),
      )}
    </fieldset>
    <fieldset class="pair">
      <legend>${houseForm.size}</legend>
      ${numberField(visit, state, { name: "capacity", label: houseForm.capacity })}
      ${numberField(visit, state, { name: "units", label: houseForm.units, hint: houseForm.unitsHint })}
    </fieldset>
    <fieldset class="pair">
      <legend>${houseForm.price}</legend>
      ${numberField(visit, state, { name: "nightly", label: houseForm.nightly })}
      ${numberField(visit, state, { name: "cleaning", label: houseForm.cleaning })}
      ${selectField(
        visit,
        state,
        { name: "policy", label: houseForm.policy, hint: policyHint },
        choose(policies, (one) => text.policyName[one]),
      )}
    </fieldset>
    <fieldset class="boxes">
      <legend>${houseForm.amenities}</legend>
      ${amenities.map((one) => checkField(state, { name: `amenity-${one}`, label: text.amenity[one] }))}
    </fieldset>`;
}

function numberField(visit: Visit, state: FormState<HouseField>, field: Field<HouseField>): Html {
  return inputField(visit, state, { ...field, autocomplete: "off", more: { inputmode: "numeric" } });
}
