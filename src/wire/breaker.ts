/**
 * A circuit breaker: keeps callers from waiting for someone who has not answered lately, and asks now and then.
 *
 * closed ─ `failuresToOpen` failures in a row → open ─ time passes → half-open ─ the one call let through answers → closed
 *                                                 ↑ ─────────────── or fails; the next wait is twice as long ─┘
 */

/** Fewer opens on bad luck; more keeps callers waiting longer. */
const failuresToOpen = 5;
const firstWaitMs = 1000;
const longestWaitMs = 10_000;

type State =
  | { readonly name: "closed"; failures: number }
  | { readonly name: "open"; readonly untilMs: number; readonly waitMs: number }
  | { readonly name: "half-open"; readonly waitMs: number; probing: boolean };

export class Breaker {
  #state: State = { name: "closed", failures: 0 };

  /** Whether a call may go through at this time, in ms of a monotonic clock. */
  allows(nowMs: number): boolean {
    const state = this.#state;
    if (state.name === "closed") return true;
    if (state.name === "half-open") return !state.probing;
    if (nowMs < state.untilMs) return false;
    this.#state = { name: "half-open", waitMs: state.waitMs, probing: false };
    return true;
  }

  stateAt(nowMs: number): "closed" | "open" | "half-open" {
    this.allows(nowMs);
    return this.#state.name;
  }

  /** A call goes through. */
  begin(): void {
    if (this.#state.name === "half-open") this.#state.probing = true;
  }

  succeed(): void {
    if (this.#state.name === "closed") this.#state.failures = 0;
    else this.reset();
  }

  /** @param random in [0, 1): waits differ, so that not all callers ask at once */
  fail(nowMs: number, random: number): void {
    const state = this.#state;
    // Calls that were under way when it opened say nothing new.
    if (state.name === "open") return;
    if (state.name === "half-open") this.#open(nowMs, Math.min(state.waitMs * 2, longestWaitMs), random);
    else if (++state.failures >= failuresToOpen) this.#open(nowMs, firstWaitMs, random);
  }

  /** A call ended in a way that says nothing about the other side, such as by being cancelled. */
  ignore(): void {
    if (this.#state.name === "half-open") this.#state.probing = false;
  }

  reset(): void {
    this.#state = { name: "closed", failures: 0 };
  }

  #open(nowMs: number, waitMs: number, random: number): void {
    this.#state = { name: "open", untilMs: nowMs + waitMs * (0.9 + random * 0.2), waitMs };
  }
}
