import type pg from "pg";
import { monotonicMs } from "../contract/deadline.ts";
import { checkBound, within } from "./bound.ts";
import type { Bound, StoreAddress } from "./data.ts";
import { judge, unavailable } from "./failure.ts";
import { identifier } from "./sql.ts";

/**
 * One connection to PostgreSQL, with what is known about it: whose role it has, and whether it can be used again.
 *
 * A statement ends at its bound whatever the server does: the promise rejects and the session is `broken`, to be
 * destroyed rather than used again, since an answer may still be under way. The server learns of it by itself: it looks
 * every half second whether the connection still stands (`client_connection_check_interval`), also while it waits for
 * a lock, and ends the statement. So given-up work leaves no waiting backend behind, even if this process was killed.
 */

/** Shorter: wake-ups of busy backends for nothing. Longer: given-up statements hold their locks longer. */
const connectionCheckMs = 500;
/** How much longer than the client the server waits before it ends a statement: the client's word comes first. */
const serverGraceMs = 250;
const maxTimeoutMs = 2_147_483_647;

export class Session {
  readonly client: pg.Client;
  #entered: string | null = null;
  #lost: Error | null = null;
  #broken = false;
  #ready = true;
  #onReady: (() => void) | null = null;

  constructor(client: pg.Client) {
    this.client = client;
    client.on("drain", () => this.#becomeReady());
    client.on("error", (error) => (this.#lost ??= error));
    client.on("end", () => {
      this.#lost ??= new Error("the connection was closed");
      this.#becomeReady();
    });
  }

  /** Whether this connection must not be used again. */
  get broken(): boolean {
    return this.#broken || this.#lost !== null;
  }

  /** "I": no transaction; "T": in one; "E": in one that a failed statement has spoilt. */
  get transaction(): string | null {
    return this.client.getTransactionStatus();
  }

  /**
   * Statements that make this session the module's; "" when it is already. They go into the same round trip as the next
   * work, so a rollback undoes them: call `forget` then.
   */
  enter(address: StoreAddress): string {
    const identity = `${address.role}/${address.schema}`;
    if (this.#entered === identity) return "";
    this.#entered = identity;
    const role = address.role === address.user ? "" : `set role ${identifier(address.role)};`;
    // Windows servers refuse the interval, for they cannot look.
    const check = `select set_config('client_connection_check_interval', '${connectionCheckMs}', false)
      where version() !~* '(mingw|msvc|visual c|windows)';`;
    return `${role}set search_path to ${identifier(address.schema)};${check}`;
  }

  forget(): void {
    this.#entered = null;
  }

  /** One statement with parameters. */
  query(bound: Bound, text: string, values: readonly unknown[] = []): Promise<pg.QueryResult> {
    return this.#run(bound, async () => {
      // Text without parameters may hold several statements; the last one's result is the answer.
      const result = (await this.client.query(text, values as unknown[])) as pg.QueryResult | pg.QueryResult[];
      return Array.isArray(result) ? result.at(-1)! : result;
    });
  }

  /** Statements without parameters, in one round trip; the result of each. A failure leaves the rest undone. */
  batch(bound: Bound, text: string): Promise<pg.QueryResult[]> {
    return this.#run(bound, async () => {
      const results = (await this.client.query(text)) as pg.QueryResult | pg.QueryResult[];
      return Array.isArray(results) ? results : [results];
    });
  }

  async #run<T>(bound: Bound, send: () => Promise<T>): Promise<T> {
    if (this.broken) throw unavailable("the connection to the database was lost", this.#lost);
    checkBound(bound, "waiting to send a statement");
    this.#ready = false;
    try {
      return await within(bound, "waiting for the database", send());
    } catch (error) {
      const failure = judge(error, this.#lost);
      this.#broken ||= failure.broken;
      if (!this.#broken) await this.#untilReady(bound);
      throw failure.error;
    }
  }

  /** The driver tells an error before the server has told what became of the transaction; this waits for that. */
  async #untilReady(bound: Bound): Promise<void> {
    if (this.#ready) return;
    const ready = new Promise<void>((resolve) => (this.#onReady = resolve));
    await within(bound, "waiting for the database", ready).catch(() => (this.#broken = true));
  }

  #becomeReady(): void {
    this.#ready = true;
    this.#onReady?.();
    this.#onReady = null;
  }

  /** Closes the socket at once; a server that does not answer cannot hold it. */
  destroy(): void {
    this.#broken = true;
    (this.client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  }
}

/** Makes the server give up on a transaction soon after its bound, even when this process is frozen. */
export function timeLimits(bound: Bound): string {
  if (bound.deadline === Infinity) return "";
  const ms = Math.min(Math.max(1, Math.ceil(bound.deadline - monotonicMs())) + serverGraceMs, maxTimeoutMs);
  return `set local statement_timeout = ${ms};set local idle_in_transaction_session_timeout = ${ms};`;
}
