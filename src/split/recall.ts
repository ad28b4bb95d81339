import { setTimeout as sleep } from "node:timers/promises";
import { monotonicMs } from "../contract/deadline.ts";
import { SeamlineError } from "../contract/errors.ts";
import type { Lock } from "../deploy/lock.ts";
import type { Live, LiveOptions, LiveStatus, Place } from "./live.ts";
import { abort as abortData, inspect } from "./move.ts";
import { dataOptions, isCommitted, isSame, putBack } from "./moving.ts";
import { readRecord, takeMoves, tell, tryMoves, type MoveRecord } from "./records.ts";
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
  const { lock, told } = await takeOver(options);
  using _ = lock;
  const scene = await lookAt(options, module);
  const record = await readRecord(options, module, "begun");
  if (record === null && told !== null) {
    if (isSame(scene.here, told.to)) throw endedBefore(module);
    return { at: scene.here };
  }
  if (record === null) throw noneBegun(module);
  const data = await dataOptions(options, scene, record, null);
  if (data !== null)
    await abortData(data).catch((error: unknown) => Promise.reject(isCommitted(error) ? tooLate(module) : error));
  await ask(options, { ask: "release", module });
  await putBack(scene, record);
  return { at: record.from };
}

function noneBegun(module: string): SeamlineError {
  const message = `no move of module "${module}" is under way, so there is nothing to take back; --rollback takes back one that has ended`;
  return refusal(module, "no-move", message);
}

function endedBefore(module: string): SeamlineError {
  const message = `the move of module "${module}" ended before it could be taken back; --rollback moves it back`;
  return refusal(module, "committed", message);
}

function tooLate(module: string): SeamlineError {
  const message = `the move of module "${module}" is past its commit point and can only go on: give its command again until it has ended; --rollback moves it back then`;
  return refusal(module, "committed", message);
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
/** How long one that is still looking whether it may begin is waited for. */
const beginMs = 5_000;

/**
 * Takes the lock; a controller that is at the module's move is told to give up, as Ctrl-C does, and waited for.
 *
 * @returns also the move of which one was told
 */
async function takeOver(options: LiveOptions): Promise<{ lock: Lock & Disposable; told: MoveRecord | null }> {
  const { module } = options;
  let told: MoveRecord | null = null;
  for (let end = monotonicMs() + beginMs; monotonicMs() < end; await sleep(100)) {
    const lock = await tryMoves(options);
    if (lock !== null) return { lock, told };
    if (told !== null) continue;
    const record = await readRecord(options, module, "begun");
    if (record === null || !tell(record, "SIGINT")) continue;
    told = record;
    end = monotonicMs() + giveUpMs;
  }
  if (told === null) return { lock: await takeMoves(options, module), told };
  const message = `process ${told.pid}, which moves module "${module}", was told to give up and has not ended after ${giveUpMs / 1000} s: end it, then take its move back`;
  throw new SeamlineError("deadline_exceeded", message, { data: { module, pid: told.pid } });
}
