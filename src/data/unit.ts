import { randomUUIDv7 } from "node:crypto";
import type { Kysely } from "kysely";
import type pg from "pg";
import { SeamlineError } from "../contract/errors.ts";
import { checkBound } from "./bound.ts";
import type { Bound, EventRecord, StoreAddress, UnitOfWork } from "./data.ts";
import { kyselyOver } from "./dialect.ts";
import { unavailable } from "./failure.ts";
import type { Ticket } from "./keys.ts";
import { keyOfDead, type Letter } from "./letters.ts";
import { outboxInserts } from "./outbox.ts";
import type { Pool } from "./pool.ts";
import { timeLimits, type Session } from "./session.ts";
import { sagaStatements, type Wakes } from "./wakes.ts";

/**
 * One transaction, opened by its first statement and ended by `commit` or `undo`.
 *
 *   fresh ──first statement──▶ open ──commit, undo──▶ ended
 *     │                         the claim was there ──▶ repeated (the handler's further statements reject; ended by both)
 *     └──commit, undo──▶ ended  opening failed ──▶ failed (the same)
 *
 * Round trips: the first statement sends role, `begin`, time limits and claim in one; the end sends result, events and
 * `commit` in one. Statements run one after the other, also when the handler starts several at once. The connection is
 * given back when the transaction ends, at once when the work turns out to be done already.
 */
type State =
  | { readonly at: "fresh" }
  | { readonly at: "open"; readonly session: Session }
  | { readonly at: "repeated"; readonly outcome: Promise<string> }
  | { readonly at: "failed"; readonly error: unknown }
  | { readonly at: "ended" };

export interface UnitOptions {
  readonly pool: Pool;
  readonly address: StoreAddress;
  readonly bound: Bound;
  readonly ticket: Ticket | null;
  readonly subscribers: Readonly<Record<string, readonly string[]>>;
}

/** An index holds the key of an event; PostgreSQL's entries may have 2.7 kB. */
const maxKeyLength = 500;
const noNesting = "the handler's statements are in one transaction already, which ends with the handler";

export class Unit implements UnitOfWork {
  readonly store: Kysely<any>;
  readonly #options: UnitOptions;
  readonly #events: EventRecord[] = [];
  readonly #begun: Wakes["begun"][number][] = [];
  readonly #woken: Wakes["woken"][number][] = [];
  readonly #letters: Letter[] = [];
  #state: State = { at: "fresh" };
  #opening = false;
  #closed = false;
  #last: Promise<unknown> = Promise.resolve();
  #firstFailure: unknown = null;

