import type { Kysely } from "kysely";
import type { StoreDefinition } from "../module/module.ts";
import type { DeadLetter, Schedule } from "../module/saga.ts";
import type { Journal, Timetable } from "./tasks.ts";

/** The front door of the data room: what the kernel asks of a module's durable state. */

/** How long, and for whom, a piece of work may use a connection. `deadline` is on `monotonicMs()`; Infinity: no limit. */
export interface Bound {
  readonly deadline: number;
  readonly signal: AbortSignal | null;
}

/** An event as it lies in an outbox and travels. */
export interface EventRecord {
  /** UUIDv7. */
  readonly id: string;
  /** "module.event". */
  readonly event: string;
  readonly key: string;
  /** The payload in the wire's JSON. */
  readonly payload: string;
  /** ISO 8601, when it was told. */
  readonly at: string;
  readonly traceparent: string;
}

/** The idempotency key of a command. `fingerprint` is a digest of operation and input: one key, one question. */
export interface Claim {
  readonly key: string;
  readonly operation: string;
  readonly fingerprint: string;
}

/** One transaction, opened by its first statement. */
export interface UnitOfWork {
  readonly store: Kysely<any>;
  /** Whether the transaction has begun (so a connection is held). */
  readonly open: boolean;
  /** Adds an event, which is written to the outbox at commit. */
  emit(event: Omit<EventRecord, "id">): void;
  /** Begins a saga at commit, if it was not begun before. */
  begin(saga: string, id: string, traceparent: string): void;
  /** Has a saga look again after the commit. */
  wake(saga: string, id: string): void;
  /** Has a dead letter delivered again after the commit. @returns false: there is none */
  replay(id: string, subscriber: string): Promise<boolean>;
}

export interface ModuleStore {
  readonly module: string;
  /** Kysely for single statements outside any transaction, held to the bound. */
  reader(bound: Bound): Kysely<any>;
  /**
   * Runs a command's handler in one transaction. With a claim whose key is already committed, the handler's outcome is
   * ignored, its transaction undone, and the stored result returned, whatever the handler did about it.
   *
   * @param run gives the result in the wire's JSON; "" for nothing
   * @throws SeamlineError `unavailable` when the database cannot be reached or breaks; CallError `invalid` when the key
   *   was used for another question; whatever `run` throws (the transaction is undone first)
   */
  command(claim: Claim | null, bound: Bound, run: (unit: UnitOfWork) => Promise<string>): Promise<string>;
  /** Runs a subscription's handler with its effects and the inbox row in one transaction: once for each event. */
  consume(event: EventRecord, bound: Bound, run: (unit: UnitOfWork) => Promise<void>): Promise<void>;
  /** Delivers this module's outbox until stopped. Several processes may do so at once. */
  startRelay(options: RelayOptions): Relay;
  /** Events in the outbox, counted per subscriber. @throws SeamlineError `unavailable`, `deadline_exceeded` */
  backlog(): Promise<Backlog>;
  /** Events that were given up, oldest first. `db`: this store's reader, or the store of a unit of work. */
  deadLetters(db: Kysely<any>, limit: number): Promise<DeadLetter[]>;
  /** How far the module's sagas are. */
  readonly journal: Journal;
  /** Makes the rows of the module's schedules, forgets those that it has no more. Their first time is now. */
  timetable(schedules: readonly Schedule[], now: Date): Promise<Timetable>;
  /** Has `wake` called whenever a saga or a schedule may be due (not for time that passes). @returns takes it back */
  onTask(wake: () => void): () => void;
  /** Waits for work in hand (at most until the deadline), then closes connections. May be called twice. */
  close(deadline: number): Promise<void>;
}

export interface Backlog {
  /** Not yet delivered. */
  readonly waiting: number;
  /** Given up; kept in `seamline_outbox` with `dead_at` and `last_error`. */
  readonly dead: number;
}

export interface RelayOptions {
  /**
   * Hands an event to one subscriber (a module's name). Resolves when its effect is committed. May be called again with
   * the same event. At most one delivery per (subscriber, key) is under way in the whole deployment.
   */
  deliver(subscriber: string, event: EventRecord): Promise<void>;
  /** Told when a delivery failed for good (`dead`) or will be tried again. */
  failed?(subscriber: string, event: EventRecord, attempts: number, dead: boolean, error: unknown): void;
}

export interface Relay {
  /** Stops taking events and waits for deliveries under way. May be called twice. */
  stop(): Promise<void>;
}

/** Where a module's store is and how to log in. Plain JSON; made by `provision`, used by the process that holds it. */
export interface StoreAddress {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly schema: string;
  /** The module's own login; in the shared-pool topology the pool's login, which takes the module's role. */
  readonly user: string;
  readonly password: string;
  readonly role: string;
  /** Modules with the same pool name in one process share one pool. */
  readonly pool: string;
}

export interface OpenOptions {
  readonly module: string;
  readonly definition: StoreDefinition;
  readonly address: StoreAddress;
  /** naive: no limits on waiting for a connection or a statement. */
  readonly guards: "guarded" | "naive";
  /** Names of the modules that subscribe to each event ("module.event" → modules). */
  readonly subscribers: Readonly<Record<string, readonly string[]>>;
  /**
   * The process, by a name that it has in all its lives ("web#0"); at most one life at a time may use it. Its claims end
   * with the life. Left out: claims end by their lease alone.
   */
  readonly place?: string;
  /** Whether the schema is known to be up to date, so that nobody has to look. Default false. */
  readonly current?: boolean;
  /** Told about connections that broke, and the like. */
  readonly warn: (message: string, error: unknown) => void;
}
