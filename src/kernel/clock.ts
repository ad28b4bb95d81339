/**
 * The app's time: the machine's, moved by an offset that is the same in all of a deployment. It is what handlers are
 * told and what schedules and sagas go by. Leases, deadlines and retries are about the machine and never move.
 */
export class Clock {
  #offsetMs: number;
  readonly #listeners = new Set<() => void>();

  constructor(offsetMs = 0) {
    this.#offsetMs = offsetMs;
  }

  readonly now = (): Date => new Date(Date.now() + this.#offsetMs);

  /** Tells who waits for a point in time, if it is another offset than before. */
  set(offsetMs: number): void {
    if (offsetMs === this.#offsetMs) return;
    this.#offsetMs = offsetMs;
    for (const listener of this.#listeners) listener();
  }

  /** Calls `listener` after each move. @returns takes it back */
  whenMoved(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
