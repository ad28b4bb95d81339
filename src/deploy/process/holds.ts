/** Who wants something that has ended to stay down for now. */
export class Holds {
  readonly #held = new Set<Promise<void>>();

  /** @returns lets go; may be called twice */
  take(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#held.add(promise);
    return () => {
      this.#held.delete(promise);
      resolve();
    };
  }

  /** Resolves when nobody holds any more, or the signal fires. */
  async released(signal: AbortSignal): Promise<void> {
    if (this.#held.size === 0) return;
    const { promise: aborted, resolve } = Promise.withResolvers<void>();
    signal.addEventListener("abort", () => resolve());
    while (this.#held.size > 0 && !signal.aborted) await Promise.race([aborted, ...this.#held]);
  }
}
