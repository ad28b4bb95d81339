import { setTimeout as sleep } from "node:timers/promises";
import type { Fleet } from "./fleet.ts";

/** Holds modules of a deployment, and lets them go; rebinding.ts says what that means, and asks for one thing at a time. */

export interface HoldOptions {
  /** How long work in hand may take to end. Default 5 s. */
  readonly withinMs?: number | undefined;
  /** After so long it is released by itself. Default 60 s. */
  readonly forMs?: number | undefined;
}

export interface HoldingOptions {
  readonly fleet: Fleet;
  /** The process that holds a module. @throws SeamlineError `usage` for what is no module */
  readonly groupOf: (module: string) => string;
  /** Told when the time of a hold is over; asks for its release. */
  readonly ended: (module: string) => Promise<void>;
}

const usual = { withinMs: 5000, forMs: 60_000 };
/** To load a module and open its store. Far beyond what a busy machine needs. */
export const hostMs = 30_000;
/** How long a process may take to say that it is done, beyond the time it was given. */
export const answerMs = 3000;
/** Pause before another try to release what nobody holds any more, while its store cannot be opened. */
const againMs = 1000;

export class Holding {
  readonly #options: HoldingOptions;
  /** By the module; each ends the hold's own time. */
  readonly #held = new Map<string, AbortController>();

  constructor(options: HoldingOptions) {
    this.#options = options;
  }

  modules(): string[] {
    return [...this.#held.keys()];
  }

  has(module: string): boolean {
    return this.#held.has(module);
  }

  async hold(
    module: string,
    { withinMs = usual.withinMs, forMs = usual.forMs }: HoldOptions,
  ): Promise<{ left: number }> {
    const { fleet, groupOf } = this.#options;
    const group = groupOf(module);
    // Before anybody is asked, so that a process that starts meanwhile lets it wait too.
    fleet.plan.held.add(module);
    this.#endAfter(module, forMs);
    try {
      const left = await fleet.change(group, { do: "hold", module, withinMs }, withinMs + answerMs);
      await fleet.show();
      return { left };
    } catch (error) {
      fleet.plan.held.delete(module);
      this.#forget(module);
      // Whoever does not answer hears it when it wakes.
      void fleet.change(group, { do: "release", module }, hostMs).catch(() => {});
      await fleet.show();
      throw error;
    }
  }

  async release(module: string): Promise<void> {
    const { fleet, groupOf } = this.#options;
    // Before anybody is asked, so that a process that starts meanwhile lets nothing wait.
    if (!fleet.plan.held.delete(module)) return;
    try {
      await fleet.change(groupOf(module), { do: "release", module }, hostMs);
    } catch (error) {
      fleet.plan.held.add(module);
      throw error;
    }
    this.#forget(module);
    await fleet.show();
  }

  #forget(module: string): void {
    this.#held.get(module)?.abort();
    this.#held.delete(module);
  }

  #endAfter(module: string, forMs: number): void {
    this.#forget(module);
    const ending = new AbortController();
    this.#held.set(module, ending);
    const { signal } = ending;
    sleep(forMs, undefined, { signal, ref: false })
      .then(() => this.#options.ended(module))
      .catch(() => {
        if (!signal.aborted) this.#endAfter(module, againMs);
      });
  }
}
