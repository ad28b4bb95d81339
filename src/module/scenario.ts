import { SeamlineError } from "../contract/errors.ts";

/**
 * What people do with an app, as data: plain tables and small pure functions, without any HTTP. Whoever carries a
 * scenario out sends the requests, keeps each visitor's cookies, follows no redirect, and tells the checks what came
 * back. Requests are built thousands of times a second, so they are cheap.
 *
 *     export default scenario<Visitor>({
 *       says: { en: "readers of the front page", ko: "첫 화면을 읽는 사람들" },
 *       people: 1000,
 *       person: ({ number }) => ({ number }),
 *       visit: { steps: 4 },
 *       steps: {
 *         front: { feature: "front", weight: 1, requests: [{ request: () => ({ method: "GET", path: "/" }), check: page("…") }] },
 *       },
 *     });
 */

/** For people, in the languages of this project. */
export interface Words {
  readonly en: string;
  readonly ko: string;
}

/** Something that users see an app do. */
export interface Feature {
  readonly says: Words;
  /** A request that takes longer than this has not kept its promise. Counted from when it was to be sent, in ms. */
  readonly promiseMs: number;
}

/** Chance that can be repeated from a seed. */
export interface Chance {
  /** From 0 up to, but not, 1. */
  unit(): number;
  /** A whole number from 0 up to, but not, `n`. */
  below(n: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
}

export interface Newcomer {
  /** Counts the people of a run from 0. */
  readonly number: number;
  /** Of the generated data that the app was filled with; null: with none. */
  readonly size: string | null;
  readonly random: Chance;
  /** The app's time. */
  readonly now: Date;
}

export interface ScenarioRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Begins with "/"; to the process that has the app's pages, or the part that `to` names. */
  readonly path: string;
  /** A part of the app that answers HTTP itself where it has a port of its own; otherwise the pages' process answers. */
  readonly to?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface ScenarioAnswer {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

export interface Exchange<Visitor> {
  /** Whether there is anything to ask, after what the earlier requests of the step have shown. Left out: there is. */
  needed?(visitor: Visitor): boolean;
  request(visitor: Visitor, random: Chance): ScenarioRequest;
  /**
   * Whether the visitor got what a person would call success: a status of 200 alone is none. May note in the visitor what
   * later requests need, such as a form's token. @returns what is wrong; null: nothing
   */
  check(answer: ScenarioAnswer, visitor: Visitor): string | null;
  /**
   * Answers that say no and are right, such as "sold out" where all is sold, by the name under which they are counted. Each
   * tells an honest no by its status and what it shows, so that any other refusal stays a failure. The first that fits
   * takes the place of `check`, and ends the step: it counts as good, and apart. Left out: no refusal is an answer.
   */
  readonly refusals?: Readonly<Record<string, (answer: ScenarioAnswer, visitor: Visitor) => boolean>>;
  /**
   * The id of what this request writes: it stands in the data itself if the request was carried out, and in no other
   * request's. Asked for once `request` has been. What is written is told by the app's `written` (module/invariants.ts).
   * Left out, or null: nothing that is looked for afterwards.
   */
  writes?(visitor: Visitor): string | null;
  /** Where its writer looks for it first. Left out: for how long a write cannot be seen is not measured. */
  readonly look?: Look<Visitor>;
}

/**
 * How the writer of something sees it. Asked for a share of the acknowledged writes, beside the scenario's own requests
 * and again and again until it is seen; it counts as a stale window and nowhere else.
 */
export interface Look<Visitor> {
  /** Asked for once, when the write was acknowledged and `check` has noted what its answer says. */
  request(visitor: Visitor): ScenarioRequest;
  /** Whether an answer (status under 300, of all parts) has the write of this id. */
  shows(answer: ScenarioAnswer, writeId: string): boolean;
}

export interface Step<Visitor> {
  /** One of the app's `features`: what is counted, and what promise is to be kept by each of the requests. */
  readonly feature: string;
  /** How often it comes, beside the other steps of the scenario. 0: only as one of the `first`. */
  readonly weight: number;
  /** One after the other, such as a form and its sending. Where one fails, the step has failed. */
  readonly requests: readonly Exchange<Visitor>[];
}

export interface ScenarioDefinition<Visitor> {
  readonly says: Words;
  /** How many there are at most. When all have been here, the first comes again. */
  readonly people: number;
  /** Makes one of them: what they know. It is their own, stays from visit to visit as cookies do, and checks may change it. */
  person(newcomer: Newcomer): Visitor;
  readonly visit: {
    /** Steps with which a person's first visit begins, in this order. */
    readonly first?: readonly string[];
    /** How many steps a visit has on average, besides these, picked by weight. */
    readonly steps: number;
  };
  readonly steps: Readonly<Record<string, Step<Visitor>>>;
}

/** A scenario as whoever carries it out sees it. */
export interface Scenario extends ScenarioDefinition<any> {
  readonly type: "scenario";
}

/** Makes a file's default export a scenario. @throws SeamlineError `app_invalid` that names the step */
export function scenario<Visitor>(definition: ScenarioDefinition<Visitor>): Scenario {
  const refuse = (what: string): never => {
    throw new SeamlineError("app_invalid", `scenario(): ${what}`);
  };
  const { steps, visit, people } = definition;
  if (!Number.isInteger(people) || people < 1) refuse(`people is ${people}; it must be a whole number, 1 or more`);
  const weights = Object.entries(steps).map(([name, { feature, weight, requests }]) => {
    if (!(weight >= 0 && Number.isFinite(weight))) refuse(`steps.${name}.weight is ${weight}; it must be 0 or more`);
    if (typeof feature !== "string" || requests.length === 0)
      refuse(`steps.${name} needs the name of a feature, and one request or more`);
    return weight;
  });
  for (const name of visit.first ?? [])
    if (!(name in steps)) refuse(`visit.first names "${name}"; there are ${Object.keys(steps).join(", ")}`);
  if (!(visit.steps >= 0)) refuse(`visit.steps is ${visit.steps}; it must be 0 or more`);
  if (visit.steps > 0 && !weights.some((weight) => weight > 0)) refuse("no step has a weight; give one to a step");
  return Object.freeze({ type: "scenario", ...definition });
}

/** The name of the honest no that an answer is; null: it is none. */
export function refusalOf<Visitor>(
  { refusals = {} }: Exchange<Visitor>,
  answer: ScenarioAnswer,
  visitor: Visitor,
): string | null {
  return Object.entries(refusals).find(([, fits]) => fits(answer, visitor))?.[0] ?? null;
}

/** One of the steps, by weight. */
export function pickStep({ steps }: Scenario, random: Chance): string {
  const names = Object.keys(steps);
  let left = random.unit() * names.reduce((sum, name) => sum + steps[name]!.weight, 0);
  return names.find((name) => (left -= steps[name]!.weight) < 0) ?? names.findLast((name) => steps[name]!.weight > 0)!;
}
