import { number, type Language } from "./format.ts";
import type { ColumnReport, Report } from "./report.ts";
import { whyInvalid } from "./tables.ts";
import { words } from "./words.ts";

/** A baseline whose availability lies below this for certain says that more than the fault was wrong (our threshold). */
const soundShare = 0.99;

/** What a reader must know before any figure. Empty: nothing. */
export function warnings({ columns, complete, why, torn }: Report, language: Language): string[] {
  const t = words[language];
  const invalid = columns.filter(({ validity }) => !validity.valid);
  const names = invalid.map(({ name, validity }) => `${name} (${whyInvalid(validity.why, language)})`);
  const weak = columns.flatMap((column) => weakOf(column));
  return [
    ...(complete ? [] : [`${t.incomplete} (${why})`]),
    ...(torn.length === 0 ? [] : [`${t.cutOff}: ${torn.join(", ")}`]),
    ...(names.length === 0 ? [] : [`${t.invalid}: ${names.join(", ")}. ${t.whenInvalid}`]),
    ...(weak.length === 0 ? [] : [`${t.weak}: ${weak.join(", ")}. ${t.whenWeak}`]),
  ];
}

/** "monolith naive 83.2 %", where users were not served well even without a fault. */
function weakOf({ name, measured }: ColumnReport): string[] {
  const availability = measured === "invalid" ? null : measured.availability;
  if (availability === null || availability.high >= soundShare) return [];
  return [`${name} ${number(availability.share, "share")}`];
}
