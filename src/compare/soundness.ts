import type { Consistency } from "./consistency.ts";
import { absent, number, type Language } from "./format.ts";
import type { Report } from "./report.ts";
import type { Table } from "./tables.ts";
import { words, type WordKey } from "./words.ts";

/** Tables of what became of writes, and of what must hold: these stand under any load. */

const counted = [
  "writes",
  "unread",
  "lost",
  "ambiguous",
  "duplicate",
  "stale",
  "torn",
  "orphan",
  "oversold",
] as const satisfies (keyof Consistency & WordKey)[];

/** null: nothing of it was looked at. */
export function consistencyTable({ columns }: Report, language: Language): Table | null {
  const t = words[language];
  // Without a write there is nothing to lose.
  const known = columns.filter(
    ({ consistency: seen }) =>
      seen !== null && (seen.writes > 0 || [seen.torn, seen.orphan, seen.oversold].some((each) => each !== null)),
  );
  if (known.length === 0) return null;
  const cell = (consistency: Consistency, key: (typeof counted)[number]): string => {
    const { [key]: count, looked, longestStaleMs, longestAtLeast } = consistency;
    // Nothing that was not looked at may be taken for none.
    if (count === null) return t.unmeasured;
    if (key !== "stale") return String(count);
    const longest = longestStaleMs ? ` (${longestAtLeast ? "≥" : "≤"} ${number(longestStaleMs, "ms")})` : "";
    return `${count} / ${looked}${longest}`;
  };
  return {
    head: [t.column, ...counted.map((key) => t[key])],
    rows: known.map(({ name, consistency }) => [name, ...counted.map((key) => cell(consistency!, key))]),
  };
}

const states = { holds: "holds", violated: "violated", busy: "busy", failed: "unchecked" } as const;

/** null: nothing was checked. */
export function invariantTable({ columns }: Report, language: Language): Table | null {
  const t = words[language];
  const checks = new Map(columns.flatMap(({ invariants }) => invariants.map(({ id, says }) => [id, says])));
  if (checks.size === 0) return null;
  return {
    head: [t.invariants, ...columns.map(({ name }) => name)],
    rows: [...checks].map(([id, says]) => [
      `${id} ${says[language]}`,
      ...columns.map(({ invariants }) => {
        const found = invariants.find((each) => each.id === id);
        if (found === undefined) return absent;
        const { state, violations, checked } = found;
        return state === "violated" ? `${t.violated}: ${violations}` : `${t[states[state]]} (${checked})`;
      }),
    ]),
  };
}
