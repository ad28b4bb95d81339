import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { monotonicMs } from "../contract/deadline.ts";
import { SeamlineError } from "../contract/errors.ts";
import { boundOf, within } from "../data/bound.ts";
import { messageOf } from "../data/failure.ts";
import { Session } from "../data/session.ts";
import { identifier, lockId } from "../data/sql.ts";
import { columnTypes } from "../data/types.ts";
import type { Side } from "./split.ts";

/**
 * A connection of the mover to one side. Everything that changes a side goes through a hand that holds the module's lock
 * there: a lock of the connection, so whoever has it knows that an earlier mover's statements have all ended, be it a
 * commit that was on its way when that mover was killed. A mover that is frozen loses its hand after `idleMs`, and
 * whatever it had begun is undone by the server.
 */
export interface Hand {
  readonly side: Side;
  readonly superuser: boolean;
  readonly session: Session;
  /**
   * Whether it gives way to the app: after each statement it rests as long as that took, so that whoever waits for a
   * processor gets one. True at first; see `giveWay`.
   */
  gentle: boolean;
  /** One statement with parameters. Ends at `ms` (default: the limit for answers), and the hand is lost then. */
  rows<R extends object>(text: string, values?: readonly unknown[], ms?: number): Promise<R[]>;
  /** Statements without parameters, in one round trip. @returns what the last one was: "COMMIT", "CREATE TABLE" */
  run(text: string, ms?: number): Promise<string>;
  /** Work on the session itself: meanwhile nothing else is sent there. */
  use<T>(work: () => Promise<T>): Promise<T>;
  /** May be called twice. */
  close(): Promise<void>;
}

const connectMs = 3_000;
/** Longer: a frozen mover keeps others away longer. Shorter: a busy machine loses its move. */
const idleMs = 20_000;
const beatMs = 5_000;
/** How long a statement waits for locks, unless it is the fence's. */
export const handLockMs = 3_000;
/** The longest rest. More: a move takes longer. Less: the app gets fewer rests from long statements. */
const restMs = 50;
/** How long an earlier mover's connection may take to be noticed as gone. */
const lockMs = 5_000;

/** Rows read and written as text are the same on both sides; commits last, whatever the server's default. */
const settings = `set synchronous_commit = on; set client_min_messages = error; set search_path = pg_catalog;
  set datestyle = 'ISO, YMD'; set intervalstyle = 'postgres'; set extra_float_digits = 1; set timezone = 'UTC';
  set bytea_output = 'hex'; set xmloption = 'content'; set row_security = on; set statement_timeout = 0;
  set lock_timeout = ${handLockMs}; set idle_in_transaction_session_timeout = '${idleMs}ms'; set idle_session_timeout = '${idleMs}ms';
  select set_config('client_connection_check_interval', '500', false)
    where version() !~* '(mingw|msvc|visual c|windows)';`;

/**
 * Opens a connection without the lock, for looking.
 *
 * @param replication one that also takes the commands of the replication protocol, and no parameters
 * @throws SeamlineError `postgres_unreachable`
 */
export async function reach(side: Side, answerMs: number, replication = false): Promise<Hand> {
  const { host, port, database } = side.address;
  const url = new URL(side.adminUrl);
  url.pathname = `/${encodeURIComponent(database)}`;
  const client = new pg.Client({
    connectionString: url.href,
    connectionTimeoutMillis: connectMs,
    application_name: "seamline move",
    keepAlive: true,
    types: columnTypes,
    ...(replication && { replication: "database" }),
  });
  const session = new Session(client);
  try {
    await within(boundOf(connectMs + 500), "connecting", client.connect());
    await session.batch(boundOf(answerMs), settings);
    const text = "select rolsuper from pg_roles where rolname = current_user";
    const { rows } = await session.query(boundOf(answerMs), text);
    const superuser = rows[0].rolsuper as boolean;
    // Who is no superuser works on the tables as a member of the role that owns them; if he may not, the check says so.
    const join = `grant ${identifier(side.address.role)} to current_user with inherit true, set true`;
    if (!superuser) await session.batch(boundOf(answerMs), join).catch(() => {});
    return toHand(side, session, superuser, answerMs);
  } catch (error) {
    session.destroy();
    const message = `PostgreSQL at ${host}:${port}/${database} cannot be reached: ${messageOf(error)}; is it running?`;
    throw new SeamlineError("postgres_unreachable", message, { data: { host, port, database }, cause: error });
  }
}

