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

/** Something that wants to know when its deadline has passed. The links belong to the queue. */
export interface Expiring {
  deadline: number;
  next: Expiring | null;
  previous: Expiring | null;
  /** Called once, after the deadline; the entry has left the queue already. Must not throw. */
  expire(): void;
}

/**
 * All entries whose deadline has not passed. Adding and removing cost a few assignments; each sweep looks at every
 * entry, which is cheap because entries are the calls in flight, bounded by the bulkheads.
 */
export class DeadlineQueue {
  #head: Expiring | null = null;
  #timer: ReturnType<typeof setInterval> | null = null;
  #nowMs = performance.now();
  #idleTicks = 0;

  /** The coarse clock: at most `tickMs` behind while anything is queued or has just been. */
  nowMs(): number {
    if (this.#timer === null) this.#start();
    return this.#nowMs;
  }

  add(entry: Expiring): void {
    if (this.#timer === null) this.#start();
    const head = this.#head;
    entry.next = head;
    entry.previous = null;
    if (head !== null) head.previous = entry;
    this.#head = entry;
  }

  remove(entry: Expiring): void {
    const { next, previous } = entry;
    if (previous === null) {
      if (this.#head !== entry) return;
      this.#head = next;
    } else previous.next = next;
    if (next !== null) next.previous = previous;
    entry.next = entry.previous = null;
  }

  #start(): void {
    this.#nowMs = performance.now();
    this.#idleTicks = 0;
    this.#timer = setInterval(() => this.#sweep(), tickMs);
    (this.#timer as { unref?: () => void }).unref?.();
  }

  #sweep(): void {
    const now = (this.#nowMs = performance.now());
    if (this.#head === null && ++this.#idleTicks > 20) {
      clearInterval(this.#timer!);
      this.#timer = null;
      return;
    }
    let entry = this.#head;
    if (entry !== null) this.#idleTicks = 0;
    while (entry !== null) {
      const next: Expiring | null = entry.next;
      if (entry.deadline <= now) {
        this.remove(entry);
        entry.expire();
      }
      entry = next;
    }
  }
}

/** The queue of this process. */
export const deadlines = new DeadlineQueue();
