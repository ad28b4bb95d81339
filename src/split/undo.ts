import { setTimeout as sleep } from "node:timers/promises";
import { monotonicMs } from "../contract/deadline.ts";
import type { SeamlineError } from "../contract/errors.ts";
import { literal } from "../data/sql.ts";
import { book, openBook, readRecord } from "./book.ts";
import { take, transaction, type Hand } from "./hand.ts";
import { tablesOf } from "./catalog.ts";
import { unfollow } from "./replication.ts";
import { limitsOf } from "./context.ts";
import type { MoveOptions, Side } from "./split.ts";

/**
 * Ending replication, at the end of a move or instead of one. A side that does not answer is left out; what is at the
 * other one goes all the same, so that no slot there fills a disk.
 */
export async function endReplication(from: Hand | null, to: Hand | null, options: MoveOptions): Promise<void> {
  const { answerMs } = limitsOf(options);
  for (const hand of [from, to]) if (hand !== null) await openBook(hand);
  await unfollow(to, from, options.to, answerMs);
  await unfollow(from, to, options.from, answerMs);
  const text = `delete from ${book}.markers where schema = $1`;
  for (const hand of [from, to]) await hand?.rows(text, [hand.side.address.schema]);
}

/** What an attempt to take a move back found. */
export type Undone =
  | { readonly at: "undone"; /** Places that did not answer and still hold something. */ readonly left: Side[] }
  /** The commit point was passed: there is nothing to be taken back. */
  | { readonly at: "committed" }
  /** The source did not answer, so it cannot be known. */
  | { readonly at: "unknown"; readonly error: unknown };

/** Takes back everything of a move that is not committed. Tries until the limit for places that do not answer. */
export async function undo(options: MoveOptions): Promise<Undone> {
  const limits = limitsOf(options);
  const until = monotonicMs() + limits.undoMs;
  let error: unknown;
  let failed = false;
  do {
    const hands = await takeAny(options);
    try {
      const last = monotonicMs() + 1000 > until;
      if (hands.from === null) error = hands.error;
      else if ((await readRecord(hands.from))?.home === false) return { at: "committed" };
      // A target that answers and cannot do it, because its disk is full for instance, is as good as away.
      else if (hands.to !== null || last) return await takeBack(hands.from, last && failed ? null : hands.to, options);
    } catch (failure) {
      error = failure;
      failed = true;
    } finally {
      await Promise.all([hands.from?.close(), hands.to?.close()]);
    }
    await sleep(200);
  } while (monotonicMs() < until);
  return { at: "unknown", error };
}

async function takeBack(from: Hand, to: Hand | null, options: MoveOptions): Promise<Undone> {
  await endReplication(from, to, options);
  if (to !== null && to.superuser && (await readRecord(to))?.home === false) await transaction(to, await clearing(to));
  return { at: "undone", left: to === null ? [options.to] : [] };
}

/** Statements that remove all rows of a side that is closed. */
async function clearing(hand: Hand): Promise<string> {
  const { schema } = hand.side.address;
  const names = (await tablesOf(hand)).map(({ full }) => full).join(", ");
  const truncate = names === "" ? "" : `set local session_replication_role = replica; truncate ${names};`;
  return `${truncate}delete from ${book}.markers where schema = ${literal(schema)}`;
}

async function takeAny(options: MoveOptions): Promise<{ from: Hand | null; to: Hand | null; error: unknown }> {
  const { answerMs } = limitsOf(options);
  let error: unknown = null;
  const [from, to] = await Promise.all(
    [options.from, options.to].map((side) =>
      take(side, answerMs).catch((failure: unknown) => {
        // Somebody else at work is no absence.
        if (error === null || (failure as SeamlineError).code === "move_refused") error = failure;
        return null;
      }),
    ),
  );
  return { from: from!, to: to!, error };
}
