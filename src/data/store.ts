import type { Kysely } from "kysely";
import { monotonicMs } from "../contract/deadline.ts";
import type { DeadLetter, Schedule } from "../module/saga.ts";
import { unlimited, boundOf, within } from "./bound.ts";
import type {
  Backlog,
  Bound,
  Claim,
  EventRecord,
  ModuleStore,
  OpenOptions,
  Relay,
  RelayOptions,
  UnitOfWork,
} from "./data.ts";
import { kyselyOver } from "./dialect.ts";
import { unavailable } from "./failure.ts";
import { Holder } from "./holder.ts";
import { SagaJournal, type Ways } from "./journal.ts";
import { inboxTicket, keyTicket, type Ticket } from "./keys.ts";
import { deadLetters } from "./letters.ts";
import { Line } from "./line.ts";
import { migrate } from "./migrate.ts";
import { holdPool, type PoolHold } from "./pool.ts";
import { OutboxRelay } from "./relay.ts";
import { openTimetable } from "./schedules.ts";
import type { Journal, Timetable } from "./tasks.ts";
import { Unit } from "./unit.ts";
import { tasksWake } from "./wakes.ts";
import type pg from "pg";

/**
 * A module's store in this process: reads, transactions that happen once, and the relay, over the module's connections.
 * Guarded: nothing here waits longer than the bound it was given. Naive: it waits as long as the database does.
 */

/** Brings the schema up to date and opens the store. @throws SeamlineError `postgres_unreachable`, `migration_failed` */
export async function openStore(options: OpenOptions): Promise<ModuleStore> {
  if (options.current !== true) await migrate(options);
  return new Store(options);
}

/** So many can work at once as soon as a store is opened; the others connect meanwhile. */
const aheadConnections = 4;
/** What waits for this is nobody's call. */
const aheadMs = 3000;

/** Connections for a store that will be opened at this address soon. @returns lets go of them */
export async function connectAhead({ address, guards, warn }: OpenOptions): Promise<() => void> {
  const hold = holdPool(address, guards, warn);
  const release = (): void => void hold.close(monotonicMs() + aheadMs);
  try {
    await hold.pool.connect(aheadConnections, boundOf(aheadMs));
  } catch (error) {
    release();
    throw error;
  }
  return release;
}

const singleStatements = "`read` gives single statements; write in a command's `store`, which is one transaction";
/** Limit for counting the backlog, which people look at. */
const backlogMs = 2000;

class Store implements ModuleStore {
  readonly module: string;
  readonly journal: Journal;
  readonly #options: OpenOptions;
  readonly #hold: PoolHold;
  readonly #holder: Holder;
  readonly #ways: Ways;
  /** Made when the first who listens comes. */
  #line: Line | null = null;
  readonly #relays = new Set<OutboxRelay>();
  readonly #inHand = new Set<Promise<unknown>>();
  #closed: Promise<void> | null = null;

  constructor(options: OpenOptions) {
    this.module = options.module;
    this.#options = options;
    this.#hold = holdPool(options.address, options.guards, options.warn);
    this.#holder = new Holder(options.place);
    this.#ways = {
      line: (text, values) => this.#listening().query(text, values),
      single: (bound, text, values) => this.#track(this.#read(this.#limit(bound), text, values)),
      transaction: (bound, run) => this.command(null, bound, run),
    };
    this.journal = new SagaJournal(this.#ways, this.#holder);
  }

  reader(bound: Bound): Kysely<any> {
    const limit = this.#limit(bound);
    return kyselyOver((text, values) => this.#track(this.#read(limit, text, values)), singleStatements);
  }

  command(claim: Claim | null, bound: Bound, run: (unit: UnitOfWork) => Promise<string>): Promise<string> {
    return this.#track(this.#once(() => (claim === null ? null : keyTicket(claim)), bound, run));
  }

  async consume(event: EventRecord, bound: Bound, run: (unit: UnitOfWork) => Promise<void>): Promise<void> {
    const ticket = (): Ticket => inboxTicket(event.id, event.event);
    await this.#track(this.#once(ticket, bound, (unit) => run(unit).then(() => "")));
  }

  startRelay(options: RelayOptions): Relay {
    const relay = new OutboxRelay(this.#options, this.#holder, this.#listening(), options);
    this.#relays.add(relay);
    return { stop: () => relay.stop().finally(() => this.#relays.delete(relay)) };
  }

  async backlog(): Promise<Backlog> {
    const text = `select count(*) filter (where dead_at is null) as waiting, count(dead_at) as dead from seamline_outbox`;
    const { rows } = await this.#track(this.#read(boundOf(backlogMs), text, []));
    return rows[0] as Backlog;
  }

  deadLetters(db: Kysely<any>, limit: number): Promise<DeadLetter[]> {
    return deadLetters(db, limit);
  }

  timetable(schedules: readonly Schedule[], now: Date): Promise<Timetable> {
    return openTimetable(this.#ways, this.#holder, schedules, now);
  }

  onTask(wake: () => void): () => void {
    return this.#listening().hear({ up: wake, notified: (payload) => payload === tasksWake && wake() });
  }

  #listening(): Line {
    this.#checkOpen();
    return (this.#line ??= new Line(this.#options));
  }

  close(deadline: number): Promise<void> {
    return (this.#closed ??= this.#close(deadline));
  }

  async #close(deadline: number): Promise<void> {
    const work = Promise.allSettled([...this.#inHand, ...[...this.#relays].map((relay) => relay.stop(deadline))]);
    await within({ deadline, signal: null }, "waiting for work in hand", work).catch(() => {});
    await this.#line?.close();
    await this.#hold.close(deadline);
  }

  async #once(ticket: () => Ticket | null, bound: Bound, run: (unit: UnitOfWork) => Promise<string>): Promise<string> {
    this.#checkOpen();
    const limit = this.#limit(bound);
    const { address, subscribers } = this.#options;
    const unit = new Unit({ pool: this.#hold.pool, address, bound: limit, ticket: ticket(), subscribers });
    let result: string;
    try {
      result = await within(limit, "waiting for the handler", run(unit));
    } catch (error) {
      return unit.undo(error);
    }
    return unit.commit(result);
  }

  async #read(bound: Bound, text: string, values: readonly unknown[]): Promise<pg.QueryResult> {
    this.#checkOpen();
    const { pool } = this.#hold;
    const session = await pool.take(bound);
    try {
      const enter = session.enter(this.#options.address);
      if (enter !== "") await session.batch(bound, enter).catch(forgetting(session));
      return await session.query(bound, text, values);
    } finally {
      pool.give(session);
    }
  }

  #limit(bound: Bound): Bound {
    return this.#options.guards === "naive" ? unlimited : bound;
  }

  #checkOpen(): void {
    if (this.#closed !== null) throw unavailable(`the store of module "${this.module}" is closed`, undefined);
  }

  #track<T>(work: Promise<T>): Promise<T> {
    this.#inHand.add(work);
    // The caller has `work` itself, and with it the rejection.
    work.finally(() => this.#inHand.delete(work)).catch(() => {});
    return work;
  }
}

function forgetting(session: { forget(): void }): (error: unknown) => never {
  return (error) => {
    session.forget();
    throw error;
  };
}
