import { takenLimit } from "../record/taken.ts";
import { number, type Language } from "./format.ts";
import type { ColumnReport, Report } from "./report.ts";
import { whyInvalid } from "./tables.ts";
import { isWeak } from "./verdict.ts";
import { words } from "./words.ts";

/** What a reader must know before any figure. Empty: nothing. */
export function warnings({ columns, complete, why, torn }: Report, language: Language): string[] {
  const t = words[language];
  const invalid = columns.filter(({ validity }) => !validity.valid);
  const names = invalid.map(({ name, validity }) => `${name} (${whyInvalid(validity.why, language)})`);
  const sharing = columns.flatMap(({ name, validity: { taken } }) =>
    taken !== null && taken > takenLimit ? [`${name} ${number(taken, "share")}`] : [],
  );
  const weak = columns.flatMap((column) => (isWeak(column) ? shareOf(column) : []));
  return [
    ...(complete ? [] : [`${t.incomplete} (${why})`]),
    ...(torn.length === 0 ? [] : [`${t.cutOff}: ${torn.join(", ")}`]),
    ...(names.length === 0 ? [] : [`${t.invalid}: ${names.join(", ")}. ${t.whenInvalid}`]),
    ...(sharing.length === 0 ? [] : [`${t.taken}: ${sharing.join(", ")}. ${t.whenTaken}`]),
    ...(weak.length === 0 ? [] : [`${t.weak}: ${weak.join(", ")}. ${t.whenWeak}`]),
  ];
}

/** "monolith naive 83.2 %" */
function shareOf({ name, measured }: ColumnReport): string[] {
  return measured === "invalid" ? [] : [`${name} ${number(measured.availability!.share, "share")}`];
}
