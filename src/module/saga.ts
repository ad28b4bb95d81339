import type { Log } from "./module.ts";

/**
 * A saga is a task of several steps that touch several modules, and that must reach its end whatever dies meanwhile: an
 * ordinary async function, each of whose steps is remembered in the module's own store. After a crash or a sleep it is
 * run again from its beginning; the steps that are in its journal give their recorded outcomes at once, and the first
 * one that is not is carried out. So everything that it does or finds out belongs inside a step, and its path from one
 * step to the next must follow from their outcomes alone.
 */
export interface Flow<Checking, Asking, Writing> {
  /** Of the row that the saga is about. */
  readonly id: string;
  readonly log: Log;
  /** The app's clock. For use inside steps, since it is another time whenever the function is run again. */
  now(): Date;
  /**
   * Waits until `check` finds a value in the module's own tables, or until a moment of the app's clock. Meanwhile nothing
   * is held; `sagas.wake` makes it look again.
   *
   * @returns what was found; null: the time came first
   */
  wait<T>(
    step: string,
    until: Date | null,
    check: (context: Checking) => Promise<T | null | undefined>,
  ): Promise<T | null>;
  /**
   * Asks other modules, or the outside. Tried until there is an answer, each time under the same idempotency keys.
   *
   * @throws CallError with the error that an operation declares, which is an answer; nothing else
   */
  ask<T>(step: string, call: (context: Asking) => Promise<T>, options?: AskOptions<T, Asking>): Promise<T>;
  /** Asks again and again until the answer is not undefined; at once when the saga is woken. */
  poll<T>(
    step: string,
    call: (context: Asking) => Promise<T | undefined>,
    options?: PollOptions,
  ): Promise<Exclude<T, undefined>>;
  /** Changes the module's own tables and tells events, in one transaction with the journal: once. */
  write<T = void>(step: string, work: (context: Writing) => Promise<T>): Promise<T>;
  /** Gives up: undoes what `undo` says, newest first, then ends the saga as failed. `return flow.fail(…)` narrows types. */
  fail(reason: string): never;
}

export interface AskOptions<T, Asking> {
  /** Takes the step's effect back when the saga fails later. Tried until it succeeds; must not mind being repeated. */
  undo?: (outcome: T, context: Asking) => Promise<unknown>;
  /** Time for one try, in ms. Default 5000. */
  deadlineMs?: number;
}

export interface PollOptions {
  /** The pause after an answer that is not known yet, in ms. Default: 200, growing to 2000. */
  everyMs?: number;
  deadlineMs?: number;
}

/** A saga as the runtime sees it. */
export interface Saga {
  readonly name: string;
  readonly run: (flow: Flow<any, any, any>) => Promise<unknown>;
  /** In one transaction with the end of a saga that failed; `reason` is what `fail` was given, or the code of the error. */
  readonly failed: ((reason: string, context: any) => Promise<void>) | null;
}

export type DefineSaga<Checking, Asking, Writing> = (
  name: string,
  run: (flow: Flow<Checking, Asking, Writing>) => Promise<unknown>,
  options?: { failed?: (reason: string, context: Writing & { readonly id: string }) => Promise<void> },
) => Saga;

/** Work that is done every so often, by one process at a time in the whole deployment. */
export interface Schedule {
  readonly name: string;
  /** On the app's clock. */
  readonly everyMs: number;
  readonly run: (context: any) => Promise<ScheduleOutcome>;
}

/** `again`: there is more to do at once. */
export type ScheduleOutcome = { readonly again?: boolean } | void;

export type DefineSchedule<Working> = (
  name: string,
  options: { everyMs: number },
  run: (context: Working) => Promise<ScheduleOutcome>,
) => Schedule;

export interface SagaTrouble {
  readonly saga: string;
  readonly id: string;
  readonly step: string;
  readonly attempts: number;
  readonly error: string;
  /** When its step first failed. */
  readonly since: Date;
}

