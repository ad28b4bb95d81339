import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { SeamlineError } from "../contract/errors.ts";
import { movesDirectory, rememberedMoves } from "../deploy/begun.ts";
import { takeLock, type Lock } from "../deploy/lock.ts";
import { identify, signal } from "../faults/identity.ts";
import { refusal } from "./refusal.ts";
import type { Live, Place } from "./live.ts";

/** What a deployment's directory remembers of moves: one that is begun, and the last that ended, of each module. */

const PlaceSchema = z.object({ process: z.string(), server: z.string().nullable() });

const Begun = z.object({
  module: z.string(),
  from: PlaceSchema,
  to: PlaceSchema,
  method: z.enum(["replicate", "copy"]),
  /** The controller that was last at it; `start`, as `identify` tells it, sets it apart from later ones of that number. */
  pid: z.number().int(),
  start: z.string().optional(),
  at: z.string(),
});

/** A move that is begun and not ended. */
export interface MoveRecord extends z.infer<typeof Begun> {
  readonly from: Place;
  readonly to: Place;
}

/** Also where `move` keeps its journal. */
export function fileOf(live: Live, module: string, kind: "begun" | "done" | "journal"): string {
  return join(movesDirectory(live.directory), kind === "begun" ? `${module}.json` : `${module}.${kind}.json`);
}

/** null: there is none. @throws SeamlineError `start_failed` where the file is damaged */
export async function readRecord(live: Live, module: string, kind: "begun" | "done"): Promise<MoveRecord | null> {
  const path = fileOf(live, module, kind);
  const text = await readFile(path, "utf8").catch(() => null);
  if (text === null) return null;
  try {
    return Begun.parse(JSON.parse(text));
  } catch (cause) {
    const message = `${path} cannot be read: if no move is under way, remove it`;
    throw new SeamlineError("start_failed", message, { data: { path }, cause });
  }
}

export async function writeRecord(live: Live, record: MoveRecord): Promise<void> {
  await write(fileOf(live, record.module, "begun"), record);
}

/** It has ended: from now on it is the one that can be rolled back. */
export async function recordDone(live: Live, record: MoveRecord): Promise<void> {
  await write(fileOf(live, record.module, "done"), { ...record, at: new Date().toISOString() });
  await removeRecord(live, record.module);
}

/** It was taken back. */
export async function removeRecord(live: Live, module: string): Promise<void> {
  await rm(fileOf(live, module, "begun"), { force: true });
}

async function write(path: string, value: object): Promise<void> {
  await writeFile(`${path}.next`, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600, flush: true });
  await rename(`${path}.next`, path);
}

/** One controller a deployment. @throws SeamlineError `move_refused` while another is at work */
export async function takeMoves(live: Live, module: string): Promise<Lock & Disposable> {
  const lock = await tryMoves(live);
  if (lock !== null) return lock;
  const busy = await moduleAtWork(live);
  const [what, remedy] =
    busy === undefined
      ? ["another move is", "wait until it has ended"]
      : [
          `a move of module "${busy}" is`,
          `wait until it has ended, or take it back with seamline move ${busy} --abort`,
        ];
  throw refusal(module, "under-way", `${what} under way in this deployment: ${remedy}`);
}

/** The module whose controller lives; one may still be looking whether it may begin. */
async function moduleAtWork(live: Live): Promise<string | undefined> {
  const { begun } = await rememberedMoves(live.directory);
  const records = await Promise.all(begun.map((module) => readRecord(live, module, "begun")));
  return records.find((record) => record !== null && isAlive(record))?.module;
}

function isAlive({ pid, start }: MoveRecord): boolean {
  return start !== undefined && identify(pid)?.start === start;
}

/** Signals the controller that was last at a move. @returns whether it lives */
export function tell({ pid, start }: MoveRecord, name: NodeJS.Signals): boolean {
  return start !== undefined && signal({ pid, start }, name);
}

/** null: another controller is at work. */
export async function tryMoves(live: Live): Promise<(Lock & Disposable) | null> {
  await mkdir(movesDirectory(live.directory), { recursive: true, mode: 0o700 });
  try {
    const lock = await takeLock(movesDirectory(live.directory));
    return { ...lock, [Symbol.dispose]: () => lock.release() };
  } catch (error) {
    if ((error as SeamlineError).code === "already_running") return null;
    throw error;
  }
}
