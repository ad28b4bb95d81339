import pg from "pg";
import { boundOf, checkBound, within } from "./bound.ts";
import type { Bound, OpenOptions, StoreAddress } from "./data.ts";
import { connectFailure, unavailable } from "./failure.ts";
import { Session } from "./session.ts";
import { columnTypes } from "./types.ts";

/**
 * Connections of this process to one login, handed out one at a time in the order of asking.
 *
 * `pg`'s pool makes, keeps and drops connections; in front of it stands a queue of our own, because a caller must be
 * able to leave it at its bound, which differs from call to call. So `pg`'s own queue is always empty. A place in the
 * pool stays taken while an abandoned attempt to connect goes on; `connectMs` ends that.
 */

/** More: a slow table fills the server's 100 sessions. Fewer: short statements wait for long ones. */
const poolSize = 10;
/** How long making a connection may take. A server on the same network answers in a few ms, or is not there. */
export const connectMs = 1000;
/** How long an unused connection is kept. Opening one costs some ms; keeping one costs the server some MB. */
const idleMs = 30_000;

export type Guards = OpenOptions["guards"];

export function clientConfig(address: StoreAddress, guards: Guards): pg.ClientConfig {
  return {
    host: address.host,
    port: address.port,
    database: address.database,
    user: address.user,
    password: address.password,
    application_name: `seamline ${address.pool}`,
    keepAlive: true,
    types: columnTypes,
    ...(guards === "guarded" && { connectionTimeoutMillis: connectMs }),
  };
}

export class Pool {
  readonly #pool: pg.Pool;
  readonly #address: StoreAddress;
  readonly #sessions = new Map<pg.Client, Session>();
  readonly #waiting = new Set<() => void>();
  #free = poolSize;
  #closed: Promise<void> | null = null;
  #idle: (() => void) | null = null;

  constructor(address: StoreAddress, guards: Guards, warn: OpenOptions["warn"]) {
    this.#address = address;
    this.#pool = new pg.Pool({ ...clientConfig(address, guards), max: poolSize, idleTimeoutMillis: idleMs });
    this.#pool.on("error", (error) => warn(`a resting connection to ${address.host}:${address.port} broke`, error));
    this.#pool.on("connect", (client) => this.#sessions.set(client, new Session(client)));
    this.#pool.on("remove", (client) => this.#sessions.delete(client));
  }

  /** A connection, for the caller alone until it gives it back. Never ask for a second one while holding one. */
  async take(bound: Bound): Promise<Session> {
    await this.#enter(bound);
    const connecting = this.#connect();
    try {
      return await within(bound, "connecting to the database", connecting);
    } catch (error) {
      connecting.then(
        (session) => this.give(session),
        () => this.#leave(),
      );
      throw connectFailure(error, this.#address);
    }
  }

  /** Makes connections before anybody asks for one. */
  async connect(count: number, bound: Bound): Promise<void> {
    const taken = await Promise.allSettled(Array.from({ length: count }, () => this.take(bound)));
    for (const each of taken) if (each.status === "fulfilled") this.give(each.value);
    for (const each of taken) if (each.status === "rejected") throw each.reason;
  }

  /** Takes a connection back; one that is broken, or still in a transaction, is destroyed. */
  give(session: Session): void {
    const client = session.client as pg.PoolClient;
    const reusable = !session.broken && session.transaction === "I";
    client.release(!reusable);
    if (!reusable) session.destroy();
    this.#leave();
  }

  /** Lets work in hand finish until the deadline, then closes every connection. May be called twice. */
  close(deadline: number): Promise<void> {
    return (this.#closed ??= this.#close({ deadline, signal: null }));
  }

  async #close(bound: Bound): Promise<void> {
    const idle = new Promise<void>((resolve) => (this.#idle = resolve));
    if (this.#free === poolSize) this.#idle!();
    await within(bound, "waiting for statements in hand", idle).catch(() => {});
    const ended = this.#pool.end();
    await within(boundOf(connectMs), "closing connections", ended).catch(() => {});
    for (const session of this.#sessions.values()) session.destroy();
  }

  async #connect(): Promise<Session> {
    const client = await this.#pool.connect();
    return this.#sessions.get(client)!;
  }

  async #enter(bound: Bound): Promise<void> {
    if (this.#closed !== null) throw unavailable("the store is closed", undefined);
    checkBound(bound, "waiting for a connection");
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    const turn = Promise.withResolvers<void>();
    this.#waiting.add(turn.resolve);
    try {
      await within(bound, "waiting for a connection", turn.promise);
    } catch (error) {
      // The turn may have come in the same tick: then it is passed on.
      if (!this.#waiting.delete(turn.resolve)) this.#leave();
      throw error;
    }
  }

  #leave(): void {
    const next = this.#waiting.values().next();
    if (!next.done) {
      this.#waiting.delete(next.value);
      return next.value();
    }
    this.#free += 1;
    if (this.#free === poolSize) this.#idle?.();
  }
}

interface Shared {
  readonly pool: Pool;
  holders: number;
}

const shared = new Map<string, Shared>();

/** A holder's part in a pool of this process. */
export interface PoolHold {
  readonly pool: Pool;
  /** Closes the pool when this was the last hold. May be called twice. */
  close(deadline: number): Promise<void>;
}

/** The pool of that name and login in this process; modules with the same one share it. */
export function holdPool(address: StoreAddress, guards: Guards, warn: OpenOptions["warn"]): PoolHold {
  const { pool: name, host, port, database, user } = address;
  const key = JSON.stringify([name, host, port, database, user, guards]);
  const entry = shared.get(key) ?? { pool: new Pool(address, guards, warn), holders: 0 };
  shared.set(key, entry);
  entry.holders += 1;
  let closed: Promise<void> | null = null;
  const close = async (deadline: number): Promise<void> => {
    entry.holders -= 1;
    if (entry.holders > 0) return;
    shared.delete(key);
    await entry.pool.close(deadline);
  };
  return { pool: entry.pool, close: (deadline) => (closed ??= close(deadline)) };
}
