import type { Availability } from "./availability.ts";
import type { Unit } from "./format.ts";
import { quantiles, type Latency, type Quantile } from "./latency.ts";
import type { ColumnReport, FaultColumn, Report } from "./report.ts";
import type { Figure, Spread } from "./statistics.ts";

/** One figure of a report with its whole name: what hypotheses ask for, and what two reports are compared by. */
export interface Measure {
  readonly column: string;
  /** As in a hypothesis: "p95", "blast radius by requests". */
  readonly name: string;
  /** null: of all features. */
  readonly feature: string | null;
  /** null: without a fault. */
  readonly fault: string | null;
  readonly unit: Unit;
  readonly better: "lower" | "higher";
  readonly figure: Figure;
}

export const measureNames = {
  availability: ["share", "higher"],
  p50: ["ms", "lower"],
  p95: ["ms", "lower"],
  p99: ["ms", "lower"],
  "blast radius by requests": ["share", "lower"],
  "blast radius by features": ["share", "lower"],
  recovery: ["ms", "lower"],
  outage: ["ms", "lower"],
  restart: ["ms", "lower"],
  "amplification of p50": ["ratio", "lower"],
  "amplification of p95": ["ratio", "lower"],
  "amplification of p99": ["ratio", "lower"],
  "split tax of p50": ["ratio", "lower"],
  "split tax of p95": ["ratio", "lower"],
  "split tax of p99": ["ratio", "lower"],
  "wire time": ["ms", "lower"],
  throughput: ["perSecond", "higher"],
  cpu: ["seconds", "lower"],
  memory: ["bytes", "lower"],
  start: ["ms", "lower"],
  lost: ["count", "lower"],
  ambiguous: ["count", "lower"],
  duplicate: ["count", "lower"],
  stale: ["count", "lower"],
  torn: ["count", "lower"],
  orphan: ["count", "lower"],
  oversold: ["count", "lower"],
  violations: ["count", "lower"],
} as const satisfies Record<string, readonly [Unit, Measure["better"]]>;

export type MeasureName = keyof typeof measureNames;

/** Which measures are of one feature where it is named. */
export const ofFeature: readonly MeasureName[] = ["availability", "p50", "p95", "p99"];
/** Which are of a fault. The others, save those of features, are of none. */
export const ofFault: readonly MeasureName[] = [
  ...(["blast radius by requests", "blast radius by features", "recovery", "outage", "restart"] as const),
  ...(["amplification of p50", "amplification of p95", "amplification of p99"] as const),
];

export function measuresOf({ columns, faults }: Report): Measure[] {
  const struck = faults.flatMap(({ id, columns: each }) => each.map((column) => ofStruck(id, column)));
  return [...columns.map(ofColumn), ...struck].flat();
}

type Scope = Pick<Measure, "column" | "fault">;

function measure(scope: Scope, name: MeasureName, figure: Figure, feature: string | null = null): Measure {
  const [unit, better] = measureNames[name];
  return { ...scope, name, feature, unit, better, figure };
}

function ofColumn({ name, measured, consistency, invariants }: ColumnReport): Measure[] {
  const scope = { column: name, fault: null };
  const counts = (["lost", "ambiguous", "duplicate", "stale", "torn", "orphan", "oversold"] as const).map((each) =>
    measure(scope, each, consistency === null ? null : exactly(consistency[each])),
  );
  const violations = invariants.reduce((sum, each) => sum + each.violations, 0);
  counts.push(measure(scope, "violations", invariants.length === 0 ? null : exactly(violations)));
  if (measured === "invalid") return [...counts, ...invalidOnes(scope)];
  const { splitTax, calls, throughput, cost } = measured;
  return [
    ...seen(scope, measured.availability, measured.latency),
    ...measured.features.flatMap(({ feature, ...each }) => seen(scope, each.availability, each.latency, feature)),
    ...byQuantile((q) => measure(scope, `split tax of ${q}`, splitTax?.[q] ?? null)),
    measure(scope, "wire time", calls.wireMs),
    measure(scope, "throughput", throughput.perSecond),
    measure(scope, "cpu", cost.cpuSeconds.total),
    measure(scope, "memory", cost.memoryBytes.total),
    measure(scope, "start", cost.startMs),
    ...counts,
  ];
}

function invalidOnes(scope: Scope): Measure[] {
  const names = ["availability", "p50", "p95", "p99", "wire time", "throughput", "cpu", "memory", "start"] as const;
  return names.map((name) => measure(scope, name, "invalid"));
}

function ofStruck(fault: string, { column, harm }: FaultColumn): Measure[] {
  const scope = { column, fault };
  if (harm === "invalid") return [...ofFeature, ...ofFault].map((name) => measure(scope, name, "invalid"));
  return [
    measure(scope, "availability", interval(harm.availability)),
    ...harm.features.flatMap((each) => seen(scope, each.fault, each.latency, each.feature)),
    measure(scope, "blast radius by requests", harm.byRequests),
    measure(scope, "blast radius by features", harm.byFeatures),
    measure(scope, "recovery", harm.notRecovered > 0 ? null : harm.recoveryMs),
    measure(scope, "outage", harm.notRecovered > 0 ? null : harm.outageMs),
    measure(scope, "restart", harm.restartMs),
    ...byQuantile((q) => measure(scope, `amplification of ${q}`, harm.amplification[q])),
  ];
}

function seen(
  scope: Scope,
  availability: Availability | null,
  latency: Latency,
  feature: string | null = null,
): Measure[] {
  return [
    measure(scope, "availability", interval(availability), feature),
    ...byQuantile((q) => measure(scope, q, latency[q], feature)),
  ];
}

function byQuantile<T>(make: (q: Quantile) => T): T[] {
  return (Object.keys(quantiles) as Quantile[]).map(make);
}

/** With its 95 % interval as range. */
function interval(availability: Availability | null): Spread | null {
  return availability === null
    ? null
    : { value: availability.share, min: availability.low, max: availability.high, n: availability.offered };
}

function exactly(value: number | null): Spread | null {
  return value === null ? null : { value, min: value, max: value, n: 1 };
}
