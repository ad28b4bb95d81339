import type { Lane } from "./lane.ts";

/** How often at least it is looked whether something has hung. */
const longestNapMs = 10;

/**
 * Sends what is due in one window, on all lanes at the same times, from one timer for all: thousands of requests a second
 * would otherwise be thousands of timers. Whatever has become due while the process was busy goes out at once and is late.
 */
export class Traffic {
  readonly #lanes: readonly Lane[];
  readonly #at: Float64Array;
  readonly #fromMs: number;
  #toMs: number;
  /** So many of the arrivals are sent. */
  #sent: number;
  readonly #now: () => number;
  readonly #ended = Promise.withResolvers<void>();
  #next = 0;
  #timer: NodeJS.Timeout | null = null;

  /** @param lanes with equal schedules */
  constructor(lanes: readonly Lane[], fromMs: number, forMs: number, now: () => number) {
    this.#lanes = lanes;
    this.#at = lanes[0]!.schedule.at;
    this.#fromMs = fromMs;
    this.#toMs = fromMs + forMs;
    this.#sent = this.#at.length;
    this.#now = now;
  }

  /** Resolves when the window is over and nothing is on its way. Rejects with `signal`'s reason. */
  async run(signal: AbortSignal): Promise<void> {
    const stop = (): void => this.#ended.reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    try {
      signal.throwIfAborted();
      this.#tick();
      await this.#ended.promise;
    } finally {
      signal.removeEventListener("abort", stop);
      if (this.#timer !== null) clearTimeout(this.#timer);
      for (const lane of this.#lanes) lane.abandon();
    }
  }

  /** When the sending ended, or is to end. */
  get toMs(): number {
    return this.#toMs;
  }

  /** Sends nothing more. What is on its way is waited for. */
  finish(): void {
    this.#send();
    this.#toMs = Math.min(this.#toMs, Math.max(this.#fromMs, this.#now()));
    this.#sent = this.#next;
  }

  readonly #tick = (): void => {
    this.#send();
    const now = this.#now();
    for (const lane of this.#lanes) lane.expire(now);
    if (now >= this.#toMs && this.#next === this.#sent && this.#lanes.every(({ inFlight }) => inFlight === 0))
      return this.#ended.resolve();
    const due = this.#next < this.#sent ? this.#fromMs + this.#at[this.#next]! - now : longestNapMs;
    this.#timer = setTimeout(this.#tick, Math.min(longestNapMs, Math.max(1, due)));
  };

  /** No lane is always the first. */
  #send(): void {
    const lanes = this.#lanes;
    while (this.#next < this.#sent && this.#fromMs + this.#at[this.#next]! <= this.#now()) {
      for (let i = 0; i < lanes.length; i += 1)
        lanes[(i + this.#next) % lanes.length]!.launch(this.#next, this.#fromMs);
      this.#next += 1;
    }
  }
}
