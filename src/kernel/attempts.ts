import { SeamlineError } from "../contract/errors.ts";

/**
 * What becomes of a step, or of a schedule's work, whose attempt failed: it is tried again, for ever. Pauses are short
 * while the trouble is young, since most faults are over in seconds and somebody waits for the end; later they are long
 * enough to be no load.
 */

const youngMs = 60_000;
const pausesMs = { first: 100, young: 1000, old: 5000 };

export interface Verdict {
  readonly pauseMs: number;
  /** Nobody should wait for more attempts before looking at it. */
  readonly stuck: boolean;
  /** For people. */
  readonly error: string;
}

/**
 * @param outside whether the attempt asked somebody else, so that an error of any kind may pass by itself
 * @param failures attempts that failed before this one
 */
export function judge(error: unknown, outside: boolean, failures: number, troubledMs: number): Verdict {
  const code = error instanceof SeamlineError ? error.code : null;
  const passing = code === null ? outside : absences.has(code);
  const hopeless = !passing && !(outside && code === "internal");
  const old = hopeless || troubledMs > youngMs;
  const pauseMs = old ? pausesMs.old : Math.min(pausesMs.first * 2 ** failures, pausesMs.young);
  return { pauseMs: pauseMs * (0.5 + Math.random() / 2), stuck: !passing, error: told(error) };
}

const absences = new Set(["unavailable", "deadline_exceeded", "overloaded", "cancelled"]);

/** Longest text of an error that is kept. */
const toldLength = 2000;

/** An error as people find it in the journal. PostgreSQL's text has no NUL. */
export function told(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const text = error instanceof SeamlineError ? `${error.code}: ${message}` : message;
  return text.replaceAll("\0", "").slice(0, toldLength);
}
