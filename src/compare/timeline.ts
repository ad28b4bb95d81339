import { isGood } from "../record/outcome.ts";
import type { Recording, Sample } from "../record/reader.ts";
import { byRepetition, samplesIn, type Slice, type Slices } from "./slices.ts";

/** Each feature's requests before, during and after a fault, in short intervals, over all repetitions. */
export interface Timeline {
  readonly binMs: number;
  /** Of the first bin, from the moment the fault was applied. */
  readonly fromMs: number;
  readonly bins: number;
  /** When the fault ended, at the latest. */
  readonly healedMs: number;
  /** Offered, good and degraded by bin: offered, good, degraded, offered, … */
  readonly features: Readonly<Record<string, readonly number[]>>;
}

/** About so many bins are drawn. More show noise; fewer hide how a fault begins and ends. */
const wantedBins = 80;
const roundMs = [50, 100, 200, 250, 500, 1000, 2000, 5000, 10_000, 60_000];
/** Of a long baseline only the end is drawn. */
const beforeMs = 5000;

export function timeline(recording: Recording, slices: Slices, column: string, fault: string): Timeline | null {
  const around = slices.of({ column, fault, phases: ["baseline", "grace", "fault", "recovery"] });
  const lines = recording.fault.filter((line) => line.column === column && line.id === fault);
  const when = (repetition: number, state: string): number | undefined =>
    lines.find((line) => line.repetition === repetition && line.state === state)?.t;
  const runs = byRepetition(around).flatMap((group) => {
    const { repetition } = group[0]!.window;
    const [applied, healed] = [when(repetition, "applied"), when(repetition, "healed")];
    if (applied === undefined || healed === undefined) return [];
    const all = [...before(slices, column, repetition, fault, applied), ...group];
    const [from, to] = [
      Math.min(...all.map(({ window }) => window.from)),
      Math.max(...all.map(({ window }) => window.to)),
    ];
    return {
      samples: [...samplesIn(all)],
      applied,
      healedMs: healed - applied,
      from: from - applied,
      to: to - applied,
    };
  });
  if (runs.length === 0) return null;
  const fromMs = Math.max(-beforeMs, Math.min(...runs.map(({ from }) => from)));
  const toMs = Math.max(...runs.map(({ to }) => to));
  const binMs = roundMs.find((ms) => (toMs - fromMs) / ms <= wantedBins) ?? roundMs.at(-1)!;
  const start = Math.floor(fromMs / binMs) * binMs;
  const bins = Math.ceil((toMs - start) / binMs);
  const features = recording.run.features.map(({ name }) => [name, Array<number>(bins * 3).fill(0)] as const);
  for (const { samples, applied } of runs)
    for (const sample of samples) {
      const bin = Math.floor((sample.intended - applied - start) / binMs);
      if (bin >= 0 && bin < bins && sample.outcome !== "dropped") tally(features[sample.feature]![1], bin * 3, sample);
    }
  const healedMs = Math.max(...runs.map((run) => run.healedMs));
  return { binMs, fromMs: start, bins, healedMs, features: Object.fromEntries(features) };
}

function tally(counts: number[], at: number, { outcome, degradedParts }: Sample): void {
  counts[at]! += 1;
  if (!isGood(outcome)) return;
  counts[at + 1]! += 1;
  if (degradedParts !== "") counts[at + 2]! += 1;
}

/** What a fault that has no baseline of its own comes upon: a baseline for all, or the end of another's recovery. */
function before(slices: Slices, column: string, repetition: number, fault: string, applied: number): Slice[] {
  return slices
    .of({ column, phases: ["baseline", "recovery"] })
    .filter(({ window }) => window.repetition === repetition && window.fault !== fault)
    .filter(({ window }) => window.to <= applied && window.to > applied - beforeMs);
}
