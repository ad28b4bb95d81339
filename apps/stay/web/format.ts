import { languages, type Language } from "../../shared/web/language.ts";
import { addDays, daysBetween, todayAt } from "../dates.ts";
import { places, type Place } from "../places.ts";
import type { Visit } from "./visit.ts";

/** Money and days as people read them. Days are calendar days of the house, so no time zone moves them. */

interface Formats {
  money(won: number): string;
  /** "11월 22일 (일)" */
  day(night: string): string;
  /** With its year. */
  dayAndYear(night: string): string;
  /** Of any day in it. */
  month(night: string): string;
  /** Sunday first. */
  readonly weekdays: readonly { readonly short: string; readonly long: string }[];
}

function formats(language: Language): Formats {
  const timeZone = "UTC";
  const of = (options: Intl.DateTimeFormatOptions) => {
    const format = new Intl.DateTimeFormat(language, { timeZone, ...options });
    return (night: string) => format.format(new Date(`${night}T00:00:00Z`));
  };
  const won = new Intl.NumberFormat(language, { style: "currency", currency: "KRW" });
  const [short, long] = [of({ weekday: "short" }), of({ weekday: "long" })];
  const sunday = "2026-11-22";
  return {
    money: (amount) => won.format(amount),
    day: of({ month: "short", day: "numeric", weekday: "short" }),
    dayAndYear: of({ year: "numeric", month: "short", day: "numeric", weekday: "short" }),
    month: of({ year: "numeric", month: "long" }),
    weekdays: Array.from({ length: 7 }, (_, n) => addDays(sunday, n)).map((one) => ({
      short: short(one),
      long: long(one),
    })),
  };
}

const all = Object.fromEntries(languages.map((language) => [language, formats(language)])) as Record<Language, Formats>;

export function formatsOf({ locale }: Visit): Formats {
  return all[locale.language];
}

export function placeName({ locale }: Visit, place: Place): string {
  return places[place][locale.language];
}

/** "11월 22일 (일) – 11월 24일 (화)"; with the year where it is not this one. */
export function stayDates(visit: Visit, { from, to }: { from: string; to: string }): string {
  const { day, dayAndYear } = formatsOf(visit);
  const year = todayAt(visit.context.now()).slice(0, 4);
  const name = (night: string): string => (night.startsWith(year) ? day(night) : dayAndYear(night));
  return `${name(from)} – ${name(to)}`;
}

export function nightsAndGuests(
  { text, locale }: Visit,
  { from, to, guests }: { from: string; to: string; guests: number },
): string {
  return text.nightsAndGuests(locale.number(daysBetween(from, to)), locale.number(guests));
}
