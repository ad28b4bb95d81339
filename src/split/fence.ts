import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { monotonicMs } from "../contract/deadline.ts";
import { SeamlineError } from "../contract/errors.ts";
import { messageOf } from "../data/failure.ts";
import { book, closing, noteHome, opening } from "./book.ts";
import { sequenceStatements, shapeOf, shapesDiffer, tablesOf, type Table } from "./catalog.ts";
import { copyAll } from "./copying.ts";
import { changedError } from "./errors.ts";
import { giveWay, isLocked, reach, rollback, transaction, type Hand } from "./hand.ts";
import { point, type Move } from "./context.ts";
import { writersText } from "./waiting.ts";
import type { MoveReport } from "./split.ts";
import { beginLook, type Look } from "./verify.ts";

/**
 * The moment of the move: one transaction at the source, of which the commit is the commit point.
 *
 * It locks all tables against everybody, in one order and with one time limit; whoever writes in another order loses
 * against it or makes it try again, but not for long. A gate in front spares both. Then nothing can be written at the
 * source, what was written before is on its way, and the marker comes after it.
 */
export interface Fenced {
  /** Whether the target's opening is carried out there but for its commit. */
  readonly ready: boolean;
  /** Both sides as they were then, to be compared when nobody waits any more; null: they are compared already. */
  readonly looks: { readonly from: Look; readonly to: Look } | null;
  readonly verified: MoveReport["verified"];
  /** When the lock was got, on `monotonicMs()`. */
  readonly lockedAt: number;
}

/** Whether the commit happened cannot be known until the source answers again. */
export class UnknownOutcome extends Error {}

interface Watchers {
  readonly from: Hand;
  readonly to: Hand;
}

export async function fence(move: Move): Promise<Fenced> {
  const { limits, gate } = move;
  const watchers = await watch(move);
  const [shape, tables] = [await shapeOf(move.to), await tablesOf(move.to)];
  const hands = [move.from, move.to, watchers.from, watchers.to];
  let keep = false;
  try {
    for (let attempt = 1; ; attempt += 1) {
      move.options.signal?.throwIfAborted();
      let held = false;
      giveWay(hands, false);
      try {
        await gate.hold();
        held = true;
        point(move, "fence", "held", { attempt });
        const fenced = await fenceOnce(move, watchers, shape, tables);
        keep = fenced.looks !== null;
        return fenced;
      } catch (error) {
        for (const hand of hands) await rollback(hand);
        if (held) await gate.release();
        giveWay(hands, true);
        if (error instanceof UnknownOutcome || move.from.session.broken || move.to.session.broken) throw error;
        if (held && !(error instanceof LockTaken)) throw error;
        if (attempt >= limits.tries) throw await givenUp(move, watchers.from, attempt, error);
        point(move, "fence", "again", { attempt });
      }
      await sleep(100 * attempt);
    }
  } finally {
    if (!keep) await unwatch(watchers);
  }
}

async function watch({ from, to, limits }: Move): Promise<Watchers> {
  const source = await reach(from.side, limits.answerMs);
  try {
    return { from: source, to: await reach(to.side, limits.answerMs) };
  } catch (error) {
    await source.close();
    throw error;
  }
}

async function unwatch({ from, to }: Watchers): Promise<void> {
  await Promise.all([from.close(), to.close()]);
}

class LockTaken extends Error {}

async function givenUp(move: Move, watcher: Hand, attempts: number, cause: unknown): Promise<SeamlineError> {
  const { module } = move.options;
  if (!(cause instanceof LockTaken)) {
    const message = `calls to module "${module}" did not come to rest in ${attempts} tries; the last time ${messageOf(cause)}`;
    return new SeamlineError("deadline_exceeded", message, { cause, data: { attempts } });
  }
  const writers = await writersText(watcher).catch(() => "");
  const message =
    `the tables of module "${module}" could not be locked in ${attempts} tries of ` +
    `${move.limits.lockMs} ms${writers === "" ? "" : `: ${writers}`}; wait for such transactions or end them`;
  return new SeamlineError("deadline_exceeded", message, { cause, data: { attempts, writers } });
}

/** @param tables of the target, and so of the source, or the shapes differ */
async function fenceOnce(
  move: Move,
  watchers: Watchers,
  shape: readonly string[],
  tables: readonly Table[],
): Promise<Fenced> {
  const { from, to, limits } = move;
  await lock(from, tables, move);
  const lockedAt = monotonicMs();
  point(move, "fence", "locked");
  const text = closing(from.side.address, tables, to.side.address) + noteHome(from.side.address, to.side.address);
  const unchanged = async (): Promise<void> => {
    const changed = shapesDiffer(await shapeOf(from), shape);
    if (changed !== "") throw changedError(move.options, changed);
  };
  const close = (): Promise<string> => from.run(text, limits.fenceMs);
  let fenced: Pick<Fenced, "looks" | "verified">;
  let ready = false;
  if (move.options.method === "copy") {
    await unchanged();
    fenced = await byCopy(move, tables);
    await close();
  } else {
    const arrive = async (): Promise<Pick<Fenced, "looks" | "verified">> => {
      const looks = await byMarker(move, watchers);
      ready = await prepareOpening(move, watchers.from, tables);
      point(move, "fence", "prepared");
      return { looks, verified: null };
    };
    [fenced] = await Promise.all([arrive(), unchanged().then(close)]);
  }
  point(move, "fence", "closed");
  move.options.signal?.throwIfAborted();
  await commit(move);
  return { ...fenced, ready, lockedAt };
}