  constructor(options: UnitOptions) {
    this.#options = options;
    this.store = kyselyOver((text, values) => this.#statement(text, values), noNesting);
  }

  get open(): boolean {
    return this.#opening || this.#state.at === "open";
  }

  emit(event: Omit<EventRecord, "id">): void {
    if (this.#closed) throw afterEnd();
    if (event.key.length > maxKeyLength) throw keyTooLong(event);
    this.#events.push({ ...event, id: randomUUIDv7() });
  }

  begin(saga: string, id: string, traceparent: string): void {
    if (this.#closed) throw afterEnd();
    this.#begun.push({ saga, id, traceparent });
  }

  wake(saga: string, id: string): void {
    if (this.#closed) throw afterEnd();
    this.#woken.push({ saga, id });
  }

  async replay(id: string, subscriber: string): Promise<boolean> {
    const key = await keyOfDead(this.store, id, subscriber);
    if (key !== null) this.#letters.push({ id, subscriber, key });
    return key !== null;
  }

  /**
   * Makes everything lasting.
   *
   * @returns `result`, or that of the earlier attempt under the same ticket
   */
  async commit(result: string): Promise<string> {
    this.#closed = true;
    await this.#last;
    const { ticket } = this.#options;
    try {
      const told = this.#told();
      if (this.#state.at === "fresh" && told === "" && !ticket?.always) return result;
      const session = await this.#session();
      await this.#finish(session, `${ticket?.complete(result) ?? ""}${told}commit`);
      this.#end(session);
      return result;
    } catch (error) {
      return this.undo(error);
    }
  }

  /** What is said to sagas and relays at the end. */
  #told(): string {
    const { address, subscribers } = this.#options;
    const sagas = sagaStatements(address.schema, { begun: this.#begun, woken: this.#woken });
    return `${sagas}${outboxInserts(address.schema, this.#events, subscribers, this.#letters)}`;
  }

  /**
   * Takes everything back.
   *
   * @returns the result of the earlier attempt, where the ticket says that there was one
   * @throws `error` otherwise
   */
  async undo(error: unknown): Promise<string> {
    this.#closed = true;
    await this.#last;
    const state = this.#state;
    if (state.at === "repeated") return state.outcome;
    if (state.at === "open") await this.#rollback(state.session);
    throw error;
  }

  #statement(text: string, values: readonly unknown[]): Promise<pg.QueryResult> {
    if (this.#closed) return Promise.reject(afterEnd());
    const turn = this.#last.then(() => this.#run(text, values));
    this.#last = turn.catch((error: unknown) => (this.#firstFailure ??= error));
    return turn;
  }

  async #run(text: string, values: readonly unknown[]): Promise<pg.QueryResult> {
    const session = await this.#session();
    return session.query(this.#options.bound, text, values);
  }

  async #session(): Promise<Session> {
    const state = this.#state;
    if (state.at === "open") return state.session;
    if (state.at === "fresh") return this.#begin();
    if (state.at === "failed") throw state.error;
    throw state.at === "ended" ? afterEnd() : doneBefore();
  }

  async #begin(): Promise<Session> {
    const { pool, bound } = this.#options;
    this.#opening = true;
    try {
      const session = await pool.take(bound);
      this.#state = { at: "open", session };
      if (await this.#claim(session)) return session;
    } catch (error) {
      const state = this.#state as State;
      if (state.at === "open") await this.#rollback(state.session);
      this.#state = { at: "failed", error };
      throw error;
    } finally {
      this.#opening = false;
    }
    throw doneBefore();
  }

  /** Begins the transaction. @returns false when the work is done already; then the transaction has ended */
  async #claim(session: Session): Promise<boolean> {
    const { address, bound, ticket } = this.#options;
    const begin = `${session.enter(address)}begin;${timeLimits(bound)}${ticket?.claim ?? ""}`;
    const claimed = (await session.batch(bound, begin)).at(-1)!;
    if (ticket === null || claimed.rowCount === 1) return true;
    const outcome = ticket.earlier(session, bound);
    outcome.catch(() => {});
    await outcome.catch(() => {});
    await this.#rollback(session);
    this.#state = { at: "repeated", outcome };
    return false;
  }

  async #finish(session: Session, statements: string): Promise<void> {
    const { bound } = this.#options;
    if (session.broken || session.transaction === "E") throw this.#spoilt(session);
    if (session.transaction !== "T") throw endedByHandler();
    checkBound(bound, "about to commit");
    try {
      const results = await session.batch(bound, statements);
      if (results.at(-1)!.command !== "COMMIT") throw this.#spoilt(session);
    } catch (error) {
      throw session.broken ? unknownOutcome(error) : error;
    }
  }

  /** A failed statement spoils a transaction even when the handler catches its error; so does a connection that is gone. */
  #spoilt(session: Session): unknown {
    const cause = this.#firstFailure;
    if (cause instanceof SeamlineError) return cause;
    if (session.broken) return unavailable("the connection to the database was lost before the commit", cause);
    const message = "a statement of this transaction failed, so it cannot be committed although the handler went on";
    return new SeamlineError("internal", message, { cause });
  }

  async #rollback(session: Session): Promise<void> {
    session.forget();
    if (!session.broken && session.transaction !== "I")
      await session.batch(this.#options.bound, "rollback").catch(() => {});
    this.#end(session);
  }

  #end(session: Session): void {
    this.#state = { at: "ended" };
    this.#options.pool.give(session);
  }
}

function keyTooLong({ event, key }: Omit<EventRecord, "id">): SeamlineError {
  const message = `the key of ${event} has ${key.length} characters; ${maxKeyLength} at most: take an id`;
  return new SeamlineError("invalid", message, { data: { event, length: key.length } });
}

function afterEnd(): SeamlineError {
  return new SeamlineError("internal", "the transaction has ended; await every statement before the handler returns");
}

function doneBefore(): SeamlineError {
  return new SeamlineError("cancelled", "this work was done before; its first result is given whatever happens now");
}

function endedByHandler(): SeamlineError {
  return new SeamlineError(
    "internal",
    "the handler ended its transaction itself; leave begin and commit to the runtime",
  );
}

function unknownOutcome(error: unknown): unknown {
  const message = "whether the transaction was committed is unknown; ask again under the same key to find out";
  const cause = unavailable(message, error, { outcome: "unknown" });
  if (error instanceof SeamlineError && error.code !== "unavailable")
    return new SeamlineError(error.code, error.message, { cause, data: { outcome: "unknown" } });
  return unavailable("the connection to the database was lost during commit", cause, { outcome: "unknown" });
}