function toHand(side: Side, session: Session, superuser: boolean, answerMs: number): Hand {
  let busy = 0;
  const busily = async <T>(work: () => Promise<T>): Promise<T> => {
    busy += 1;
    try {
      return await work();
    } catch (error) {
      throw placed(side, error);
    } finally {
      busy -= 1;
    }
  };
  const beat = setInterval(() => {
    if (busy === 0) busily(() => session.query(boundOf(answerMs), "select")).catch(() => {});
  }, beatMs);
  beat.unref();
  let closed: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    clearInterval(beat);
    if (!session.broken) await within(boundOf(500), "closing", session.client.end()).catch(() => {});
    session.destroy();
  };
  const paced = async <T>(work: () => Promise<T>): Promise<T> => {
    const began = monotonicMs();
    const done = await busily(work);
    if (hand.gentle) await sleep(Math.min(monotonicMs() - began, restMs));
    return done;
  };
  const hand: Hand = {
    side,
    superuser,
    session,
    gentle: true,
    rows: (text, values = [], ms = answerMs) =>
      paced(async () => (await session.query(boundOf(ms), text, values)).rows),
    run: (text, ms = answerMs) => paced(async () => (await session.batch(boundOf(ms), text)).at(-1)!.command),
    use: busily,
    close: () => (closed ??= close()),
  };
  return hand;
}

/** Has hands give way to the app, or hurry because calls wait for them. */
export function giveWay(hands: readonly (Hand | null | undefined)[], gentle: boolean): void {
  for (const hand of hands) if (hand) hand.gentle = gentle;
}

/** The same error with the place, where the message would not say which of the two it was. */
function placed({ address: { host, port, schema } }: Side, cause: unknown): unknown {
  const { code, message: said } = cause as Error & { code?: unknown };
  if (code === "unavailable") return new SeamlineError("unavailable", `${host}:${port}: ${said}`, { cause });
  if (code !== "55P03") return cause;
  const message = `another transaction keeps what a statement at ${host}:${port} needs of schema "${schema}" locked: wait for it, or end it`;
  return new SeamlineError("deadline_exceeded", message, { cause, data: { host, port, schema, locked: true } });
}

/** Whether a statement failed because of somebody else's lock. */
export function isLocked(error: unknown): boolean {
  return (error as { data?: { locked?: unknown } } | null)?.data?.locked === true;
}

/**
 * Opens a connection with the module's lock.
 *
 * @throws SeamlineError `postgres_unreachable`; `move_refused` when another process moves the module
 */
export async function take(side: Side, answerMs: number): Promise<Hand> {
  const hand = await reach(side, answerMs);
  try {
    const id = String(lockId("move", side.address.schema));
    const until = monotonicMs() + lockMs;
    while (!(await hand.rows<{ got: boolean }>("select pg_try_advisory_lock($1::bigint) as got", [id]))[0]!.got) {
      if (monotonicMs() > until) throw busyError(side);
      await sleep(50);
    }
    return hand;
  } catch (error) {
    await hand.close();
    throw error;
  }
}

function busyError({ address: { host, port, schema } }: Side): SeamlineError {
  const message =
    `another process is moving the data of schema "${schema}" at ${host}:${port} (its connection is called "seamline ` +
    `move"): wait until it has ended, or end it; what it has begun can be taken up by the same command`;
  return new SeamlineError("move_refused", message, { data: { host, port, schema } });
}

/** Statements in one transaction, or none of them. */
export async function transaction(hand: Hand, text: string, ms?: number): Promise<void> {
  try {
    await hand.run(`begin;${text};commit`, ms);
  } catch (error) {
    await rollback(hand);
    throw error;
  }
}

export async function rollback(hand: Hand): Promise<void> {
  if (!hand.session.broken) await hand.run("rollback").catch(() => {});
}
