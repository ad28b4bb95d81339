/**
 * Durations in buckets whose width grows with their value, so that any percentile is within 1 % of the true one and
 * histograms of many processes add up to what one would have counted. Mapping after Masson, Rim and Lee, "DDSketch",
 * VLDB 2019: bucket i holds the values in (γ^(i-1), γ^i] · 0.01 ms with γ = (1 + α) / (1 − α), α = 0.01.
 *
 * Values from 0.01 ms to 1 h keep that promise; what lies outside is counted in the first or last bucket. Count, sum,
 * least and greatest are exact.
 */

const error = 0.01;
const gamma = (1 + error) / (1 - error);
const leastMs = 0.01;
const greatestMs = 3_600_000;
const logGamma = Math.log(gamma);
const size = Math.ceil(Math.log(greatestMs / leastMs) / logGamma) + 1;

/** As it travels and is stored: buckets as index, count, index, count, … without the empty ones. */
export interface HistogramJson {
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  readonly buckets: readonly number[];
}

export class Histogram {
  readonly #buckets = new Float64Array(size);
  #count = 0;
  #sum = 0;
  #min = Infinity;
  #max = -Infinity;

  static of(values: Iterable<number>): Histogram {
    const histogram = new Histogram();
    for (const value of values) histogram.add(value);
    return histogram;
  }

  static merged(histograms: Iterable<Histogram>): Histogram {
    const all = new Histogram();
    for (const histogram of histograms) all.merge(histogram);
    return all;
  }

  /** @param json trusted to be well formed; a recording's reader has checked it */
  static fromJson({ count, sum, min, max, buckets }: HistogramJson): Histogram {
    const histogram = new Histogram();
    for (let at = 0; at < buckets.length; at += 2) histogram.#buckets[buckets[at]!]! += buckets[at + 1]!;
    histogram.#count = count;
    histogram.#sum = sum;
    if (count > 0) [histogram.#min, histogram.#max] = [min, max];
    return histogram;
  }

  /** Counts one duration in ms; below 0 or no number counts as 0. */
  add(ms: number): void {
    const value = ms > 0 ? ms : 0;
    this.#buckets[bucketOf(value)]! += 1;
    this.#count += 1;
    this.#sum += value;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
  }

  merge(other: Histogram): void {
    for (let at = 0; at < size; at += 1) this.#buckets[at]! += other.#buckets[at]!;
    this.#count += other.#count;
    this.#sum += other.#sum;
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
  }

  /** Forgets everything, so that it can count anew. */
  clear(): void {
    this.#buckets.fill(0);
    [this.#count, this.#sum, this.#min, this.#max] = [0, 0, Infinity, -Infinity];
  }

  get count(): number {
    return this.#count;
  }

  /** Exact. null: nothing was counted. */
  get mean(): number | null {
    return this.#count === 0 ? null : this.#sum / this.#count;
  }

  /**
   * The value that a share `q` (0 to 1) of all values does not exceed: nearest rank, no interpolation. null: nothing was
   * counted.
   */
  percentile(q: number): number | null {
    if (this.#count === 0) return null;
    if (q >= 1) return this.#max;
    // A product such as 0.07 × 100 is a little over 7, and must not ask for the eighth.
    let left = Math.max(1, Math.ceil(q * this.#count - 1e-9));
    for (let at = 0; at < size; at += 1) {
      left -= this.#buckets[at]!;
      if (left <= 0) return Math.min(this.#max, Math.max(this.#min, middleOf(at)));
    }
    return this.#max;
  }

  /** The buckets that are not empty, as [least ms, greatest ms, count]: for drawing. */
  *bars(): Generator<readonly [fromMs: number, toMs: number, count: number]> {
    for (let at = 0; at < size; at += 1) {
      const count = this.#buckets[at]!;
      if (count > 0) yield [at === 0 ? 0 : leastMs * gamma ** (at - 1), leastMs * gamma ** at, count];
    }
  }

  toJSON(): HistogramJson {
    const buckets: number[] = [];
    this.#buckets.forEach((count, at) => count > 0 && buckets.push(at, count));
    const [min, max] = this.#count === 0 ? [0, 0] : [this.#min, this.#max];
    return { count: this.#count, sum: this.#sum, min, max, buckets };
  }
}

/** How many buckets there are; an index in stored JSON is below it. */
export const histogramSize = size;

function bucketOf(ms: number): number {
  if (ms <= leastMs) return 0;
  // Rounding can push a value that lies on a bucket's border into the next one: still within the promised error.
  return Math.min(size - 1, Math.ceil(Math.log(ms / leastMs) / logGamma));
}

/** The value of a bucket that is off by α at most for everything in it. */
function middleOf(at: number): number {
  return at === 0 ? leastMs : (leastMs * 2 * gamma ** at) / (gamma + 1);
}