async function lock(from: Hand, tables: readonly Table[], { limits }: Move): Promise<void> {
  const names = tables.map(({ full }) => full).join(", ");
  try {
    // One limit for all of the tables; shorter than the server's `deadlock_timeout`, so that it is we who give way.
    await from.run(
      `begin; set local statement_timeout = ${limits.lockMs}; set local lock_timeout = 0;
       -- In case this process is frozen now: the server itself lets the tables go.
       set local idle_in_transaction_session_timeout = ${limits.fenceMs};
       lock table ${names} in access exclusive mode; set local statement_timeout = 0`,
      limits.lockMs + 1500,
    );
  } catch (error) {
    if (from.session.broken) throw error;
    throw new LockTaken("", { cause: error });
  }
}

/** Waits until the target has all; then fixes what both sides hold, to compare it. */
async function byMarker(move: Move, watchers: Watchers): Promise<Fenced["looks"]> {
  const { to, limits } = move;
  const until = monotonicMs() + limits.fenceMs;
  const marker = randomUUID();
  const { schema } = to.side.address;
  const left = (): number => Math.max(1, until - monotonicMs());
  await watchers.from.rows(`insert into ${book}.markers (schema, marker) values ($1, $2)`, [schema, marker], left());
  point(move, "fence", "marked");
  const text = `select from ${book}.markers where schema = $1 and marker = $2`;
  while ((await to.rows(text, [schema, marker], left())).length === 0) {
    if (monotonicMs() > until) throw lateError(move);
    await sleep(2);
  }
  point(move, "fence", "arrived");
  const [source, target] = await Promise.all([beginLook(watchers.from, left()), beginLook(watchers.to, left())]);
  return { from: source, to: target };
}

function lateError({ to, limits }: Move): SeamlineError {
  const { host, port } = to.side.address;
  const message = `what was written last did not arrive at ${host}:${port} within ${limits.fenceMs} ms, so calls were not held longer`;
  return new SeamlineError("deadline_exceeded", message, { data: { host, port, fenceMs: limits.fenceMs } });
}

async function byCopy(move: Move, tables: readonly Table[]): Promise<Pick<Fenced, "looks" | "verified">> {
  const verified = await copyAll(move, tables);
  point(move, "fence", "copied", { rows: verified.rows });
  return { looks: null, verified };
}

async function commit({ from, limits }: Move): Promise<void> {
  let done: string;
  try {
    done = await from.run("commit", limits.fenceMs + 1000);
  } catch (error) {
    if (!from.session.broken) throw error;
    throw new UnknownOutcome("the connection to the source was lost during the commit", { cause: error });
  }
  if (done !== "COMMIT") throw new SeamlineError("internal", `the fence was undone by the server: it said ${done}`);
}

/**
 * Carries the target's opening out but for its commit, which is then all that is left to do when the source has committed.
 *
 * @returns false: somebody has locked what it needs
 */
async function prepareOpening({ to, limits }: Move, source: Hand, tables: readonly Table[]): Promise<boolean> {
  const sequences = await sequenceStatements(source);
  try {
    await to.run(`begin;${opened(to, tables, limits.lockMs)}${sequences}`, limits.fenceMs);
    return true;
  } catch (error) {
    if (!isLocked(error)) throw error;
    await rollback(to);
    return false;
  }
}

/** Commits a prepared opening. */
export async function openPrepared(to: Hand, { answerMs }: Move["limits"]): Promise<void> {
  const done = await to.run("commit", answerMs);
  if (done !== "COMMIT") throw new SeamlineError("internal", `the opening was undone by the server: it said ${done}`);
}

/** Lets the module write at the target. May be repeated. @param source null: its sequences are there already */
export async function open(to: Hand, source: Hand | null, { answerMs }: Move["limits"]): Promise<void> {
  const sequences = source === null ? "" : await sequenceStatements(source);
  const text = `${opened(to, await tablesOf(to), 500)}${sequences}`;
  for (const until = monotonicMs() + answerMs; ; await sleep(50)) {
    try {
      return await transaction(to, text, answerMs);
    } catch (error) {
      if (to.session.broken || monotonicMs() > until) throw error;
    }
  }
}

/**
 * Nobody waits for the disk here: what is written later cannot be there without this, and a target that has lost it is
 * seen as not yet open, which makes whoever goes on do all of it again. A sequence's change is written to disk with the
 * next commit of a change only, so both are one transaction.
 */
function opened({ side: { address } }: Hand, tables: readonly Table[], lockMs: number): string {
  const limits = `set local synchronous_commit = off; set local lock_timeout = ${lockMs};`;
  return `${limits}${opening(address, tables)}${noteHome(address, null)}`;
}
