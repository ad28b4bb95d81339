/**
 * How a request of a user ended. A sample holds the place of its outcome in this list, so the order is part of the
 * recording's format.
 */
export const outcomes = [
  /** The right answer, within the feature's promise. Degraded where it names parts that it had to do without. */
  "good",
  /** The right answer, later than promised. */
  "slow",
  /** An answer with a status of 400 or more. */
  "status",
  /** An answer with a good status that did not pass its check. */
  "wrong",
  /** The connection was refused, or broke before the answer was whole. */
  "unreachable",
  /** No whole answer until the generator gave up; it counts as offered like any other. */
  "hung",
  /** Never sent: the generator had no room. Says something about the generator, nothing about the program. */
  "dropped",
  /** An honest no within the feature's promise, such as "sold out" where all is sold: one of the refusals of its request. */
  "refused",
] as const;

export type Outcome = (typeof outcomes)[number];

/** The code of an outcome in a sample. */
export const outcomeCode = Object.fromEntries(outcomes.map((name, code) => [name, code])) as Record<Outcome, number>;

/** Whether the feature kept its promise: by what was asked for, or by an honest no. */
export function isGood(outcome: Outcome): boolean {
  return outcome === "good" || outcome === "refused";
}

/** Whether the user got the right answer, early or late: what latencies are taken over. */
export function isAnswer(outcome: Outcome): boolean {
  return isGood(outcome) || outcome === "slow";
}
