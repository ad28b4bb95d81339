import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { SeamlineError } from "../contract/errors.ts";

/**
 * One live deployment per state directory: two would run two servers on the same data files.
 *
 * The lock is a file that names its holder by pid and start time, because a pid alone is given to somebody else after a
 * crash or a reboot. It appears whole or not at all (written aside, then linked). A stale lock is taken away by renaming
 * it, so of several that find it stale only one can, and whoever renamed a lock that was not the stale one puts it back.
 */

const Holder = z.object({ pid: z.number().int().positive(), born: z.string(), since: z.string() });
type Holder = z.infer<typeof Holder>;

export interface Lock {
  /** Gives the directory back. May be called twice. */
  release(): Promise<void>;
}

/** Takes a state directory, making it where it is missing. @throws SeamlineError `already_running` */
export async function takeLock(directory: string): Promise<Lock> {
  // Root runs its database servers as somebody else, who must get through to his files.
  await mkdir(directory, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
  const path = join(directory, "lock");
  const mine = JSON.stringify({ pid: process.pid, born: bornAt(process.pid) ?? "", since: new Date().toISOString() });
  const aside = join(directory, `lock.${randomUUID()}`);
  await writeFile(aside, mine, { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < 5; attempt++) {
      if (await linked(aside, path)) return { release: () => release(path, mine) };
      const found = await readFile(path, "utf8").catch(() => null);
      if (found === null) continue;
      const holder = holderOf(found);
      if (holder !== null && isAlive(holder)) throw alreadyRunning(directory, holder);
      await removeStale(path, found);
    }
    throw new SeamlineError(
      "already_running",
      `${directory}: other programs keep taking its lock; stop them and try again`,
    );
  } finally {
    await rm(aside, { force: true });
  }
}

/** Who holds a directory now: its pid, or null for nobody. */
export async function lockHolder(directory: string): Promise<number | null> {
  const found = await readFile(join(directory, "lock"), "utf8").catch(() => null);
  const holder = found === null ? null : holderOf(found);
  return holder !== null && isAlive(holder) ? holder.pid : null;
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

async function removeStale(path: string, stale: string): Promise<void> {
  const taken = `${path}.${randomUUID()}`;
  try {
    await rename(path, taken);
  } catch {
    return;
  }
  if ((await readFile(taken, "utf8").catch(() => stale)) !== stale) await linked(taken, path);
  await rm(taken, { force: true });
}

async function release(path: string, mine: string): Promise<void> {
  if ((await readFile(path, "utf8").catch(() => null)) === mine) await rm(path, { force: true });
}

function holderOf(text: string): Holder | null {
  try {
    return Holder.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

function alreadyRunning(directory: string, { pid, since }: Holder): SeamlineError {
  return new SeamlineError(
    "already_running",
    `${directory}: process ${pid} has run a deployment here since ${since}. Stop it (kill ${pid}), or use another --data`,
    { data: { directory, pid, since } },
  );
}

function isAlive({ pid, born }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  const now = bornAt(pid);
  return now === null || born === "" || now === born;
}

/** When a process was started, as text that no other process with the same pid will have; null where it cannot be told. */
export function bornAt(pid: number): string | null {
  try {
    if (process.platform === "linux") {
      const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      // The command's name may hold spaces and parentheses; field 22 is the start time in ticks since boot.
      return `${boot}:${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]}`;
    }
    if (process.platform === "win32") return null;
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim();
  } catch {
    return null;
  }
}
