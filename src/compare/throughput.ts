import type { RunLine } from "../record/recording.ts";
import { availability } from "./availability.ts";
import { answersIn, byRepetition, samplesIn, type Slice, type Slices } from "./slices.ts";
import { spread, type Spread } from "./statistics.ts";

export interface Throughput {
  /** The highest rate that was kept, in requests a second. */
  readonly perSecond: Spread | null;
  /** It was also the highest that was tried: the program may bear more. */
  readonly atLeast: boolean;
}

/** The highest offered rate, of those tried, up to which every feature kept its promise for 99 % of its requests. */
export function throughput(run: RunLine, slices: Slices, column: string): Throughput {
  const tried = slices.of({ column, phases: ["baseline", "ramp"] });
  const each = byRepetition(tried).map((group) => highest(run, group));
  return { perSecond: spread(each.map(({ kept }) => kept)), atLeast: each.every(({ kept, most }) => kept === most) };
}

function highest(run: RunLine, slices: readonly Slice[]): { kept: number; most: number } {
  const byRate = [...Map.groupBy(slices, ({ window }) => window.rate ?? run.rate)].sort(([a], [b]) => a - b);
  let kept = 0;
  for (const [rate, group] of byRate) {
    if (!isKept(run, group)) break;
    kept = rate;
  }
  return { kept, most: byRate.at(-1)![0] };
}

function isKept({ features }: RunLine, slices: readonly Slice[]): boolean {
  return features.every(({ promiseMs }, at) => {
    const offered = availability(samplesIn(slices, at));
    if (offered === null) return true;
    const p99 = answersIn(slices, at).percentile(0.99);
    return offered.share >= 0.99 && p99 !== null && p99 <= promiseMs;
  });
}
