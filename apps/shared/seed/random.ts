import { createHash } from "node:crypto";

/**
 * Chance that can be repeated: the same name gives the same numbers on every machine. xoshiro128** by D. Blackman and
 * S. Vigna (prng.di.unimi.it), its state filled from a digest of the name. For made-up data only, never for secrets.
 */
export class Random {
  readonly #state: Uint32Array;

  constructor(name: string) {
    const bytes = createHash("sha256").update(name).digest();
    this.#state = Uint32Array.from([0, 4, 8, 12], (at) => bytes.readUInt32LE(at));
  }

  /** From 0 to 2³² − 1. */
  word(): number {
    const s = this.#state as unknown as [number, number, number, number];
    const result = Math.imul(rotate(Math.imul(s[1], 5), 7), 9) >>> 0;
    const shifted = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate(s[3], 11);
    return result;
  }

  /** From 0 up to, but not, 1. */
  unit(): number {
    return this.word() / 2 ** 32;
  }

  /** A whole number from 0 up to, but not, `n`. */
  below(n: number): number {
    return Math.floor(this.unit() * n);
  }

  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  shuffled<T>(list: readonly T[]): T[] {
    return list
      .map((item) => ({ item, at: this.word() }))
      .sort((a, b) => a.at - b.at)
      .map(({ item }) => item);
  }

  /** Like `below`, but small numbers come far more often: a few people write most, a few posts are talked about. */
  skewed(n: number): number {
    return Math.floor(this.unit() ** 2 * n);
  }

  /** A UUIDv7 of this time. */
  uuid(timeMs: number): string {
    const time = timeMs.toString(16).padStart(12, "0");
    const [a, b, c] = [this.word(), this.word(), this.word()].map((word) => word.toString(16).padStart(8, "0"));
    const variant = "89ab"[Number.parseInt(b![0]!, 16) & 3]!;
    return `${time.slice(0, 8)}-${time.slice(8)}-7${a!.slice(0, 3)}-${variant}${a!.slice(3, 6)}-${b!.slice(1, 5)}${c}`;
  }
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}
