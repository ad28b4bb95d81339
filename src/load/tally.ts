import { Histogram } from "../record/histogram.ts";
import { isAnswer, isGood, outcomes, type Outcome } from "../record/outcome.ts";
import type { ColumnTally, FeatureTally, LoadFeature, ProgressColumn, Reason } from "./plan.ts";

/** A step sent so much later than it was to be is late: its figures tell of the generator, not of the app. */
const lateMs = 10;
/** A scenario whose reasons are all different must not fill the memory. */
const mostReasons = 50;

/** How a step ended. */
export interface Landing {
  readonly feature: number;
  readonly outcome: Outcome;
  readonly intendedMs: number;
  readonly behindMs: number;
  readonly latencyMs: number;
  /** 0: none. */
  readonly status: number;
  /** "": did without nothing. */
  readonly degradedParts: string;
  readonly trace: string;
  /** What was wrong, or which honest no it was; null: neither. */
  readonly reason: string | null;
}

class FeatureCount {
  readonly outcomes = Object.fromEntries(outcomes.map((outcome) => [outcome, 0])) as Record<Outcome, number>;
  readonly latency = new Histogram();
  readonly #reasons = new Map<string, number>();
  readonly #refusals = new Map<string, number>();
  degraded = 0;

  add({ outcome, latencyMs, degradedParts, reason }: Landing): void {
    this.outcomes[outcome] += 1;
    if (isAnswer(outcome)) this.latency.add(latencyMs);
    if (degradedParts !== "" && isGood(outcome)) this.degraded += 1;
    if (reason === null) return;
    const reasons = isGood(outcome) ? this.#refusals : this.#reasons;
    const before = reasons.get(reason);
    if (before !== undefined || reasons.size < mostReasons) reasons.set(reason, (before ?? 0) + 1);
  }

  toTally(feature: string): FeatureTally {
    const counted = Object.values(this.outcomes);
    return {
      feature,
      offered: counted.reduce((sum, count) => sum + count, 0),
      outcomes: this.outcomes,
      degraded: this.degraded,
      latency: this.latency.toJSON(),
      reasons: mostFrequent(this.#reasons),
      refusals: mostFrequent(this.#refusals),
    };
  }
}

function mostFrequent(counts: ReadonlyMap<string, number>): Reason[] {
  return [...counts]
    .map(([reason, count]) => ({ reason, count }))
    .sort((a, b) => b.count - a.count)
    .slice(0, 5);
}

/** Counts what came of one column's steps in one window. */
export class Tally {
  readonly #features: readonly LoadFeature[];
  readonly #counts: readonly FeatureCount[];
  /** Answers since the progress before. */
  #recent = new Histogram();
  sent = 0;
  ended = 0;
  good = 0;
  dropped = 0;
  late = 0;

  constructor(features: readonly LoadFeature[]) {
    this.#features = features;
    this.#counts = features.map(() => new FeatureCount());
  }

  countSent(behindMs: number): void {
    this.sent += 1;
    if (behindMs > lateMs) this.late += 1;
  }

  add(landing: Landing): void {
    this.#counts[landing.feature]!.add(landing);
    if (landing.outcome === "dropped") this.dropped += 1;
    else this.ended += 1;
    if (isGood(landing.outcome)) this.good += 1;
    if (isAnswer(landing.outcome)) this.#recent.add(landing.latencyMs);
  }

  progress(column: string): ProgressColumn {
    const recent = this.#recent;
    this.#recent = new Histogram();
    const { sent, good, ended, dropped, late } = this;
    const [p50Ms = null, p95Ms = null, p99Ms = null] = [0.5, 0.95, 0.99].map((q) => recent.percentile(q));
    return { column, sent, good, ended, dropped, late, inFlight: sent - ended, p50Ms, p95Ms, p99Ms };
  }

  toTally(column: string, digest: string): ColumnTally {
    const { sent, dropped, late } = this;
    const features = this.#counts.map((count, place) => count.toTally(this.#features[place]!.name));
    return { column, digest, offered: sent + dropped, late, features };
  }
}
