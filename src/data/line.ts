import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { boundOf } from "./bound.ts";
import type { OpenOptions } from "./data.ts";
import { unavailable } from "./failure.ts";
import { clientConfig, connectMs } from "./pool.ts";
import { Session } from "./session.ts";
import { channelOf } from "./sql.ts";

/**
 * A store's own connection beside its pool: it listens on the schema's channel, carries the short statements of relays
 * and of sagas and schedules, and connects again whenever it breaks, until closed. Its own, so that a module whose pool
 * is exhausted still tells its events, and nothing of this takes a connection from a caller.
 */

/** Limit for one statement; each takes about a ms. Above it the server counts as frozen. */
const statementMs = 3000;
/** A longer last pause: work goes on later once the database is back. Shorter: more knocking on a closed door. */
const retryMs = { first: 100, last: 500 };

export interface Listener {
  /** The connection is (again) there; anything may have been missed. */
  up(): void;
  /** A notification's payload. */
  notified(payload: string): void;
}

export class Line {
  readonly #options: Pick<OpenOptions, "address" | "warn">;
  readonly #listeners = new Set<Listener>();
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;
  #session: Session | null = null;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: Pick<OpenOptions, "address" | "warn">) {
    this.#options = options;
    this.#done = this.#keep();
  }

  /** Tells `listener` what is heard from now on. @returns takes it back */
  hear(listener: Listener): () => void {
    this.#listeners.add(listener);
    if (this.#session !== null) listener.up();
    return () => this.#listeners.delete(listener);
  }

  get closed(): boolean {
    return this.#stop.signal.aborted;
  }

  /** One statement, after those asked before it. @throws SeamlineError `unavailable` while there is no connection */
  query(text: string, values: readonly unknown[]): Promise<pg.QueryResult> {
    const turn = this.#last.then(() => this.#send(text, values));
    this.#last = turn.catch(() => {});
    return turn;
  }

  /** May be called twice. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#session?.destroy();
    await this.#done;
  }

  async #send(text: string, values: readonly unknown[]): Promise<pg.QueryResult> {
    const session = this.#session;
    if (session === null) throw unavailable("no connection to the database", undefined);
    try {
      return await session.query(boundOf(statementMs), text, values);
    } catch (error) {
      if (session.broken) this.#drop(session);
      throw error;
    }
  }

  #drop(session: Session): void {
    if (this.#session === session) this.#session = null;
    session.destroy();
  }

  async #keep(): Promise<void> {
    const { signal } = this.#stop;
    let delay = retryMs.first;
    while (!signal.aborted) {
      try {
        const { ended } = await this.#connect();
        delay = retryMs.first;
        await ended;
      } catch (error) {
        if (!signal.aborted) this.#options.warn("the relay cannot reach its database; it goes on trying", error);
      }
      await sleep(delay * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => {});
      delay = Math.min(delay * 2, retryMs.last);
    }
  }

  /** `ended` resolves when the connection has. */
  async #connect(): Promise<{ ended: Promise<void> }> {
    const { address } = this.#options;
    const client = new pg.Client({ ...clientConfig(address, "guarded"), application_name: "seamline relay" });
    const session = new Session(client);
    const ended = new Promise<void>((resolve) => client.once("end", resolve));
    const abandon = (): void => session.destroy();
    this.#stop.signal.addEventListener("abort", abandon);
    void ended.then(() => this.#stop.signal.removeEventListener("abort", abandon));
    try {
      await client.connect();
      client.on("notification", ({ payload = "" }) => {
        for (const listener of this.#listeners) listener.notified(payload);
      });
      await session.batch(boundOf(connectMs), `${session.enter(address)}listen ${channelOf(address.schema)}`);
    } catch (error) {
      session.destroy();
      throw error;
    }
    this.#session = session;
    void ended.then(() => this.#drop(session));
    for (const listener of this.#listeners) listener.up();
    return { ended };
  }
}
