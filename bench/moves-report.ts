import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type { WindowTally } from "../src/load/load.ts";
import { Histogram } from "../src/record/histogram.ts";
import { isGood, outcomes } from "../src/record/outcome.ts";
import type { SampleLine } from "../src/record/recording.ts";
import { takenLimit } from "../src/record/taken.ts";
import type { LiveReport } from "../src/split/live.ts";

/** How `npm run bench -- moves` tells what it measured. */

/** A part of a move; times in ms of the load's clock. */
export interface Span {
  readonly phase: string;
  /** Whose move. */
  readonly module: string;
  readonly from: number;
  readonly to: number;
}

export interface Moved {
  readonly module: string;
  readonly report: LiveReport;
  /** Between points, in ms. */
  readonly steps: ReadonlyMap<string, number>;
  /** Other machines took little of these processors from its begin to its end. */
  readonly valid: boolean;
}

export interface Measured {
  /** The file of all requests. */
  readonly samples: string;
  readonly features: readonly string[];
  /** When nobody moved. */
  readonly still: readonly WindowTally[];
  readonly spans: readonly Span[];
  /** Whether what was measured then counts. */
  isValid(from: number, to: number): boolean;
}

/** A good request: which feature's, and how long it took. */
type Good = readonly [feature: number, ms: number];

/** Requests of a phase. */
interface Row {
  good: Good[];
  bad: number;
}

/** Before a request, what may have made it wait: what lies in a line for longer is seen in others of that line too. */
const beforeMs = 1000;
const mostTold = 40;

/**
 * Requests by the phase in which they were made: long ones meet more phases than short ones, so counting each where it was
 * under way would make short phases look slow. Those above 500 ms are told with all that they met. People sign in more often
 * in some phases than in others, and that takes ten times as long as looking: so p95 is that of the mix of features while
 * nothing moved.
 */
export async function printPhases({ samples, features, still, spans, isValid }: Measured): Promise<void> {
  const quiet = still.map(({ fromMs, toMs }) => ({ phase: "no move", module: "", from: fromMs, to: toMs }));
  const all = new Map<string, Row>();
  const valid = new Map<string, Row>();
  const slowest: string[] = [];
  for await (const line of createInterface({ input: createReadStream(samples) })) {
    const sample = JSON.parse(line) as SampleLine | object;
    if (!Array.isArray(sample)) continue;
    const [, , feature, intended, , latency, outcome] = sample as unknown as SampleLine;
    const during = [...quiet, ...spans].filter(({ from, to }) => intended < to && intended + latency > from);
    const phase = during.find(({ from, to }) => from <= intended && intended < to)?.phase;
    const little = isValid(intended - beforeMs, intended + latency);
    if (latency > 500 && during.length > 0) {
      const beside = during.map(({ phase, module, from }) => `${phase} ${module} at ${(from - intended).toFixed(0)}`);
      const others = little ? "" : "others took much; ";
      slowest.push(`    ${latency.toFixed(0)} ms ${features[feature]!}: ${others}${beside.join(", ")}`);
    }
    if (phase === undefined) continue;
    for (const rows of little ? [all, valid] : [all]) {
      const row = rows.get(phase) ?? { good: [], bad: 0 };
      rows.set(phase, row);
      if (isGood(outcomes[outcome]!)) row.good.push([feature, latency]);
      else row.bad += 1;
    }
  }
  printRows(all, features);
  console.log(
    `  of these, those with at most ${100 * takenLimit} % taken by other machines from ${beforeMs / 1000} s before to the end of each:`,
  );
  printRows(valid, features);
  if (slowest.length > 0) console.log("  above 500 ms, with what went on beside and since when, in ms of the request:");
  for (const line of slowest.slice(0, mostTold)) console.log(line);
  if (slowest.length > mostTold) console.log(`    and ${slowest.length - mostTold} more`);
}

function printRows(rows: ReadonlyMap<string, Row>, features: readonly string[]): void {
  const mix = rows.get("no move")?.good ?? [];
  for (const [phase, { good, bad }] of rows) {
    const slow = good.filter(([, latency]) => latency > 500).length;
    const most = good.reduce((max, [, latency]) => Math.max(max, latency), 0);
    console.log(
      `    ${phase.padEnd(8)} ${good.length} good, ${bad} not; p95 ${percentileAs(mix, good, 0.95).toFixed(1)}, ` +
        `longest ${most.toFixed(0)} ms, ${slow} above 500 ms; p95 of each: ${eachOf(good, features)}`,
    );
  }
}

