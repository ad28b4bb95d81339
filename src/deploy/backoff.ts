/**
 * How long to wait before something that died is started again: not at all the first time, because one death is mostly
 * an accident; then longer and longer, because a program that dies at once would otherwise burn a core. Health for a
 * while makes it a first time again.
 */
export class Backoff {
  #failures = 0;

  /** @param healthyMs how long it was ready before it died; 0 for never */
  nextDelayMs(healthyMs: number): number {
    if (healthyMs >= forgiveAfterMs) this.#failures = 0;
    const failures = this.#failures++;
    return failures === 0 ? 0 : Math.min(firstDelayMs * 2 ** (failures - 1), longestDelayMs);
  }
}

const firstDelayMs = 200;
/** Longer: a part stays away after its cause is gone. Shorter: a crash loop costs a core. */
const longestDelayMs = 5000;
const forgiveAfterMs = 30_000;
