import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { SeamlineError } from "../contract/errors.ts";
import { readDeployment } from "./state.ts";

/**
 * One live deployment per state directory: two would run two servers on the same data files.
 *
 * The operating system holds the lock for its process and drops it at the process's death, so there is no stale lock to
 * judge, which no file with a pid in it can do without a race. Node reaches such locks only through SQLite: the file is
 * an empty database on which an exclusive transaction stays open. It is never removed, since whoever opened it just
 * before would hold a lock on nothing.
 */
export interface Lock {
  /** Gives the directory back. May be called twice. */
  release(): void;
}

/** Takes a state directory, making it where it is missing. @throws SeamlineError `already_running`, `directory_unusable` */
export async function takeLock(directory: string): Promise<Lock> {
  const lock = await makeAndLock(directory);
  if (lock !== null) return lock;
  const deployed = await readDeployment(directory);
  const who = deployed === null ? "another process" : `process ${deployed.pid}`;
  const stop = deployed === null ? "Stop it" : `Stop it (kill ${deployed.pid})`;
  throw new SeamlineError(
    "already_running",
    `${directory}: ${who} runs a deployment here. ${stop}, or use another --data`,
    {
      data: { directory, pid: deployed?.pid ?? null },
    },
  );
}

async function makeAndLock(directory: string): Promise<Lock | null> {
  try {
    // Root runs its database servers as somebody else, who must get through to their files.
    await mkdir(directory, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
    return tryLock(directory);
  } catch (cause) {
    throw new SeamlineError(
      "directory_unusable",
      `the state directory ${directory} cannot be made or written (${(cause as Error).message}). Choose another with --data DIR`,
      { data: { directory }, cause },
    );
  }
}

/** Whether a living process holds the directory. */
export function isLocked(directory: string): boolean {
  const lock = tryLock(directory);
  lock?.release();
  return lock === null;
}

function tryLock(directory: string): Lock | null {
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(join(directory, "lock"), { timeout: 0 });
    database.exec("begin exclusive");
    const held = database;
    return { release: () => void (held.isOpen && held.close()) };
  } catch (error) {
    if (database?.isOpen) database.close();
    if ((error as { errcode?: number }).errcode === sqliteBusy) return null;
    throw error;
  }
}

const sqliteBusy = 5;
