import { outcomeCode } from "../record/outcome.ts";
import type { LookLine, SampleLine, WriteLine } from "../record/recording.ts";
import { seedOf } from "./chance.ts";
import { Flight } from "./flight.ts";
import type { Written } from "./look.ts";
import type { LoadPlan } from "./plan.ts";
import type { Program, ProgramStep } from "./program.ts";
import type { Schedule } from "./schedule.ts";
import type { Side } from "./side.ts";
import { Tally, type Landing } from "./tally.ts";
import type { Visitor } from "./visitor.ts";

export interface LaneOptions {
  readonly side: Side;
  readonly schedule: Schedule;
  readonly program: Program;
  readonly plan: LoadPlan;
  readonly seed: string;
  /** ms since the run's start. */
  now(): number;
  record(line: SampleLine | WriteLine | LookLine): void;
}

/** One side's part of one window: its schedule, what is on its way, and what has come of the rest. */
export class Lane {
  readonly side: Side;
  readonly schedule: Schedule;
  readonly tally: Tally;
  readonly now: () => number;
  readonly #record: (line: SampleLine | WriteLine | LookLine) => void;
  readonly #program: Program;
  readonly #plan: LoadPlan;
  readonly #chanceSeed: number;
  /** In the order in which they were to be sent, so that the first is also the first to hang. */
  readonly #flights = new Set<Flight>();

  constructor({ side, schedule, program, plan, seed, now, record }: LaneOptions) {
    this.side = side;
    this.schedule = schedule;
    this.tally = new Tally(plan.features);
    this.now = now;
    this.#record = record;
    this.#program = program;
    this.#plan = plan;
    this.#chanceSeed = seedOf(`${seed}/steps`);
    // Everybody who will come is made now, when nobody waits for it.
    for (const person of schedule.person) side.visitor(person);
  }

  get inFlight(): number {
    return this.#flights.size;
  }

  /** Sends arrival `k` of the schedule, of a window that began at `fromMs`. */
  launch(k: number, fromMs: number): void {
    const { at, step, person } = this.schedule;
    const own = this.#program.steps[step[k]!]!;
    const intendedMs = fromMs + at[k]!;
    if (this.#flights.size >= this.#plan.mostInFlight) return this.#drop(own.feature, intendedMs);
    const flight = new Flight(
      this,
      own,
      this.side.visitor(person[k]!),
      intendedMs,
      this.#chanceSeed ^ Math.imul(k + 1, 0x9e3779b1),
    );
    this.#flights.add(flight);
    const now = this.now();
    this.tally.countSent(now - intendedMs);
    flight.send(now);
  }

  /** Gives up what has had no answer for too long. */
  expire(now: number): void {
    for (const flight of this.#flights) {
      if (flight.intendedMs + this.#plan.hangMs > now) return;
      flight.hang();
    }
  }

  landed(flight: Flight, landing: Landing): void {
    this.#flights.delete(flight);
    this.#count(landing);
  }

  /** What somebody was told of a write. */
  wrote(feature: number, writeId: string, said: WriteLine["said"]): void {
    const { name } = this.#plan.features[feature]!;
    this.#record({ type: "write", column: this.side.name, t: short(this.now()), feature: name, writeId, said });
  }

  /** Somebody's write was acknowledged; now and then it is looked for. */
  look(written: Written): void {
    const { name: column, looks } = this.side;
    looks.begin(written, (seen) =>
      this.#record({ type: "look", column, t: short(this.now()), writeId: written.writeId, ...seen }),
    );
  }

  /** The first steps that the visitor has still to go through for a step, and the step itself. */
  stepsFor(visitor: Visitor, own: ProgramStep): readonly ProgramStep[] {
    const { first } = this.#program;
    if (visitor.entered >= first.length) return [own];
    return own.first >= visitor.entered
      ? first.slice(visitor.entered, own.first + 1)
      : [...first.slice(visitor.entered), own];
  }

  abandon(): void {
    for (const flight of this.#flights) flight.abandon();
    this.#flights.clear();
  }

  #drop(feature: number, intendedMs: number): void {
    const nothing = { behindMs: 0, latencyMs: 0, status: 0, degradedParts: "", trace: "", reason: null };
    this.#count({ feature, outcome: "dropped", intendedMs, ...nothing });
  }

  #count(landing: Landing): void {
    this.tally.add(landing);
    this.#record(toSample(this.side.place, landing));
  }
}

function toSample(column: number, { feature, outcome, degradedParts, trace, ...landing }: Landing): SampleLine {
  const [intended, late, latency] = [short(landing.intendedMs), short(landing.behindMs), short(landing.latencyMs)];
  const sample = ["s", column, feature, intended, late, latency, outcomeCode[outcome], landing.status] as const;
  if (trace !== "") return [...sample, degradedParts, trace];
  return degradedParts === "" ? sample : [...sample, degradedParts];
}

/** To the microsecond, which is finer than any of it. */
function short(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