/** Of features with so many that 1 in 20 of them says something. */
function eachOf(good: readonly Good[], features: readonly string[]): string {
  const told = features.flatMap((name, feature) => {
    const those = good.filter(([of]) => of === feature);
    return those.length < 40 ? [] : [`${name} ${percentileAs(those, those, 0.95).toFixed(0)}`];
  });
  return told.join(", ");
}

/** A percentile of what these would be, were each feature's part in them as it is in the mix. */
function percentileAs(mix: readonly Good[], these: readonly Good[], q: number): number {
  const countOf = (all: readonly Good[]): Map<number, number> => {
    const counts = new Map<number, number>();
    for (const [feature] of all) counts.set(feature, (counts.get(feature) ?? 0) + 1);
    return counts;
  };
  const [wanted, there] = [countOf(mix), countOf(these)];
  const weightOf = ([feature]: Good): number => (wanted.get(feature) ?? 0) / there.get(feature)!;
  let left = q * these.reduce((sum, one) => sum + weightOf(one), 0);
  for (const one of these.toSorted(([, a], [, b]) => a - b)) {
    left -= weightOf(one);
    if (left <= 0) return one[1];
  }
  return NaN;
}

export function lineOf(name: string, { columns, generator, fromMs, toMs }: WindowTally): string {
  const { offered, late, features } = columns[0]!;
  const good = features.reduce((sum, { outcomes }) => sum + outcomes.good, 0);
  const latency = Histogram.merged(features.map((feature) => Histogram.fromJson(feature.latency)));
  const at = (q: number): string => (latency.percentile(q) ?? NaN).toFixed(1);
  const seconds = ((toMs - fromMs) / 1000).toFixed(0);
  const bad = features.flatMap(({ feature, reasons, outcomes: { slow } }) => [
    ...(slow > 0 ? [`    ${feature}: ${slow} slower than promised`] : []),
    ...reasons.map(({ reason, count }) => `    ${feature}: ${count} × ${reason}`),
  ]);
  const figures = `p50 ${at(0.5)}, p95 ${at(0.95)}, p99 ${at(0.99)}, longest ${latency.toJSON().max.toFixed(0)} ms`;
  const own = `${late} late, own delay p99 ${generator.loopP99Ms.toFixed(1)} ms`;
  return [`  ${name.padEnd(7)} ${seconds} s: ${good} of ${offered} good; ${figures}; ${own}`, ...bad].join("\n");
}

export function printPauses(
  moved: readonly Moved[],
  spans: readonly Span[],
  inAllMs: number,
  withSteps: boolean,
): void {
  const copies = spans.filter(({ phase }) => phase === "copy").map(({ from, to }) => to - from);
  const rows = moved.map(({ report }) => report.data?.verified?.rows ?? 0);
  console.log(
    `  ${moved.length} moves in ${(inAllMs / 1000).toFixed(0)} s; up to ${Math.max(...rows)} rows; ` +
      `copying took ${at(
        copies.toSorted((a, b) => a - b),
        0.5,
      )} ms, at most ${Math.max(...copies).toFixed(0)} ms`,
  );
  for (const module of new Set(moved.map((one) => one.module)))
    printPause(
      module,
      moved.filter((one) => one.module === module),
    );
  printPause("all", moved);
  printPause(
    `all with at most ${100 * takenLimit} % taken`,
    moved.filter(({ valid }) => valid),
  );
  if (!withSteps) return;
  const names = [...new Set(moved.flatMap(({ steps }) => [...steps.keys()]))];
  for (const name of names) {
    const times = moved.map(({ steps }) => steps.get(name) ?? 0).toSorted((a, b) => a - b);
    console.log(`    ${name.padEnd(22)} p50 ${at(times, 0.5)}, p95 ${at(times, 0.95)} ms`);
  }
}

function printPause(name: string, those: readonly Moved[]): void {
  const pauses = those.map(({ report }) => report.pauseMs ?? 0).toSorted((a, b) => a - b);
  const fences = those.map(({ report }) => report.data?.fencedMs ?? 0).toSorted((a, b) => a - b);
  const differ = those.filter(({ report }) => (report.data?.verified?.differences.length ?? 0) > 0).length;
  console.log(
    `  ${name.padEnd(12)} ${those.length} moves: writers held p50 ${at(pauses, 0.5)}, p95 ${at(pauses, 0.95)}, ` +
      `most ${at(pauses, 1)} ms; fence p50 ${at(fences, 0.5)}, most ${at(fences, 1)} ms; ${differ} with differences`,
  );
}

function at(sorted: readonly number[], q: number): string {
  return (sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? NaN).toFixed(0);
}
