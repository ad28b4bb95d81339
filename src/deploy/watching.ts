import type { Metering, MeterLine } from "./metering.ts";

/** What became of the calls to one module while it was watched. */
export interface Watched {
  /** Calls of other modules and pages that ended. */
  readonly calls: number;
  /** Of them those that had no answer; one with a declared error has one. */
  readonly failed: number;
  /** The longest of those that were answered, as its caller saw it; null: there was none. */
  readonly longestMs: number | null;
}

export interface Watching {
  /** @returns what was seen; null: that has been told, or was given up */
  end(): Promise<Watched | null>;
}

/** Longer: someone who began and is gone costs calls their measuring. Shorter: a long move is seen in part only. */
const longestWatchMs = 15 * 60_000;

/** Watches the calls to a module until `end`, or for a quarter of an hour. */
export async function beginWatch(
  module: string,
  meter: (onLine: (line: MeterLine) => void) => Promise<Metering>,
): Promise<Watching> {
  let [calls, answered, longestMs] = [0, 0, 0];
  const metering = await meter((line) => {
    if (line.type !== "seam" || line.to !== module) return;
    calls += line.calls;
    answered += line.callerHistogram.count;
    longestMs = Math.max(longestMs, line.callerHistogram.max);
  });
  let over = false;
  const stop = async (): Promise<boolean> => {
    if (over) return false;
    over = true;
    clearTimeout(timer);
    await metering.stop();
    return true;
  };
  const timer = setTimeout(() => void stop().catch(() => {}), longestWatchMs).unref();
  return {
    async end() {
      if (!(await stop())) return null;
      return { calls, failed: calls - answered, longestMs: answered === 0 ? null : longestMs };
    },
  };
}
