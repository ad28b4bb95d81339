import { createHash } from "node:crypto";
import type { Chance } from "../module/scenario.ts";

/**
 * Chance that can be repeated from a seed: mulberry32 (Tommy Ettinger, public domain), 32 bits of state, which is enough to
 * pick steps and words and is made for every arrival.
 */
export class SeededChance implements Chance {
  #state: number;

  /** @param seed any whole number; see `seedOf` for words */
  constructor(seed: number) {
    this.#state = seed | 0;
  }

  unit(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  }

  below(n: number): number {
    return Math.floor(this.unit() * n);
  }

  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}

/** 32 bits of words: the same on every machine. */
export function seedOf(words: string): number {
  return createHash("sha256").update(words).digest().readInt32LE(0);
}
