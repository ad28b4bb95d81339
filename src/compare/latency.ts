import type { Histogram, HistogramJson } from "../record/histogram.ts";
import { answersIn, byRepetition, type Slice } from "./slices.ts";
import { difference, spread, type Difference, type Spread } from "./statistics.ts";

export const quantiles = { p50: 0.5, p95: 0.95, p99: 0.99 } as const;
export type Quantile = keyof typeof quantiles;
export type ByQuantile<T> = Readonly<Record<Quantile, T>>;

/** Of right answers, early or late. */
export interface Latency extends ByQuantile<Spread | null> {
  readonly answers: number;
  readonly histogram: HistogramJson;
}

export function latency(slices: readonly Slice[], feature?: number): Latency {
  const all = answersIn(slices, feature);
  const each = byRepetition(slices).map((group) => answersIn(group, feature));
  return {
    ...byQuantile((q) => spread(each.map(percentile(q)), percentile(q)(all))),
    answers: all.count,
    histogram: all.toJSON(),
  };
}

/** How many times longer requests took than others did. */
export interface Ratio extends ByQuantile<Spread | null> {
  /** Right answers that it was taken over. */
  readonly answers: number;
  /** Whether the durations themselves differ. */
  readonly differs: ByQuantile<Difference>;
}

export function ratio(slices: readonly Slice[], base: readonly Slice[]): Ratio {
  const allBase = answersIn(base);
  const pairs = byRepetition(slices).map((group) => {
    const same = base.filter(({ window }) => window.repetition === group[0]!.window.repetition);
    return [answersIn(group), same.length > 0 ? answersIn(same) : allBase] as const;
  });
  const [own, others] = [latency(slices), latency(base)];
  return {
    ...byQuantile((q) => spread(pairs.map(([a, b]) => over(a, b, q)))),
    answers: own.answers,
    differs: byQuantile((q) => {
      const [a, b] = [own[q], others[q]];
      return a === null || b === null ? "none" : difference(a, b);
    }),
  };
}

function over(a: Histogram, b: Histogram, q: Quantile): number | null {
  const [value, base] = [percentile(q)(a), percentile(q)(b)];
  return value === null || base === null || base === 0 ? null : value / base;
}

const percentile =
  (q: Quantile) =>
  (histogram: Histogram): number | null =>
    histogram.percentile(quantiles[q]);

function byQuantile<T>(make: (q: Quantile) => T): ByQuantile<T> {
  return { p50: make("p50"), p95: make("p95"), p99: make("p99") };
}
