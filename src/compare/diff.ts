import { absent, figure, type Language } from "./format.ts";
import { measuresOf, type Measure } from "./measures.ts";
import type { Report } from "./report.ts";
import { difference, isSpread, type Figure } from "./statistics.ts";
import type { Table } from "./tables.ts";

/** A figure in two reports. */
export interface Change {
  readonly measure: Omit<Measure, "figure">;
  readonly before: Figure;
  readonly after: Figure;
  /** "none" where the ranges overlap; null: one of them is not known. */
  readonly change: "better" | "worse" | "none" | null;
}

/** Two reports figure by figure; what only one of them has is beside null. */
export function diff(before: Report, after: Report): Change[] {
  const [old, recent] = [before, after].map((report) => new Map(measuresOf(report).map((each) => [keyOf(each), each])));
  return [...new Set([...old!.keys(), ...recent!.keys()])].flatMap((key) => {
    const [a, b] = [old!.get(key), recent!.get(key)];
    const { figure: _, ...measure } = (a ?? b)!;
    const [first, second] = [a?.figure ?? null, b?.figure ?? null];
    if (first === null && second === null) return [];
    return { measure, before: first, after: second, change: changeOf(measure.better, first, second) };
  });
}

function keyOf({ column, fault, name, feature }: Measure): string {
  return JSON.stringify([column, fault, name, feature]);
}

function changeOf(better: Measure["better"], before: Figure, after: Figure): Change["change"] {
  if (!isSpread(before) || !isSpread(after)) return null;
  const moved = difference(after, before);
  return moved === "none" ? "none" : moved === better ? "better" : "worse";
}

const words = {
  en: { head: ["figure", "before", "after", ""], better: "▲ better", worse: "▼ worse", none: "no difference" },
  ko: { head: ["수치", "앞", "뒤", ""], better: "▲ 나아짐", worse: "▼ 나빠짐", none: "차이 없음" },
} as const;

export function diffTable(changes: readonly Change[], language: Language): Table {
  const t = words[language];
  const cell = (value: Figure, { unit }: Change["measure"]): string => figure(value, unit, language);
  return {
    head: t.head,
    rows: changes.map(({ measure, before, after, change }) => [
      labelOf(measure),
      cell(before, measure),
      cell(after, measure),
      change === null ? absent : t[change],
    ]),
  };
}

/** The line that a hypothesis about it would begin with, as far as it goes. */
function labelOf({ column, name, feature, fault }: Omit<Measure, "figure">): string {
  const of = feature === null ? "" : ` of ${feature}`;
  return `[${column}] ${name}${of}${fault === null ? "" : ` during ${fault}`}`;
}
