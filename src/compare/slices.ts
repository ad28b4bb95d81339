import { Histogram } from "../record/histogram.ts";
import { isAnswer } from "../record/outcome.ts";
import type { Recording, Sample } from "../record/reader.ts";
import type { phases, WindowLine } from "../record/recording.ts";

/** A window of one column with the requests that were to be sent in it. */
export interface Slice {
  readonly window: WindowLine;
  readonly samples: readonly Sample[];
}

export type Phase = (typeof phases)[number];

/** Which windows: those of a fault, or (null) of none; of all where it is left out. */
export interface Which {
  readonly column: string;
  readonly phases: readonly Phase[];
  readonly fault?: string;
}

/**
 * The requests of a recording by window. A request belongs to the window in which it was to be sent, whenever its answer
 * came; one that lies in no window is not counted.
 */
export class Slices {
  readonly #byColumn: ReadonlyMap<string, readonly Slice[]>;

  constructor({ run, window, samples }: Recording) {
    this.#byColumn = new Map(
      run.columns.map(({ name }, column) => {
        const own = samples.filter((sample) => sample.column === column).sort((a, b) => a.intended - b.intended);
        const windows = window.filter((each) => each.column === name).toSorted((a, b) => a.from - b.from);
        return [name, sliced(windows, own)];
      }),
    );
  }

  of({ column, phases, fault }: Which): Slice[] {
    return this.#byColumn
      .get(column)!
      .filter(({ window }) => phases.includes(window.phase) && (fault === undefined || window.fault === fault));
  }

  /** What a fault is measured against: the baselines that belong to it; where it has none of its own, all. */
  baselineOf(column: string, fault: string): Slice[] {
    const own = this.of({ column, phases: ["baseline"], fault });
    return own.length > 0 ? own : this.of({ column, phases: ["baseline"] });
  }
}

function sliced(windows: readonly WindowLine[], samples: readonly Sample[]): Slice[] {
  let at = 0;
  return windows.map((window) => {
    while (at < samples.length && samples[at]!.intended < window.from) at += 1;
    const first = at;
    while (at < samples.length && samples[at]!.intended < window.to) at += 1;
    return { window, samples: samples.slice(first, at) };
  });
}

/** The slices of each repetition, in their order. */
export function byRepetition(slices: readonly Slice[]): Slice[][] {
  const groups = Map.groupBy(slices, ({ window }) => window.repetition);
  return [...groups].sort(([a], [b]) => a - b).map(([, group]) => group);
}

/** The requests of slices, of one feature or of all. */
export function* samplesIn(slices: readonly Slice[], feature?: number): Generator<Sample> {
  for (const { samples } of slices)
    for (const sample of samples) if (feature === undefined || sample.feature === feature) yield sample;
}

/** How long the right answers took, early or late. */
export function answersIn(slices: readonly Slice[], feature?: number): Histogram {
  const histogram = new Histogram();
  for (const sample of samplesIn(slices, feature)) if (isAnswer(sample.outcome)) histogram.add(sample.latencyMs);
  return histogram;
}
