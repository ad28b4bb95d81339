import { isGood } from "../record/outcome.ts";
import type { Sample } from "../record/reader.ts";
import { byRepetition, samplesIn, type Slice } from "./slices.ts";
import { spread, wilson, type Spread } from "./statistics.ts";

/** What became of requests. offered = good + fast + late + timeouts; degraded and refused are among the good. */
export interface Counts {
  readonly offered: number;
  readonly good: number;
  readonly degraded: number;
  /** An honest no, such as "sold out". */
  readonly refused: number;
  /** A failing status, wrong or broken off. */
  readonly fast: number;
  /** Right, but later than promised. */
  readonly late: number;
  /** Hung until the generator gave up. */
  readonly timeouts: number;
}

export interface Availability extends Counts {
  /** good / offered, with its 95 % interval. */
  readonly share: number;
  readonly low: number;
  readonly high: number;
}

/** null: nothing was offered. */
export function availability(samples: Iterable<Sample>): Availability | null {
  const counts = count(samples);
  const { good, offered } = counts;
  if (offered === 0) return null;
  const [low, high] = wilson(good, offered);
  return { ...counts, share: good / offered, low, high };
}

function count(samples: Iterable<Sample>): Counts {
  const counts = { offered: 0, good: 0, degraded: 0, refused: 0, fast: 0, late: 0, timeouts: 0 };
  for (const { outcome, degradedParts } of samples) {
    // What was never sent says nothing about the program; how much of it there may be is the run's validity.
    if (outcome === "dropped") continue;
    counts.offered += 1;
    if (isGood(outcome)) counts.good += 1;
    if (isGood(outcome) && degradedParts !== "") counts.degraded += 1;
    if (outcome === "refused") counts.refused += 1;
    if (outcome === "slow") counts.late += 1;
    if (outcome === "hung") counts.timeouts += 1;
    if (outcome === "status" || outcome === "wrong" || outcome === "unreachable") counts.fast += 1;
  }
  return counts;
}

/** Below this a feature is affected. Lower hides harm that users see; higher calls single requests harm. */
const affectedBelow = 0.99;
/** And by at least so much less than its baseline, so that a feature that always ails is not the fault's work. */
const affectedBy = 0.01;

export function isAffected(baseline: Availability, fault: Availability): boolean {
  // Rounding must not decide about a feature that is one point below to the letter.
  return fault.share < affectedBelow && baseline.share - fault.share >= affectedBy - 1e-12;
}

export interface FeatureHarm {
  readonly feature: string;
  readonly baseline: Availability;
  readonly fault: Availability;
  readonly affected: boolean;
}

export interface Blast {
  /** Features that were asked for before and during the fault. */
  readonly features: readonly FeatureHarm[];
  readonly byFeatures: Spread | null;
  readonly byRequests: Spread | null;
}

interface Weighted {
  readonly name: string;
  readonly weight: number;
}

/** What a fault did to each feature, and how far it reached. */
export function blastRadius(features: readonly Weighted[], baseline: readonly Slice[], fault: readonly Slice[]): Blast {
  const all = harms(features, baseline, fault);
  const each = byRepetition(fault).map((slices) => {
    const { repetition } = slices[0]!.window;
    const before = baseline.filter(({ window }) => window.repetition === repetition);
    return harms(features, before.length > 0 ? before : baseline, slices);
  });
  return {
    features: all,
    byFeatures: spread(each.map(shareOfFeatures), shareOfFeatures(all)),
    byRequests: spread(each.map((harmed) => shareOfRequests(features, harmed))),
  };
}

function harms(features: readonly Weighted[], baseline: readonly Slice[], fault: readonly Slice[]): FeatureHarm[] {
  return features.flatMap(({ name }, at) => {
    const [before, during] = [availability(samplesIn(baseline, at)), availability(samplesIn(fault, at))];
    if (before === null || during === null) return [];
    return { feature: name, baseline: before, fault: during, affected: isAffected(before, during) };
  });
}

/** affected / all */
function shareOfFeatures(harmed: readonly FeatureHarm[]): number | null {
  return harmed.length === 0 ? null : harmed.filter(({ affected }) => affected).length / harmed.length;
}

/** 1 − Σ w·A(fault) / Σ w·A(baseline) */
function shareOfRequests(features: readonly Weighted[], harmed: readonly FeatureHarm[]): number | null {
  let [before, during] = [0, 0];
  for (const { feature, baseline, fault } of harmed) {
    const { weight } = features.find(({ name }) => name === feature)!;
    before += weight * baseline.share;
    during += weight * fault.share;
  }
  return before === 0 ? null : 1 - during / before;
}
