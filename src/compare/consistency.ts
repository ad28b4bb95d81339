import type { ViolationKind } from "../module/invariants.ts";
import type { Recording } from "../record/reader.ts";
import type { InvariantsLine } from "../record/recording.ts";

/**
 * What became of writes: every one has an id of its own, and everything is read when all is quiet. Names follow the
 * set-full checker of Jepsen. null: not looked at.
 */
export interface Consistency {
  readonly writes: number;
  /** Writes that nobody read afterwards, so that nothing can be said of them. */
  readonly unread: number;
  /** Acknowledged, then absent; null, as of the next two: no write was noted, so nothing is known. */
  readonly lost: number | null;
  /** Reported as failed, yet there. */
  readonly ambiguous: number | null;
  /** There more than once. */
  readonly duplicate: number | null;
  /** Acknowledged writes that were looked for at once, as their writers would. */
  readonly looked: number;
  /** Of these, those that could not be seen for a while; null: none was looked for. */
  readonly stale: number | null;
  readonly longestStaleMs: number | null;
  /** Whether it may be longer, because something was not seen as long as it was looked for. */
  readonly longestAtLeast: boolean;
  /** Violations of the app's invariants of that kind. */
  readonly torn: number | null;
  readonly orphan: number | null;
  readonly oversold: number | null;
}

const unknown = { unread: 0, lost: null, ambiguous: null, duplicate: null };

export function consistency(recording: Recording, column: string): Consistency | null {
  const writes = recording.write.filter((line) => line.column === column);
  const checks = invariants(recording, column);
  if (writes.length === 0 && checks.length === 0) return null;
  // The last reading counts: the ones before it may have been taken before everything was quiet.
  const reads = new Map(recording.read.filter((line) => line.column === column).map((line) => [line.writeId, line]));
  const counts = { unread: 0, lost: 0, ambiguous: 0, duplicate: 0 };
  for (const { writeId, said } of writes) {
    const found = reads.get(writeId)?.found;
    if (found === undefined) counts.unread += 1;
    else if (said === "acknowledged" && found === 0) counts.lost += 1;
    else if (said !== "acknowledged" && found > 0) counts.ambiguous += 1;
    if (found !== undefined && found > 1) counts.duplicate += 1;
  }
  const looks = recording.look.filter((line) => line.column === column);
  const broken = (kind: ViolationKind): number | null => violations(checks, kind);
  return {
    ...{ writes: writes.length, ...(writes.length === 0 ? unknown : counts) },
    looked: looks.length,
    stale: looks.length === 0 ? null : looks.filter(({ staleMs }) => staleMs > 0).length,
    longestStaleMs: looks.length === 0 ? null : Math.max(...looks.map(({ staleMs }) => staleMs)),
    longestAtLeast: looks.some(({ seen }) => !seen),
    ...{ torn: broken("torn"), orphan: broken("orphan"), oversold: broken("oversold") },
  };
}

export type InvariantReport = InvariantsLine["checks"][number];

/** Each invariant at its worst: one that was violated once is violated, whatever a later look says. */
export function invariants(recording: Recording, column: string): InvariantReport[] {
  const seen = recording.invariants.filter((line) => line.column === column).flatMap(({ checks }) => checks);
  const order = ["holds", "busy", "failed", "violated"];
  const worst = (a: InvariantReport, b: InvariantReport): InvariantReport => {
    const worse = order.indexOf(b.state) > order.indexOf(a.state) || b.violations > a.violations;
    return { ...(worse ? b : a), checked: Math.max(a.checked, b.checked) };
  };
  return [...Map.groupBy(seen, ({ id }) => id).values()].map((same) => same.reduce(worst));
}

function violations(checks: readonly InvariantReport[], kind: ViolationKind): number | null {
  // A check that could not be made does not say that there is nothing.
  const made = checks.filter((check) => check.kind === kind && (check.state === "holds" || check.state === "violated"));
  return made.length === 0 ? null : made.reduce((sum, check) => sum + check.violations, 0);
}
