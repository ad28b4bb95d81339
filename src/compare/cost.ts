import type { ProcessLine } from "../record/recording.ts";
import { isGood } from "../record/outcome.ts";
import type { Recording } from "../record/reader.ts";
import { byRepetition, samplesIn, type Slice } from "./slices.ts";
import { spread, type Spread } from "./statistics.ts";

/** Of the app's processes and programs, and of the database servers. */
export interface Parted {
  readonly app: Spread | null;
  readonly database: Spread | null;
  readonly total: Spread | null;
}

export interface Cost {
  /** CPU seconds per 1,000 good requests. */
  readonly cpuSeconds: Parted;
  /** Proportional set size. */
  readonly memoryBytes: Parted;
  readonly startMs: Spread | null;
  readonly buildMs: Spread | null;
}

export function cost(recording: Recording, column: string, baseline: readonly Slice[]): Cost {
  const lines = recording.process.filter((line) => line.column === column);
  const starts = recording.start.filter((line) => line.column === column);
  const groups = byRepetition(baseline);
  return {
    cpuSeconds: parted(lines, (own) => groups.map((group) => cpuPer1000(own, group))),
    memoryBytes: parted(lines, (own) => groups.map((group) => memory(own, group))),
    startMs: spread(starts.map(({ ms }) => ms)),
    buildMs: spread(starts.map(({ buildMs }) => buildMs)),
  };
}

function parted(lines: readonly ProcessLine[], measure: (own: readonly ProcessLine[]) => (number | null)[]): Parted {
  const of = (own: readonly ProcessLine[]): Spread | null => (own.length === 0 ? null : spread(measure(own)));
  return {
    app: of(lines.filter(({ kind }) => kind !== "database")),
    database: of(lines.filter(({ kind }) => kind === "database")),
    total: of(lines),
  };
}

/** CPU ms per good request are CPU seconds per 1,000. */
function cpuPer1000(lines: readonly ProcessLine[], slices: readonly Slice[]): number | null {
  let good = 0;
  for (const { outcome } of samplesIn(slices)) if (isGood(outcome)) good += 1;
  const known = lines.filter(({ cpuMs }) => cpuMs !== undefined);
  if (good === 0 || known.length === 0) return null;
  const byPid = [...Map.groupBy(known, ({ process, pid }) => `${process} ${pid}`).values()];
  let spent = 0;
  for (const { window } of slices) for (const own of byPid) spent += cpuAt(own, window.to) - cpuAt(own, window.from);
  return spent / good;
}

/** The CPU time of one process at a moment, on a straight line between the two measurements around it. */
function cpuAt(lines: readonly ProcessLine[], t: number): number {
  const [before, after] = [lines.findLast((line) => line.t <= t), lines.find((line) => line.t > t)];
  if (before === undefined) return lines[0]!.state === "starting" ? 0 : lines[0]!.cpuMs!;
  if (after === undefined) return before.cpuMs!;
  return before.cpuMs! + ((after.cpuMs! - before.cpuMs!) * (t - before.t)) / (after.t - before.t);
}

/** The processes' medians, added up. */
function memory(lines: readonly ProcessLine[], slices: readonly Slice[]): number | null {
  const within = lines.filter(
    ({ t, pssBytes }) => pssBytes !== undefined && slices.some(({ window }) => t >= window.from && t <= window.to),
  );
  if (within.length === 0) return null;
  const byProcess = Map.groupBy(within, ({ process }) => process).values();
  return [...byProcess].reduce((sum, own) => sum + spread(own.map(({ pssBytes }) => pssBytes!))!.value, 0);
}
