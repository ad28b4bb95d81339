import type { Errors } from "../../shared/web/forms.ts";
import { Night, problemOf } from "../dates.ts";
import { findSorts, type Question } from "../find.ts";
import { amenities } from "../listings/contract.ts";
import { Place } from "../places.ts";
import type { StayWish } from "./addresses.ts";
import type { Visit } from "./visit.ts";

/** What a visitor looks for, as the address of a page says it; whatever is wrong with it is told beside its field. */

export const maxGuests = 16;
const wishFields = ["q", "place", "from", "to", "guests", "min", "max"] as const;
export type WishField = (typeof wishFields)[number];
export type Values<F extends string> = Readonly<Record<F, string>>;

export interface Wish {
  readonly values: Values<WishField>;
  readonly amenities: readonly (typeof amenities)[number][];
  readonly sort: (typeof findSorts)[number];
  readonly errors: Errors<WishField>;
  /** What to look for; what is wrong is left out of it. */
  readonly question: Question;
}

export function wishOf(visit: Visit): Wish {
  const values = Object.fromEntries(
    wishFields.map((name) => [name, visit.query(name).trim().slice(0, 100)]),
  ) as Values<WishField>;
  const given: unknown = (visit.request.query as Record<string, unknown>)["amenity"];
  const wanted = amenities.filter((one) => (Array.isArray(given) ? given : [given]).includes(one));
  const sort = findSorts.find((one) => one === visit.query("sort")) ?? "newest";
  const { place, min, max, guests } = values;
  const [low, high] = [wonIn(min), wonIn(max)];
  const errors: Errors<WishField> = {
    ...(place !== "" && !Place.safeParse(place).success && { place: visit.text.placeUnknown }),
    ...datesErrors(visit, values),
    ...(guests !== "" && guestsIn(guests) === null && { guests: guestsRange(visit, maxGuests) }),
    ...(Number.isNaN(low) && { min: visit.text.priceUnreadable }),
    ...(Number.isNaN(high) && { max: visit.text.priceUnreadable }),
    ...(low !== undefined && high !== undefined && low > high && { max: visit.text.priceInverted }),
  };
  const { from, to } = values;
  const question: Question = {
    q: values.q,
    ...(place !== "" && !errors.place && { place: place as Place }),
    ...(from !== "" && !errors.from && !errors.to && { dates: { from, to } }),
    ...(guests !== "" && !errors.guests && { guests: Number(guests) }),
    ...((min !== "" || max !== "") && !errors.min && !errors.max && { price: priceRange(low, high) }),
    amenities: wanted,
    sort,
  };
  return { values, amenities: wanted, sort, errors, question };
}

/** The address of the same wish with something changed; "" leaves a field out. */
export function wishAddress(
  { values, amenities: wanted, sort }: Wish,
  change: Partial<Values<WishField>> & { amenities?: readonly string[]; cursor?: string; page?: string } = {},
): string {
  const { amenities: others = wanted, ...rest } = change;
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...values, ...rest })) if (value !== "") query.append(name, value);
  for (const amenity of others) query.append("amenity", amenity);
  if (sort !== "newest") query.set("sort", sort);
  return `/search${query.size > 0 ? `?${query}` : ""}`;
}

/** Both dates or none, and such that somebody could stay at them. */
export function datesErrors(
  visit: Visit,
  { from, to }: { readonly from: string; readonly to: string },
): Errors<"from" | "to"> {
  const { text, context } = visit;
  if (from === "" && to === "") return {};
  const unreadable = (day: string) =>
    day === "" ? text.dateMissing : Night.safeParse(day).success ? undefined : text.dateUnreadable;
  const [wrongFrom, wrongTo] = [unreadable(from), unreadable(to)];
  if (wrongFrom || wrongTo) return { ...(wrongFrom && { from: wrongFrom }), ...(wrongTo && { to: wrongTo }) };
  const problem = problemOf({ from, to }, context.now());
  return problem === null ? {} : dateProblem(visit, problem);
}

export function dateProblem(
  { text }: Visit,
  problem: NonNullable<ReturnType<typeof problemOf>>,
): Errors<"from" | "to"> {
  return { [problem === "past" ? "from" : "to"]: text.datesProblem[problem] };
}

/** A number of guests that some house might take; null for anything else. */
export function guestsIn(value: string): number | null {
  return /^[1-9]\d?$/.test(value) && Number(value) <= maxGuests ? Number(value) : null;
}

export function guestsRange({ text, locale }: Visit, max: number): string {
  return text.guestsBetween(locale.number(1), locale.number(max));
}

/** What somebody wants to book, as the address of a house says it; nothing that could not be booked. */
export function stayWish({ dates, guests }: Question): Partial<StayWish> {
  return { ...dates, ...(guests !== undefined && { guests: String(guests) }) };
}

/** undefined: none was given; NaN: it is none. */
function wonIn(value: string): number | undefined {
  const digits = value.replaceAll(",", "");
  if (digits === "") return undefined;
  return /^\d{1,9}$/.test(digits) ? Number(digits) : Number.NaN;
}

function priceRange(min: number | undefined, max: number | undefined): NonNullable<Question["price"]> {
  return { ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
}
