/** A figure over the repetitions of an experiment. */
export interface Spread {
  /** The median of the repetitions; of percentiles: over all repetitions' requests together. */
  readonly value: number;
  readonly min: number;
  readonly max: number;
  /** Repetitions. */
  readonly n: number;
}

/** Figures of a run that did not measure what it should are not numbers. */
export type Invalid = "invalid";

/** null: not measured. */
export type Figure = Spread | Invalid | null;

export function isSpread(figure: Figure): figure is Spread {
  return figure !== null && figure !== "invalid";
}

/** Of what was measured in each repetition; `value` in place of their median. */
export function spread(values: readonly (number | null)[], value?: number | null): Spread | null {
  const known = values.filter((each) => each !== null).toSorted((a, b) => a - b);
  if (known.length === 0 || value === null) return null;
  const middle = (known[(known.length - 1) >> 1]! + known[known.length >> 1]!) / 2;
  return { value: value ?? middle, min: known[0]!, max: known.at(-1)!, n: known.length };
}

export type Difference = "lower" | "higher" | "none";

/** Whether `a` is lower or higher than `b`: "none" where their ranges overlap, or the values are less than `least` apart. */
export function difference(a: Spread, b: Spread, least = 0): Difference {
  if (Math.abs(a.value - b.value) < least) return "none";
  if (a.max < b.min) return "lower";
  return a.min > b.max ? "higher" : "none";
}

/** The interval in which a share lies with 95 %, by E. B. Wilson (JASA 22, 1927); sound near 0 and 1 and for few. */
export function wilson(good: number, offered: number): readonly [low: number, high: number] {
  const z = 1.959964;
  const share = good / offered;
  const middle = share + (z * z) / (2 * offered);
  const half = z * Math.sqrt((share * (1 - share)) / offered + (z * z) / (4 * offered * offered));
  const scale = 1 + (z * z) / offered;
  // At 0 and 1 the formula gives just those, save for rounding.
  const low = good === 0 ? 0 : (middle - half) / scale;
  return [low, good === offered ? 1 : (middle + half) / scale];
}
