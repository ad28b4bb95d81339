/**
 * Deadlines on one monotonic clock per process.
 *
 * A deadline is a point in time, in ms of `monotonicMs()`; Infinity means none. It never leaves the process: what
 * travels is the budget that is left. Reading a clock and setting a timer for every call would cost more than the call,
 * so calls read a coarse clock and enter a `DeadlineQueue`, which is swept by one interval while anything is in it.
 */

/** Resolution of the coarse clock and of the sweep, in ms. Larger makes late answers later; smaller burns CPU. */
export const tickMs = 10;

/** The precise monotonic clock, in ms. */
export function monotonicMs(): number {
  return performance.now();
}

/** Whole milliseconds, because V8 keeps those in place where a fraction would cost an allocation in every context. */
function coarseMs(): number {
  return Math.floor(performance.now());
}

/** Something that wants to know when its deadline has passed. */
export interface Expiring {
  readonly deadline: number;
  /** Its place in the queue; -1 when it is in none, -2 while it is new. Written by the queue alone. */
  slot: number;
  /** On whose behalf it waits; null for nobody's. */
  readonly owner?: object | null;
  /** Called once, after the deadline; the entry has left the queue already. Must not throw. */
  expire(): void;
  /** Called once when its owner no longer wants it; the entry has left the queue already. Must not throw. */
  abandon?(): void;
}

/** Entries that are new, before they are sorted in. */
const newcomers = 256;

/**
 * All entries whose deadline has not passed, in no order. Each sweep looks at every one, which is cheap because entries
 * are the calls in flight, bounded by the bulkheads.
 *
 * Most calls are over before the next sweep, so an entry first goes to a short list of newcomers, from where nobody has
 * to take it out: when the list is full, or at the next sweep, those that are still waiting move to the queue proper.
 */
export class DeadlineQueue {
  readonly #entries: Expiring[] = [];
  readonly #new: (Expiring | null)[] = Array.from({ length: newcomers }, () => null);
  #newCount = 0;
  #timer: ReturnType<typeof setInterval> | null = null;
  #nowMs = coarseMs();
  #idleTicks = 0;

  /** The coarse clock: at most `tickMs` behind while anything is queued or has just been. */
  nowMs(): number {
    if (this.#timer === null) this.#start();
    return this.#nowMs;
  }

  add(entry: Expiring): void {
    if (this.#timer === null) this.#start();
    if (this.#newCount === newcomers) this.#settle();
    entry.slot = -2;
    this.#new[this.#newCount++] = entry;
  }

  /** Takes an entry out; harmless when it is not in. */
  remove(entry: Expiring): void {
    const { slot } = entry;
    entry.slot = -1;
    if (slot < 0) return;
    const last = this.#entries.pop()!;
    if (last === entry) return;
    this.#entries[slot] = last;
    last.slot = slot;
  }

  /** Moves the newcomers that are still waiting to the queue. */
  #settle(): void {
    for (let at = 0; at < this.#newCount; at++) {
      const entry = this.#new[at]!;
      this.#new[at] = null;
      if (entry.slot === -2) entry.slot = this.#entries.push(entry) - 1;
    }
    this.#newCount = 0;
  }

  /** Gives up everything that waits on behalf of `owner`. */
  abandon(owner: object): void {
    this.#settle();
    for (const entry of this.#entries.filter((candidate) => candidate.owner === owner)) {
      // Giving up one entry may have ended another.
      if (entry.slot < 0) continue;
      this.remove(entry);
      entry.abandon?.();
    }
  }

  #start(): void {
    this.#nowMs = coarseMs();
    this.#idleTicks = 0;
    this.#timer = setInterval(() => this.#sweep(), tickMs);
    (this.#timer as { unref?: () => void }).unref?.();
  }

  #sweep(): void {
    const now = (this.#nowMs = coarseMs());
    this.#settle();
    const entries = this.#entries;
    // Some 200 ms without a call, and the process may sleep.
    this.#idleTicks = entries.length === 0 ? this.#idleTicks + 1 : 0;
    if (this.#idleTicks > 20) {
      clearInterval(this.#timer!);
      this.#timer = null;
      return;
    }
    // Backwards, because removing moves the last entry into the place that was left.
    for (let slot = entries.length - 1; slot >= 0; slot--) {
      const entry = entries[slot];
      if (entry === undefined || entry.deadline > now) continue;
      this.remove(entry);
      entry.expire();
    }
  }
}

/** The queue of this process. */
export const deadlines = new DeadlineQueue();
