import { monitorEventLoopDelay } from "node:perf_hooks";

/** How often the event loop is asked whether it is there; what it takes longer is delay. */
const resolutionMs = 1;

/** How well the generator itself keeps up: a generator that is late measures itself. */
export class Health {
  readonly #second = monitorEventLoopDelay({ resolution: resolutionMs });
  readonly #all = monitorEventLoopDelay({ resolution: resolutionMs });
  readonly #cpuBefore = process.cpuUsage();

  constructor() {
    this.#second.enable();
    this.#all.enable();
  }

  /** Of the time since the last asking. */
  nextLoopP99Ms(): number {
    const p99Ms = delayMs(this.#second.percentile(99));
    this.#second.reset();
    return p99Ms;
  }

  end(): { loopP99Ms: number; cpuMs: number } {
    this.#second.disable();
    this.#all.disable();
    const { user, system } = process.cpuUsage(this.#cpuBefore);
    return { loopP99Ms: delayMs(this.#all.percentile(99)), cpuMs: (user + system) / 1000 };
  }
}

function delayMs(ns: number): number {
  return Math.max(0, Math.round((ns / 1e6 - resolutionMs) * 1000) / 1000);
}
