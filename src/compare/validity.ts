import { Histogram } from "../record/histogram.ts";
import type { Recording } from "../record/reader.ts";
import { samplesIn, type Slices } from "./slices.ts";

/** Whether the generator sent what it should have sent to a column. Otherwise the column's figures are no figures. */
export interface Validity {
  readonly valid: boolean;
  readonly planned: number;
  readonly dropped: number;
  readonly late: number;
  /** p99 of the generator's own event-loop delay; null: not recorded. */
  readonly loopP99Ms: number | null;
  /** Share of all processors' time that other machines took while the column was loaded; null: not recorded. */
  readonly taken: number | null;
  readonly why: readonly Distrust[];
}

/** Nothing was sent; too much was dropped or late; the generator's loop was not watched, or was late itself. */
export type Distrust = "nothing" | "dropped" | "unwatched" | "loop";

/** Dropped and late requests together. More distorts what users saw; less throws away runs over single requests. */
export const lostShareLimit = 0.005;

/**
 * Whether too many of a column's requests were dropped or late. One is never too many: of fewer than 200 requests any is
 * more than the share, so that the limit would say nothing of the load and be none at all of the share. It moves no share
 * by more than the share of one request, its latency counts from when it was to be sent, and it is shown beside the verdict.
 */
export function isTooMuch(lost: number, planned: number): boolean {
  return lost > Math.max(1, planned * lostShareLimit);
}
/** A request that is sent later than this after its time is late (our threshold), and so is the loop. */
export const loopLimitMs = 10;

export function validity(recording: Recording, slices: Slices, column: string): Validity {
  const counted = slices.of({ column, phases: ["baseline", "grace", "fault", "recovery", "ramp"] });
  let [planned, dropped, late] = [0, 0, 0];
  for (const { outcome, lateMs } of samplesIn(counted)) {
    planned += 1;
    if (outcome === "dropped") dropped += 1;
    else if (lateMs > loopLimitMs) late += 1;
  }
  // A line speaks of the second before it.
  const loop = recording.generator.filter(({ t }) =>
    counted.some(({ window }) => t > window.from && t - 1000 < window.to),
  );
  const loopP99Ms = loopDelay(loop);
  const why: Distrust[] = [];
  if (planned === 0) why.push("nothing");
  if (isTooMuch(dropped + late, planned)) why.push("dropped");
  if (loopP99Ms === null) why.push("unwatched");
  else if (loopP99Ms > loopLimitMs) why.push("loop");
  return { valid: why.length === 0, planned, dropped, late, loopP99Ms, taken: takenIn(loop), why };
}

/** The mean: each line speaks of about a second. */
function takenIn(lines: Recording["generator"]): number | null {
  const told = lines.flatMap(({ taken }) => (taken === undefined ? [] : [taken]));
  return told.length === 0 ? null : told.reduce((sum, one) => sum + one, 0) / told.length;
}

/** Over all lines. Percentiles cannot be averaged: where a line has no histogram, the worst line stands for all. */
function loopDelay(lines: Recording["generator"]): number | null {
  if (lines.length === 0) return null;
  const histograms = lines.flatMap(({ loop }) => (loop === undefined ? [] : [Histogram.fromJson(loop)]));
  if (histograms.length < lines.length) return Math.max(...lines.map(({ loopP99Ms }) => loopP99Ms));
  return Histogram.merged(histograms).percentile(0.99);
}
