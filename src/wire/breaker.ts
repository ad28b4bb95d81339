/**
 * A circuit breaker: keeps callers from waiting for someone who has not answered lately, and asks now and then.
 *
 * closed ─ `failuresToOpen` failures in a row → open ─ time passes → half-open ─ the one call let through answers → closed
 *                                                 ↑ ──────────────────────────────────────────────── or fails ─┘
 *
 * The wait does not grow: one call a second costs nothing, and who comes back is found within it.
 */

/** Fewer opens on bad luck; more keeps callers waiting longer. */
const failuresToOpen = 5;
/** Longer finds out later that the other side is back; shorter makes more callers wait for one that is not. */
const waitMs = 1000;

type State =
  | { readonly name: "closed"; failures: number }
  | { readonly name: "open"; readonly untilMs: number }
  | { readonly name: "half-open"; probing: boolean };

export class Breaker {
  #state: State = { name: "closed", failures: 0 };

  /** Whether a call may go through at this time, in ms of a monotonic clock. */
  allows(nowMs: number): boolean {
    const state = this.#state;
    if (state.name === "closed") return true;
    if (state.name === "half-open") return !state.probing;
    if (nowMs < state.untilMs) return false;
    this.#state = { name: "half-open", probing: false };
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
    if (state.name === "half-open") this.#open(nowMs, random);
    else if (++state.failures >= failuresToOpen) this.#open(nowMs, random);
  }

  /** A call ended in a way that says nothing about the other side, such as by being cancelled. */
  ignore(): void {
    if (this.#state.name === "half-open") this.#state.probing = false;
  }

  reset(): void {
    this.#state = { name: "closed", failures: 0 };
  }

  #open(nowMs: number, random: number): void {
    this.#state = { name: "open", untilMs: nowMs + waitMs * (0.9 + random * 0.2) };
  }
}
