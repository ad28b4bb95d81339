import { monolithOf, type ColumnReport, type FaultReport, type Harm, type Report } from "./report.ts";
import { difference, isSpread, type Difference, type Spread } from "./statistics.ts";

/**
 * What a fault says about architecture, from the blast radius by requests in four columns. The comparison that counts is
 * like for like: the split is judged with guards on both sides.
 */
export type Verdict =
  /** Nowhere a whole point. */
  | "unfelt"
  /** The split saved what guards did not. */
  | "split"
  /** Guards saved as much as the split. */
  | "guards"
  /** Guards saved something, the split more. */
  | "both"
  /** With guards on both sides the split lost more. */
  | "worse"
  /** Nothing saved anything. */
  | "same"
  /** A figure is missing or invalid. */
  | "unknown";

/** A monolith and the column with the same guards that is cut the most. */
export interface Pair {
  readonly monolith: ColumnReport;
  readonly split: ColumnReport;
}

export function pairOf({ columns }: Report, guards: "naive" | "guarded"): Pair | null {
  const same = columns.filter((column) => column.guards === guards);
  const monolith = same[0] === undefined ? null : monolithOf(columns, same[0]);
  const split = same.filter(({ deployables }) => deployables > 1).toSorted((a, b) => b.deployables - a.deployables)[0];
  return monolith === null || split === undefined ? null : { monolith, split };
}

/** A baseline whose availability lies below this for certain says that more than the fault was wrong (our threshold). */
const soundShare = 0.99;

/** Whether a column's users were not served well even without a fault: then what a fault took cannot be told. */
export function isWeak({ measured }: ColumnReport): boolean {
  const availability = measured === "invalid" ? null : measured.availability;
  return availability !== null && availability.high < soundShare;
}

/** Blast radius by requests in the four columns that are compared; null: not measured, invalid, or weak already without it. */
export interface Cells {
  readonly naiveMonolith: Spread | null;
  readonly guardedMonolith: Spread | null;
  readonly naiveSplit: Spread | null;
  readonly guardedSplit: Spread | null;
}

export function cellsOf(report: Report, fault: FaultReport): Cells {
  const [naive, guarded] = [pairOf(report, "naive"), pairOf(report, "guarded")];
  const of = (column: ColumnReport | undefined): Spread | null => {
    const harm = column === undefined || isWeak(column) ? null : harmOf(fault, column.name);
    return harm?.byRequests ?? null;
  };
  return {
    naiveMonolith: of(naive?.monolith),
    guardedMonolith: of(guarded?.monolith),
    naiveSplit: of(naive?.split),
    guardedSplit: of(guarded?.split),
  };
}

export function harmOf(fault: FaultReport, column: string): Harm | null {
  const harm = fault.columns.find((each) => each.column === column)?.harm;
  return harm === undefined || harm === "invalid" ? null : harm;
}

/** One point of blast radius: less is no difference (our threshold). */
const onePoint = 0.01;

export function isLess(a: Spread, b: Spread): boolean {
  return compare(a, b) === "lower";
}

function compare(a: Spread, b: Spread): Difference {
  return difference(a, b, onePoint);
}

export function verdictOf(cells: Cells): Verdict {
  const { naiveMonolith, guardedMonolith, naiveSplit, guardedSplit } = cells;
  if (!isSpread(naiveMonolith) || !isSpread(guardedMonolith) || !isSpread(guardedSplit)) return "unknown";
  const all = [naiveMonolith, guardedMonolith, guardedSplit, ...(naiveSplit === null ? [] : [naiveSplit])];
  if (all.every(({ value }) => value < onePoint)) return "unfelt";
  const bySplit = compare(guardedSplit, guardedMonolith);
  if (bySplit === "higher") return "worse";
  const byGuards = isLess(guardedMonolith, naiveMonolith);
  if (bySplit === "lower") return byGuards ? "both" : "split";
  return byGuards ? "guards" : "same";
}
