import { isGood } from "../record/outcome.ts";
import type { Recording, Sample } from "../record/reader.ts";
import { byRepetition, samplesIn, type Slice, type Slices } from "./slices.ts";
import { spread, type Spread } from "./statistics.ts";

/** For so long every request must be good before users count as served again. */
export const calmMs = 5000;

export interface Recovery {
  /** From the end of the fault. */
  readonly recoveryMs: Spread | null;
  /** From the beginning of the fault: how long users felt it. */
  readonly outageMs: Spread | null;
  /** By how much both may be too long at most: the greatest gap between the last bad request and the next. */
  readonly resolutionMs: number | null;
  /** From the spawn of a process that had died to the first good answer of a feature that was harmed. */
  readonly restartMs: Spread | null;
  /** Repetitions in which users were not served again before the window's end. */
  readonly notRecovered: number;
}

interface Once {
  readonly recoveryMs: number | null;
  readonly outageMs: number | null;
  readonly resolutionMs: number | null;
  readonly restartMs: number | null;
}

export function recovery(recording: Recording, slices: Slices, column: string, fault: string): Recovery {
  const felt = slices.of({ column, fault, phases: ["grace", "fault", "recovery"] });
  const each = byRepetition(felt).flatMap((group) => once(recording, group, column, fault));
  const resolutions = each.flatMap(({ resolutionMs }) => resolutionMs ?? []);
  return {
    recoveryMs: spread(each.map(({ recoveryMs }) => recoveryMs)),
    outageMs: spread(each.map(({ outageMs }) => outageMs)),
    restartMs: spread(each.map(({ restartMs }) => restartMs)),
    resolutionMs: resolutions.length === 0 ? null : Math.max(...resolutions),
    notRecovered: each.filter(({ recoveryMs }) => recoveryMs === null).length,
  };
}

function once(recording: Recording, group: readonly Slice[], column: string, fault: string): Once[] {
  const { repetition } = group[0]!.window;
  const times = recording.fault.filter(
    (line) => line.column === column && line.id === fault && line.repetition === repetition,
  );
  const applied = times.find(({ state }) => state === "applied")?.t;
  const healed = times.findLast(({ state }) => state === "healed")?.t;
  const after = group.filter(({ window }) => window.phase === "recovery");
  if (applied === undefined || healed === undefined || after.length === 0) return [];
  const end = Math.max(...after.map(({ window }) => window.to));
  const sent = [...samplesIn(group)].filter(({ outcome }) => outcome !== "dropped");
  const harmed = new Set(sent.filter(isBad).map(({ feature }) => feature));
  // Features that were never harmed say nothing about when the others came back.
  const telling = sent.filter(({ feature }) => harmed.has(feature));
  const calm = firstCalm(telling, healed, end);
  const at = calm?.at ?? null;
  return [
    {
      recoveryMs: at === null ? null : at - healed,
      outageMs: at === null ? null : harmed.size === 0 ? 0 : at - applied,
      resolutionMs: calm?.resolutionMs ?? null,
      restartMs: restart(recording, telling, column, applied, end),
    },
  ];
}

/** The first instant from `from` on after which every request for 5 s is good; null: none before `end`. */
function firstCalm(telling: readonly Sample[], from: number, end: number): { at: number; resolutionMs: number } | null {
  const after = telling.filter(({ intended }) => intended >= from);
  let [at, before] = [from, from];
  for (const [index, sample] of after.entries()) {
    if (sample.intended - at >= calmMs) break;
    if (!isBad(sample)) continue;
    const next = after[index + 1];
    if (next === undefined) return null;
    [at, before] = [next.intended, sample.intended];
  }
  return at + calmMs > end
    ? null
    : { at, resolutionMs: at === from ? (after[0]?.intended ?? from) - from : at - before };
}

function isBad({ outcome }: Sample): boolean {
  return !isGood(outcome);
}

function restart(
  recording: Recording,
  telling: readonly Sample[],
  column: string,
  from: number,
  to: number,
): number | null {
  const spawns = recording.process
    .filter((line) => line.column === column && line.state === "starting" && line.t >= from && line.t < to)
    .map(({ t }) => t);
  if (spawns.length === 0) return null;
  const answered = telling
    .filter((sample) => !isBad(sample) && sample.degradedParts === "")
    .map(({ intended, latencyMs }) => intended + latencyMs)
    .filter((t) => t >= spawns[0]!);
  if (answered.length === 0) return null;
  const first = Math.min(...answered);
  // A process that died again while starting was spawned again: the spawn that led to the answer counts.
  return first - spawns.findLast((t) => t <= first)!;
}
