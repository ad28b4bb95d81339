import { cpus } from "node:os";
import { takenBetween, ticks, type Ticks } from "../src/record/taken.ts";

/** What other machines took of this one's processors, as time goes on. */
export interface Taken {
  /** Between two times of `now`: a share, 0 to 1; null: not known on this system. */
  between(from: number, to: number): number | null;
  /** How much processor time went into this machine's own work between two times, in ms; null: not known. */
  busyMs(from: number, to: number): number | null;
  end(): void;
}

const everyMs = 100;

interface Look {
  readonly at: number;
  readonly ticks: Ticks | null;
}

/** @param now a clock in ms, by which is asked later */
export function watchTaken(now: () => number): Taken {
  const look = (): Look => ({ at: now(), ticks: ticks() });
  const looks = [look()];
  const timer = setInterval(() => looks.push(look()), everyMs);
  // The looks next to both ends, outside; a span that ends now has no later one yet.
  const around = (from: number, to: number): [Ticks | null, Ticks | null] => [
    (looks.findLast(({ at }) => at <= from) ?? looks[0]!).ticks,
    (looks.find(({ at }) => at >= to) ?? look()).ticks,
  ];
  return {
    between: (from, to) => takenBetween(...around(from, to)),
    busyMs(from, to) {
      const [first, last] = around(from, to);
      if (first === null || last === null) return null;
      const busy = ({ all, idle, taken }: Ticks): number => all - idle - taken;
      const share = (busy(last) - busy(first)) / Math.max(1, last.all - first.all);
      return share * (to - from) * cpus().length;
    },
    end: () => clearInterval(timer),
  };
}
