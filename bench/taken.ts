import { takenBetween, ticks, type Ticks } from "../src/record/taken.ts";

/** What other machines took of this one's processors, as time goes on. */
export interface Taken {
  /** Between two times of `now`: a share, 0 to 1; null: not known on this system. */
  between(from: number, to: number): number | null;
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
  return {
    between(from, to) {
      // The looks next to both ends, outside; a span that ends now has no later one yet.
      const first = looks.findLast(({ at }) => at <= from) ?? looks[0]!;
      const last = looks.find(({ at }) => at >= to) ?? look();
      return takenBetween(first.ticks, last.ticks);
    },
    end: () => clearInterval(timer),
  };
}
