import { readFileSync } from "node:fs";

/**
 * What a hypervisor gave of this machine's processors to other machines while something here wanted them ("steal" in
 * Linux' /proc/stat, proc_stat(5)). Times that were measured meanwhile are longer than the measured program's own.
 */

/** Share of all processors' time above which times say more about the machine than about a program (our threshold). */
export const takenLimit = 0.05;

/** Ticks of all processors since the machine's start. */
export interface Ticks {
  readonly all: number;
  /** When nobody here wanted them. */
  readonly idle: number;
  readonly taken: number;
}

/** null: this system does not tell. */
export function ticks(): Ticks | null {
  try {
    // user nice system idle iowait irq softirq steal; what follows is in them already.
    const line = readFileSync("/proc/stat", "utf8").split("\n", 1)[0]!;
    const each = line.split(/\s+/).slice(1, 9).map(Number);
    const [, , , idle, waiting, , , taken] = each;
    return { all: each.reduce((sum, one) => sum + one, 0), idle: idle! + waiting!, taken: taken ?? 0 };
  } catch {
    return null;
  }
}

/** Share of the time between, 0 to 1; null: not known. */
export function takenBetween(first: Ticks | null, last: Ticks | null): number | null {
  if (first === null || last === null) return null;
  return last.all === first.all ? 0 : (last.taken - first.taken) / (last.all - first.all);
}
