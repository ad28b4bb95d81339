import type { Phase } from "../slices.ts";
import type { ExperimentOptions, Moment } from "./options.ts";
import { orderOf } from "./plan.ts";
import type { Prepared } from "./prepare.ts";

/** One phase of one column's turn, as it is planned. */
export interface Leg {
  /** The column's place. */
  readonly column: number;
  readonly repetition: number;
  readonly phase: Phase;
  readonly fault: string | null;
  readonly forMs: number;
}

/** Stopping and looking at the data, after the last turn. */
const endMs = 1000;

/** The legs of an experiment in their order, and how far it has come. */
export class Course {
  readonly #options: ExperimentOptions;
  readonly #legs: readonly Leg[];
  readonly #now: () => number;
  #at = -1;
  #begunAt = 0;

  constructor(options: ExperimentOptions, prepared: Prepared, now: () => number) {
    this.#options = options;
    this.#legs = legsOf(options, prepared);
    this.#now = now;
  }

  /** A phase begins. One that is left out is passed over. */
  begin(column: number, repetition: number, phase: Phase, fault: string | null): void {
    const isThis = (leg: Leg): boolean =>
      leg.column === column && leg.repetition === repetition && leg.phase === phase && leg.fault === fault;
    this.#at = this.#legs.findIndex(isThis);
    this.#begunAt = this.#now();
    const { forMs } = this.#legs[this.#at]!;
    const [number, of] = [this.#at + 1, this.#legs.length];
    this.#options.onProgress({ type: "window", number, of, forMs, ...this.#moment() });
  }

  /** Where it is, and how much of the phase is left by the plan. */
  now(): { readonly leftMs: number } & Moment {
    return { leftMs: this.#leftMs(), ...this.#moment() };
  }

  #moment(): Moment {
    const { column, repetition, phase, fault } = this.#legs[this.#at]!;
    const { columns, repetitions } = this.#options;
    const after = this.#legs.slice(this.#at + 1).reduce((sum, { forMs }) => sum + forMs, 0);
    const remainingMs = Math.round(this.#leftMs() + after + endMs * columns.length);
    return { column: columns[column]!.name, repetition, repetitions, phase, fault, remainingMs };
  }

  #leftMs(): number {
    return Math.max(0, Math.round(this.#legs[this.#at]!.forMs - (this.#now() - this.#begunAt)));
  }
}

function legsOf({ columns, repetitions, windows }: ExperimentOptions, { faults }: Prepared): Leg[] {
  const turns = Array.from({ length: repetitions }, (_, repetition) =>
    orderOf(columns.length, repetition).map((column) => ({ column, repetition })),
  );
  return turns.flat().flatMap((turn) => {
    const { name } = columns[turn.column]!;
    const struck = faults.filter(({ missing }) => !missing.has(name));
    return [
      { ...turn, phase: "warmup", fault: null, forMs: windows.warmupMs },
      { ...turn, phase: "baseline", fault: null, forMs: windows.baselineMs },
      ...struck.flatMap(({ id: fault }): Leg[] => [
        { ...turn, phase: "grace", fault, forMs: windows.graceMs },
        { ...turn, phase: "fault", fault, forMs: windows.faultMs },
        { ...turn, phase: "recovery", fault, forMs: windows.recoveryMs },
      ]),
      { ...turn, phase: "idle", fault: null, forMs: windows.idleMs },
    ];
  });
}