export interface JournalEntry {
  readonly step: string;
  /** "error": a declared error, which the saga was given; "time": a wait whose time came first. */
  readonly state: "value" | "error" | "time";
  readonly attempts: number;
  readonly at: Date;
  /** The code and message of the error; null where there is none. */
  readonly error: string | null;
}

export interface SagaView {
  readonly saga: string;
  readonly id: string;
  /** "waiting": in a `wait`; "stopped": at a breakpoint. */
  readonly state: "running" | "waiting" | "stopped" | "done" | "failed";
  /** The step it waits at, stopped at or was last seen failing at; null otherwise. */
  readonly step: string | null;
  readonly attempts: number;
  readonly error: string | null;
  readonly stuck: boolean;
  /** Why it failed; null unless it did. */
  readonly reason: string | null;
  readonly begunAt: Date;
  readonly endedAt: Date | null;
  /** Steps that have an outcome, oldest first. */
  readonly journal: JournalEntry[];
}

/** What every context of a module with a store can ask about the module's sagas. */
export interface SagaReading {
  /** Sagas that have been failing at one step for long, or cannot go on without a change; oldest first. They are still retried. */
  stuck(limit?: number): Promise<SagaTrouble[]>;
  /** null: there is no such saga, or it ended more than 30 days ago. */
  of(saga: string, id: string): Promise<SagaView | null>;
}

export interface SagaWriting {
  /** Begins a saga when this transaction commits. Changes nothing if it was begun before. `id`: 1–200 characters. */
  begin(saga: string, id: string): void;
  /** Makes a saga look again at what it waits for, when this transaction commits. Harmless if there is none. */
  wake(saga: string, id: string): void;
}

/** An event that was given up, and whose effect at one subscriber is missing. */
export interface DeadLetter {
  readonly id: string;
  /** "module.event". */
  readonly event: string;
  readonly subscriber: string;
  readonly key: string;
  readonly attempts: number;
  readonly error: string;
  /** When it was told. */
  readonly at: Date;
  readonly deadAt: Date;
}

export interface LetterReading {
  /** Events of this module that were given up, oldest first. */
  dead(limit?: number): Promise<DeadLetter[]>;
}

export interface LetterWriting {
  /** Has a dead letter delivered again, when this transaction commits. @returns false: there is no such dead letter */
  replay(id: string, subscriber: string): Promise<boolean>;
}

const namePattern = /^[a-z][A-Za-z0-9]{0,59}$/;

/** The sagas of a module's `sagas`, checked. `refuse` throws. */
export function sagasOf(
  define: ((saga: DefineSaga<any, any, any>) => Saga[]) | undefined,
  refuse: (what: string) => never,
): Saga[] {
  const sagas = define?.((name, run, { failed = null } = {}) => Object.freeze({ name, run, failed })) ?? [];
  checkNames("sagas", sagas, refuse);
  return sagas;
}

/** The schedules of a module's `schedules`, checked. `refuse` throws. */
export function schedulesOf(
  define: ((schedule: DefineSchedule<any>) => Schedule[]) | undefined,
  refuse: (what: string) => never,
): Schedule[] {
  const schedules = define?.((name, { everyMs }, run) => Object.freeze({ name, everyMs, run })) ?? [];
  checkNames("schedules", schedules, refuse);
  for (const { name, everyMs } of schedules)
    if (!Number.isFinite(everyMs) || everyMs < 100)
      refuse(`schedules: "${name}" has everyMs ${everyMs}; it must be a number of ms, 100 or more`);
  return schedules;
}

function checkNames(
  field: string,
  entries: readonly { name: string; run: unknown }[],
  refuse: (what: string) => never,
): void {
  const seen = new Set<string>();
  for (const { name, run } of entries) {
    if (!namePattern.test(name))
      refuse(`${field}: the name ${JSON.stringify(name)} must be camelCase letters and digits, 60 at most`);
    if (typeof run !== "function") refuse(`${field}: "${name}" must have an async function`);
    if (seen.has(name)) refuse(`${field}: "${name}" is there twice; give each its own name`);
    seen.add(name);
  }
}
