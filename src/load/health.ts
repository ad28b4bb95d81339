import { monitorEventLoopDelay } from "node:perf_hooks";
import { Histogram } from "../record/histogram.ts";
import { takenBetween, ticks } from "../record/taken.ts";
import type { WindowTally } from "./plan.ts";

/** How often the event loop is asked whether it is there; what it takes longer is delay. */
const resolutionMs = 1;

/** How well the generator itself keeps up: a generator that is late measures itself. */
export class Health {
  readonly #monitor = monitorEventLoopDelay({ resolution: resolutionMs });
  readonly #all = new Histogram();
  readonly #cpuBeforeMs = cpuMs();
  readonly #ticksBefore = ticks();
  #ticks = this.#ticksBefore;

  constructor() {
    this.#monitor.enable();
  }

  /** The loop's delays since the last asking. */
  nextLoop(): Histogram {
    const loop = new Histogram();
    const { count, percentiles } = this.#monitor;
    let counted = 0;
    // The monitor tells values at some percentiles only; what lies between two of them counts as the greater one.
    for (const [percentile, ns] of percentiles)
      for (const upTo = Math.round((count * percentile) / 100); counted < upTo; counted += 1)
        loop.add(ns / 1e6 - resolutionMs);
    this.#monitor.reset();
    this.#all.merge(loop);
    return loop;
  }

  /** What other machines took of the processors since the last asking: a share; null: not known. */
  nextTaken(): number | null {
    const before = this.#ticks;
    return takenBetween(before, (this.#ticks = ticks()));
  }

  /** Over its whole life, which ends; may be called twice. */
  end(): WindowTally["generator"] {
    this.nextLoop();
    this.#monitor.disable();
    const taken = takenBetween(this.#ticksBefore, ticks());
    return { loopP99Ms: p99Of(this.#all), cpuMs: cpuMs() - this.#cpuBeforeMs, taken };
  }
}

export function p99Of(loop: Histogram): number {
  return loop.percentile(0.99) ?? 0;
}

/** Of this process since its start. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
