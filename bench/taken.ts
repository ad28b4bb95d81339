import { readFileSync } from "node:fs";

/**
 * What a hypervisor gave of this machine's processors to other machines ("steal" of Linux' /proc/stat; proc_stat(5)), as
 * time goes on: a time that was measured while they took much says little about what was measured.
 */
export interface Taken {
  /** Their share of all processors' time between two times of `now`, in percent; null: not known on this system. */
  between(from: number, to: number): number | null;
  end(): void;
}

/** Above it, what was measured is not counted as valid. In percent. */
export const muchTaken = 5;

const everyMs = 100;

interface Look {
  readonly at: number;
  readonly all: number;
  readonly taken: number;
}

/** @param now a clock in ms, by which is asked later */
export function watchTaken(now: () => number): Taken {
  if (process.platform !== "linux") return { between: () => null, end: () => {} };
  const looks = [look(now())];
  const timer = setInterval(() => looks.push(look(now())), everyMs);
  return {
    between(from, to) {
      // The looks next to both ends, outside; a span that ends now has no later one yet.
      const first = looks.findLast(({ at }) => at <= from) ?? looks[0]!;
      const last = looks.find(({ at }) => at >= to) ?? look(now());
      const all = last.all - first.all;
      return all === 0 ? 0 : (100 * (last.taken - first.taken)) / all;
    },
    end: () => clearInterval(timer),
  };
}

function look(at: number): Look {
  // user nice system idle iowait irq softirq steal
  const ticks = readFileSync("/proc/stat", "utf8").split("\n", 1)[0]!.split(/\s+/).slice(1, 9).map(Number);
  return { at, all: ticks.reduce((sum, one) => sum + one, 0), taken: ticks[7] ?? 0 };
}
