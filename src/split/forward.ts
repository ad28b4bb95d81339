import { setTimeout as sleep } from "node:timers/promises";
import { monotonicMs } from "../contract/deadline.ts";
import type { SeamlineError } from "../contract/errors.ts";
import { readRecord } from "./book.ts";
import { stoppedError } from "./errors.ts";
import { open, openPrepared } from "./fence.ts";
import { giveWay, reach, take, type Hand } from "./hand.ts";
import { removeJournal } from "./journal.ts";
import { closeHands, enter, note, takeHands, type Hands, type Run } from "./run.ts";
import { gateOf, limitsOf, point } from "./context.ts";
import type { MoveOptions, MoveReport } from "./split.ts";
import { tablesOf } from "./catalog.ts";
import { getToKnow } from "./copying.ts";
import { endReplication } from "./undo.ts";
import { beginLook, verify } from "./verify.ts";

/**
 * From the commit point to the end. Nothing is taken back here, so a place that does not answer is tried again for a
 * while; then the move stops and can be continued.
 *
 * @param hands those of the fence, so that nobody waits for new ones; null: they are taken
 */
export async function forward(run: Run, hands: Hands | null): Promise<MoveReport> {
  const until = monotonicMs() + limitsOf(run.options).undoMs;
  let held = hands;
  for (;;) {
    try {
      const fresh = held !== null;
      held ??= await takeHands(run);
      giveWay([held.from, held.to], false);
      if (fresh || !(await isOpen(held))) await openTarget(run, held, fresh);
      return await conclude(run, held);
    } catch (error) {
      if (monotonicMs() > until || (error as SeamlineError).code === "move_refused") throw stoppedError(run, error);
      await sleep(200);
    } finally {
      if (held !== null) await closeHands(held);
      held = null;
    }
  }
}

async function isOpen({ to }: Hands): Promise<boolean> {
  return (await readRecord(to))?.home === true;
}

async function openTarget(run: Run, { from, to }: Hands, fresh: boolean): Promise<void> {
  const limits = limitsOf(run.options);
  run.step = "open";
  // Nobody can write on either side: an earlier process's fence is made good from here.
  if (!fresh && from !== null) run.looks ??= await lookAgain(run, from.superuser && to.superuser);
  if (fresh && run.ready) await openPrepared(to, limits);
  else await open(to, from, limits);
  if (fresh && run.lockedAt !== null) run.fencedMs = monotonicMs() - run.lockedAt;
  run.committed = true;
  point(run, "open", "opened");
}

/** Who is no superuser cannot read what is closed. */
async function lookAgain({ options }: Run, may: boolean): Promise<Run["looks"]> {
  if (!may) return null;
  const { answerMs } = limitsOf(options);
  const source = await reach(options.from, answerMs);
  try {
    const target = await reach(options.to, answerMs);
    return { from: await beginLook(source, answerMs), to: await beginLook(target, answerMs) };
  } catch (error) {
    await source.close();
    throw error;
  }
}

async function conclude(run: Run, { from, to }: Hands): Promise<MoveReport> {
  const { options } = run;
  run.step = "open";
  await gateOf(options).moveTo(options.to.address);
  point(run, "open", "switched");
  giveWay([from, to, run.looks?.from.hand, run.looks?.to.hand], true);
  await note(run);
  await enter(run, "verify");
  if (options.method === "copy") await getToKnow(to, await tablesOf(to), limitsOf(options).stallMs);
  if (run.looks !== null) {
    run.verified = await verify(run.looks).catch(() => null); // a look that broke cannot be had again
    run.looks = null;
  }
  point(run, "verify", "compared");
  const finished =
    options.finish !== false && (run.verified?.differences.length ?? 0) === 0 && (await finish(run, from, to));
  await removeJournal(options);
  point(run, "finish", "ended");
  const { fencedMs, verified } = run;
  return { module: options.module, method: options.method ?? "replicate", fencedMs, verified, finished };
}

/**
 * Ends replication. A source that is away is waited for, now that nobody else waits: a slot that is left there would keep
 * its log.
 *
 * @returns whether the source was there for it
 */
async function finish(run: Run, from: Hand | null, to: Hand): Promise<boolean> {
  const { options } = run;
  await enter(run, "finish");
  const source = from ?? (await sourceAgain(options));
  try {
    await endReplication(source, to, options);
    point(run, "finish", "cleared");
  } finally {
    if (source !== from) await source?.close();
  }
  return source !== null;
}

async function sourceAgain(options: MoveOptions): Promise<Hand | null> {
  const { answerMs, undoMs } = limitsOf(options);
  for (const until = monotonicMs() + undoMs; monotonicMs() < until; await sleep(200)) {
    const source = await take(options.from, answerMs).catch(() => null);
    if (source !== null) return source;
  }
  return null;
}
