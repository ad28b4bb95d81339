import { fence } from "./fence.ts";
import { elsewhere, refusedError, stoppedError, toldError, undoneError } from "./errors.ts";
import { forward } from "./forward.ts";
import { openBook, readRecord } from "./book.ts";
import { reach } from "./hand.ts";
import { removeJournal } from "./journal.ts";
import { look, samePlace } from "./preflight.ts";
import { catchUp, follow, followBack, prepare, prepareTarget } from "./prepare.ts";
import { closeHands, enter, runOf, takeHands, type Run } from "./run.ts";
import { gateOf, limitsOf, point, type Move } from "./context.ts";
import type { MoveOptions, MoveReport } from "./split.ts";
import { stateOf, type MoveState } from "./state.ts";
import { endReplication, undo } from "./undo.ts";

/**
 * Moves a module's data, or goes on with a move that was begun, from wherever it is.
 *
 * @throws SeamlineError `move_refused`: nothing was changed; `move_undone`: it failed before the commit point, and the
 *   data is where it was; `move_stopped`: it is begun, and the same call goes on with it; `postgres_unreachable`
 */
export async function move(options: MoveOptions): Promise<MoveReport> {
  const [same] = samePlace(options); // it would wait for its own lock
  if (same !== undefined) throw refusedError(options, [same.message], [same.kind]);
  const run = await runOf(options);
  const hands = await takeHands(run);
  const { from, to } = hands;
  if (from === null) return forward(run, await closed(hands));
  try {
    const state = await stateOf(from, to);
    run.committed = state.at === "committed" || state.at === "moved";
    if (state.at === "elsewhere") throw elsewhere(options, state);
    if (!run.committed) await check({ options, limits: limitsOf(options), gate: gateOf(options), from, to }, state);
  } catch (error) {
    await closeHands(hands);
    throw toldError(run, error);
  }
  if (run.committed) return forward(run, await closed(hands));
  try {
    await untilCommit(run, { options, limits: limitsOf(options), gate: gateOf(options), from, to });
  } catch (error) {
    await closeHands(hands);
    await settle(run, error);
    return forward(run, null);
  }
  return forward(run, hands);
}

async function closed(hands: Parameters<typeof closeHands>[0]): Promise<null> {
  await closeHands(hands);
  return null;
}

async function check(move: Move, state: MoveState): Promise<void> {
  const { options, from, to } = move;
  const found = await look(options, from, to);
  // What a move that is under way has taken itself is no obstacle to it.
  const begun = state.at !== "none";
  const problems = found.problems.filter(({ kind }) => !begun || (kind !== "room" && kind !== "disk"));
  const messages = problems.map(({ message }) => message);
  const kinds = problems.map(({ kind }) => kind);
  if (problems.length > 0) throw refusedError(options, messages, kinds);
  await openBook(from);
  await openBook(to);
  point(move, "check", "passed");
}

async function untilCommit(run: Run, move: Move): Promise<void> {
  await enter(run, "prepare");
  if (run.options.method === "copy") await prepareTarget(move);
  else {
    const copied = await prepare(move);
    await enter(run, "copy");
    if (!copied) await follow(move);
    await catchUp(move);
    await enter(run, "reverse");
    await followBack(move);
  }
  await enter(run, "fence");
  const fenced = await fence(move);
  run.committed = true;
  run.lockedAt = fenced.lockedAt;
  run.ready = fenced.ready;
  run.looks = fenced.looks;
  run.verified = fenced.verified;
}

/** What becomes of a move that failed before the commit point was known to be passed. Returns when it was passed. */
async function settle(run: Run, error: unknown): Promise<void> {
  if (run.options.onFailure === "keep") throw stoppedError(run, error);
  const found = await undo(run.options);
  if (found.at === "unknown") throw stoppedError(run, error);
  if (found.at === "undone") {
    await removeJournal(run.options);
    throw undoneError(run, error, found.left);
  }
  run.committed = true;
}

/**
 * Takes back a move that is begun and not committed. May be repeated.
 *
 * @returns places that did not answer and still hold something; abort again when they do
 * @throws SeamlineError `move_stopped` when it is committed, or the source does not answer
 */
export async function abort(options: MoveOptions): Promise<{ readonly left: readonly string[] }> {
  const run = await runOf(options);
  const found = await undo(options);
  if (found.at === "unknown") throw stoppedError(run, found.error);
  if (found.at === "committed")
    throw stoppedError({ ...run, committed: true }, new Error("it is past its commit point"));
  if (found.left.length === 0) await removeJournal(options);
  return { left: found.left.map(({ address: { host, port } }) => `${host}:${port}`) };
}

/**
 * Ends the replication that a move with `finish: false` left, after which the way back is a whole move again. `from` and
 * `to` as in that move. A source that is gone is left out.
 *
 * @throws SeamlineError `postgres_unreachable`; `move_refused` when the data is not at `to`; `move_stopped`
 */
export async function finish(options: MoveOptions): Promise<void> {
  const run = await runOf(options);
  const hands = await takeHands({ ...run, committed: true });
  try {
    if ((await readRecord(hands.to))?.home !== true)
      throw refusedError(options, ["it is not at the target yet: move it there first"], ["elsewhere"]);
    await endReplication(hands.from, hands.to, options);
  } catch (error) {
    throw toldError({ ...run, step: "finish", committed: true }, error);
  } finally {
    await closeHands(hands);
  }
}

/** How far a move is. Changes nothing. @throws SeamlineError `postgres_unreachable` */
export async function inspect(options: Pick<MoveOptions, "from" | "to" | "limits">): Promise<MoveState> {
  const { answerMs } = limitsOf(options);
  const from = await reach(options.from, answerMs);
  try {
    const to = await reach(options.to, answerMs);
    try {
      return await stateOf(from, to);
    } finally {
      await to.close();
    }
  } finally {
    await from.close();
  }
}
