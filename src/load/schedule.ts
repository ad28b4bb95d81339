import { createHash } from "node:crypto";
import { SeamlineError } from "../contract/errors.ts";
import { pickStep, type Scenario } from "../module/scenario.ts";
import { SeededChance, seedOf } from "./chance.ts";

/**
 * Who does what, and when, worked out before a window begins and from a seed alone: what a side does with one request
 * cannot change when the next is sent, and every side gets the same.
 *
 * Arrivals come by rate (an open model). Each is the next step of somebody's visit. So many people are there at a time
 * that the same one comes again after about `thinkMs`; when a visit is over, the next person takes the seat. Seats fill
 * one by one, at the pace at which visits begin later too, so that a scenario in which people sign in does not begin with
 * everybody signing in at once.
 */

/** Between two steps of a person, roughly. Less: answers are still on their way when their reader goes on. */
const thinkMs = 2000;
/** What a schedule of this length takes in memory (about 200 MB) is more than any window needs. */
const mostArrivals = 10_000_000;

export const arrivalKinds = ["poisson", "uniform"] as const;
export type Arrivals = (typeof arrivalKinds)[number];

export interface ScheduleRequest {
  readonly seed: string;
  /** Arrivals a second. */
  readonly rate: number;
  readonly forMs: number;
  /** poisson (the default): as independent people come. uniform: evenly spaced. */
  readonly arrivals?: Arrivals | undefined;
}

/** One place in each array an arrival. */
export interface Schedule {
  /** In ms since the window's beginning, ascending. */
  readonly at: Float64Array;
  /** The step's place among the scenario's. */
  readonly step: Uint16Array;
  readonly person: Uint32Array;
  /** Of all of the above: equal digests are equal schedules. */
  readonly digest: string;
}

interface Seat {
  person: number;
  /** Places of the steps that the visit begins with, and that are still to come. */
  first: readonly number[];
  /** How many steps picked by weight are still to come. */
  left: number;
}

/**
 * The visits of one side's people. The same requests in the same order give the same schedules. Each window begins with
 * empty seats and new people: one that was ended early has not seen all whom it planned, and those would come all at once.
 */
export class Itinerary {
  readonly #scenario: Scenario;
  readonly #places: ReadonlyMap<string, number>;
  readonly #first: readonly number[];
  #seats: Seat[] = [];
  #arrivals = 0;
  #turn = 0;
  #nextPerson = 0;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.#places = new Map(Object.keys(scenario.steps).map((name, place) => [name, place]));
    this.#first = (scenario.visit.first ?? []).map((name) => this.#places.get(name)!);
  }

  /** @throws SeamlineError `invalid` for a rate or length that is none */
  plan({ seed, rate, forMs, arrivals = "poisson" }: ScheduleRequest): Schedule {
    assertPossible(rate, forMs);
    [this.#seats, this.#arrivals, this.#turn] = [[], 0, 0];
    const chance = new SeededChance(seedOf(`${seed}/schedule`));
    const at = arrivals === "poisson" ? poisson(rate, forMs, chance) : uniform(rate, forMs);
    const step = new Uint16Array(at.length);
    const person = new Uint32Array(at.length);
    for (let k = 0; k < at.length; k += 1) {
      const seat = this.#seat(rate, chance);
      person[k] = seat.person;
      step[k] = this.#step(seat, chance);
    }
    return { at, step, person, digest: digestOf(at, step, person) };
  }

  /** In turn, so that nobody comes again while others wait for theirs. Its visit has a step or more left. */
  #seat(rate: number, chance: SeededChance): Seat {
    const { people, visit } = this.#scenario;
    const wanted = Math.min(people, Math.ceil((rate * thinkMs) / 1000));
    const visitLength = Math.max(1, this.#first.length + visit.steps);
    const opened = this.#first.length === 0 ? wanted : 1 + Math.floor(this.#arrivals / visitLength);
    this.#arrivals += 1;
    this.#turn = (this.#turn + 1) % Math.min(wanted, opened);
    const seat = (this.#seats[this.#turn] ??= this.#visit(chance));
    return seat.first.length + seat.left > 0 ? seat : Object.assign(seat, this.#visit(chance));
  }

  #step(seat: Seat, chance: SeededChance): number {
    const [first, ...rest] = seat.first;
    if (first !== undefined) {
      seat.first = rest;
      return first;
    }
    seat.left -= 1;
    return this.#places.get(pickStep(this.#scenario, chance))!;
  }

  /** The visit of the next person, with one step or more: as many as the scenario says on average. */
  #visit(chance: SeededChance): Seat {
    const { people, visit } = this.#scenario;
    for (;;) {
      const number = this.#nextPerson++;
      const left = Math.floor(visit.steps) + (chance.chance(visit.steps % 1) ? 1 : 0);
      // Who has nothing to do but the first steps comes for them each time.
      const first = number < people || visit.steps === 0 ? this.#first : [];
      if (left + first.length > 0) return { person: number % people, first, left };
    }
  }
}

/** @throws SeamlineError `invalid` for a rate or length that is none, or that is too much for one window */
export function assertPossible(rate: number, forMs: number): void {
  if (!(rate > 0 && forMs > 0 && (rate * forMs) / 1000 <= mostArrivals))
    throw new SeamlineError(
      "invalid",
      `a window of ${forMs} ms at ${rate} requests/s cannot be planned; both must be more than 0, and their product at most ${mostArrivals} requests`,
    );
}

/** Gaps between independent arrivals are exponentially distributed. */
function poisson(rate: number, forMs: number, chance: SeededChance): Float64Array {
  const meanGapMs = 1000 / rate;
  const at: number[] = [];
  for (let t = gap(); t < forMs; t += gap()) at.push(t);
  return Float64Array.from(at);

  function gap(): number {
    return -Math.log(1 - chance.unit()) * meanGapMs;
  }
}

function uniform(rate: number, forMs: number): Float64Array {
  return Float64Array.from({ length: Math.floor((rate * forMs) / 1000) }, (_, k) => (k * 1000) / rate);
}

function digestOf(...arrays: readonly NodeJS.ArrayBufferView[]): string {
  const hash = createHash("sha256");
  for (const array of arrays) hash.update(array);
  return hash.digest("hex").slice(0, 16);
}
