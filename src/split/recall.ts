import { setTimeout as sleep } from "node:timers/promises";
import { monotonicMs } from "../contract/deadline.ts";
import type { SeamlineError } from "../contract/errors.ts";
import type { Lock } from "../deploy/lock.ts";
import type { Live, LiveOptions, LiveStatus, Place } from "./live.ts";
import { abort as abortData, inspect } from "./move.ts";
import { dataOptions, isCommitted, isSame, putBack } from "./moving.ts";
import { readRecord, takeMoves, tryMoves, type MoveRecord } from "./records.ts";
import { refusal } from "./refusal.ts";
import { ask, lookAt, sideOf } from "./scene.ts";

/**
 * Takes back a move that is begun. One whose controller lives is asked to end.
 *
 * @returns where the module is, or null: another controller took it back
 * @throws SeamlineError `move_refused` when none is begun, or it is past its commit point
 */
export async function abort(options: LiveOptions): Promise<{ readonly at: Place }> {
  const { module } = options;
  const free = await tryMoves(options);
  using _ = free ?? (await interrupt(options));
  const scene = await lookAt(options, module);
  const record = await readRecord(options, module, "begun");
  if (record === null && free === null) {
    const done = await readRecord(options, module, "done");
    if (done !== null && isSame(done.to, scene.here)) throw tooLate(module);
    return { at: scene.here };
  }
  if (record === null)
    throw refusal(
      module,
      "no-move",
      `no move of module "${module}" is under way, so there is nothing to take back; --rollback takes back one that has ended`,
    );
  const data = await dataOptions(options, scene, record, null);
  if (data !== null)
    await abortData(data).catch((error: unknown) => Promise.reject(isCommitted(error) ? tooLate(module) : error));
  await ask(options, { ask: "release", module });
  await putBack(scene, record);
  return { at: record.from };
}

function tooLate(module: string): SeamlineError {
  return refusal(
    module,
    "committed",
    `the move of module "${module}" is past its commit point and can only go on: give its command again until it has ended; --rollback moves it back then`,
  );
}

/** How far a module's move is. @throws SeamlineError `unavailable`, `postgres_unreachable` */
export async function statusOf(live: Live, module: string): Promise<LiveStatus> {
  const begun = await readRecord(live, module, "begun");
  if (begun !== null) {
    const lock = await tryMoves(live);
    lock?.release();
    const { from, to, at } = begun;
    return { at: "begun", from, to, begunAt: at, running: lock === null, committed: await committed(live, begun) };
  }
  const done = await readRecord(live, module, "done");
  return done === null ? { at: "none" } : { at: "done", from: done.from, to: done.to, endedAt: done.at };
}

async function committed(live: Live, { module, from, to }: MoveRecord): Promise<boolean> {
  if (from.server === to.server) return false;
  const [source, target] = await Promise.all([from, to].map(({ server }) => sideOf({ ...live, module }, server!)));
  const { at } = await inspect({ from: source!, to: target! });
  return at === "committed" || at === "moved";
}

/** How long a controller may take to take its move back. */
const giveUpMs = 60_000;

/** Asks the controller that is at work to give up, as Ctrl-C does, and waits for it. */
async function interrupt(options: LiveOptions): Promise<Lock & Disposable> {
  const record = await readRecord(options, options.module, "begun");
  if (record !== null) process.kill(record.pid, "SIGINT");
  for (const end = monotonicMs() + giveUpMs; monotonicMs() < end; await sleep(100)) {
    const lock = await tryMoves(options);
    if (lock !== null) return lock;
  }
  return takeMoves(options, options.module);
}
