import type { Kysely } from "kysely";
import type { SagaTrouble, SagaView } from "../module/saga.ts";
import type { Bound, UnitOfWork } from "./data.ts";

/** What whoever runs a module's sagas and schedules asks of its store. */

/** The last step of a saga that failed: its end, at which breakpoints stop it as at any other. */
export const failedStep = "failed";

/** An outcome in the journal. */
export interface Noted {
  readonly step: string;
  /** As in `JournalEntry`. */
  readonly state: "value" | "error" | "time";
  /** The value or the error, in the wire's JSON. */
  readonly value: string;
}

/** An outcome that is to be written down. */
export interface Note extends Noted {
  readonly position: number;
  readonly attempts: number;
  /** For people; null: it is no error. */
  readonly error: string | null;
}

/** A saga in the hands of one runner, for as long as nobody else has claimed it. */
export interface ClaimedSaga {
  readonly saga: string;
  readonly id: string;
  /** Names the claim. */
  readonly claim: string;
  readonly traceparent: string;
  /** How often it had been woken when it was claimed. */
  readonly wakes: number;
  /** The step that has no outcome yet, as its last runner left it; null: not known. */
  readonly step: string | null;
  readonly attempts: number;
  readonly failures: number;
  /** Since its first failure, in ms. */
  readonly troubledMs: number;
  readonly journal: readonly Noted[];
  /** Steps that must not be begun now. */
  readonly stops: readonly string[];
}

/**
 * "noted": the outcome is lasting; `stops`: steps that must not be begun now. "stopped": a breakpoint forbids it.
 * "lost": somebody else has the saga; leave it.
 */
export type Written =
  | { readonly at: "noted"; readonly stops: readonly string[] }
  | { readonly at: "stopped" }
  | { readonly at: "lost" };

/** How a runner leaves a saga. `pauseMs` is not waited out when the saga was woken since its claim. */
export type Release =
  /** It has reached its end. */
  | { readonly at: "done" }
  /** There is nothing in the way. */
  | { readonly at: "yielded" }
  /** In a wait, until a moment of the app's clock, or until it is woken. */
  | { readonly at: "asleep"; readonly step: string; readonly until: Date | null }
  /** A breakpoint is in the way. */
  | { readonly at: "stopped"; readonly step: string }
  /** The answer is not known yet. */
  | { readonly at: "unknown"; readonly step: string; readonly pauseMs: number }
  | {
      readonly at: "failing";
      readonly step: string;
      readonly pauseMs: number;
      readonly error: string;
      /** It counts as stuck from now on, however few its attempts. */
      readonly stuck: boolean;
    };

/** Methods throw SeamlineError `unavailable` and `deadline_exceeded`, as all of a store does. */
export interface Journal {
  /** Takes up to `limit` sagas that are due. @param now of the app's clock @param inHand claims that this runner holds */
  claim(limit: number, now: Date, inHand: readonly string[]): Promise<ClaimedSaga[]>;
  /** Prolongs claims, which end 10 s after they were made or renewed. */
  renew(claims: readonly string[]): Promise<void>;
  /** Writes an outcome down, if the claim still holds. */
  note(saga: ClaimedSaga, note: Note, bound: Bound): Promise<Written>;
  /** Does the work in one transaction with its outcome. Undone, unless the outcome is noted. */
  write(saga: ClaimedSaga, bound: Bound, work: (unit: UnitOfWork) => Promise<Note>): Promise<Written>;
  /** Does the work in one transaction with the saga's end. Undone, unless that is noted. */
  fail(saga: ClaimedSaga, reason: string, bound: Bound, work: (unit: UnitOfWork) => Promise<void>): Promise<Written>;
  /** Ends the claim. Changes nothing if it does not hold any more. */
  release(saga: ClaimedSaga, release: Release, bound: Bound): Promise<void>;
  /** Forgets what ended long ago, a bounded number. @returns whether there may be more */
  sweep(): Promise<boolean>;
  /** `db`: the store's reader, or the store of a unit of work. */
  stuck(db: Kysely<any>, limit: number): Promise<SagaTrouble[]>;
  of(db: Kysely<any>, saga: string, id: string): Promise<SagaView | null>;
  /** Whether anything is due: one cheap statement. Parameters as for `claim`, of sagas and schedules together. */
  due(now: Date, inHand: readonly string[]): Promise<{ sagas: boolean; schedules: boolean }>;
}

/** A schedule in the hands of one runner. */
export interface ClaimedSchedule {
  readonly schedule: string;
  readonly claim: string;
  readonly attempts: number;
}

export interface Timetable {
  /** Takes the schedules that are due. Parameters as for sagas. */
  claim(now: Date, inHand: readonly string[]): Promise<ClaimedSchedule[]>;
  renew(claims: readonly string[]): Promise<void>;
  /** Does the work in one transaction with `nextAt`, which it gives. @returns false: the claim was lost, the work is undone */
  run(schedule: ClaimedSchedule, bound: Bound, work: (unit: UnitOfWork) => Promise<Date>): Promise<boolean>;
  /** It failed, and is tried again after the pause. */
  putOff(schedule: ClaimedSchedule, error: string, pauseMs: number): Promise<void>;
}
