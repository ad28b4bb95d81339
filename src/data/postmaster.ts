import { execFile } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { SeamlineError } from "../contract/errors.ts";

/**
 * The PostgreSQL that may still be at work in a data directory. `postmaster.pid` names a process, but after a crash or
 * in a new container that number can belong to anything, and PostgreSQL would then refuse to start. So the process is
 * asked what it is: a server of ours carries its data directory and its launcher's pid on its command line.
 */

/** Put on the command line of every server that we start; PostgreSQL ignores settings with a dot that it does not know. */
export const launcherSetting = "seamline.launcher";

interface LiveServer {
  readonly pid: number;
  /** Its launcher is gone. */
  readonly orphan: boolean;
}

/**
 * Makes a data directory free to start in: ends an orphan that is still there, removes a `postmaster.pid` that means
 * nothing.
 *
 * @throws SeamlineError `already_running` when another living process has a server in it
 */
export async function clearDirectory(pgdata: string, signal?: AbortSignal): Promise<void> {
  const live = await liveServer(pgdata);
  if (live === null) return rm(join(pgdata, "postmaster.pid"), { force: true });
  if (!live.orphan)
    throw new SeamlineError(
      "already_running",
      `a PostgreSQL server (pid ${live.pid}) already runs in ${pgdata}, and the program that started it is alive: ` +
        `stop that one, or use another data directory`,
      { data: { pid: live.pid, directory: pgdata } },
    );
  await end(live.pid, async () => (await liveServer(pgdata)) === null, signal);
  await rm(join(pgdata, "postmaster.pid"), { force: true });
}

async function liveServer(pgdata: string): Promise<LiveServer | null> {
  const text = await readFile(join(pgdata, "postmaster.pid"), "utf8").catch(() => "");
  const pid = Number(text.split("\n", 1)[0]);
  if (!Number.isInteger(pid) || pid <= 0) return null;
  const found = await describe(pid);
  if (found === null || !found.words.includes(pgdata)) return null;
  const launcher = new RegExp(`${launcherSetting}=(\\d+)`).exec(found.words)?.[1];
  return { pid, orphan: found.parent !== Number(launcher) };
}

/** A process's parent and command line; null: no such process. */
async function describe(pid: number): Promise<{ parent: number; words: string } | null> {
  try {
    if (process.platform !== "linux") return await describeByPs(pid);
    const words = await readFile(`/proc/${pid}/cmdline`, "utf8");
    const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).replace(/^.*\) /s, "").split(" ");
    return fields[0] === "Z" ? null : { parent: Number(fields[1]), words: words.replaceAll("\0", " ") };
  } catch {
    return null;
  }
}

async function describeByPs(pid: number): Promise<{ parent: number; words: string } | null> {
  if (process.platform === "win32") return null; // PostgreSQL's own check of the lock file remains
  const { stdout } = await promisify(execFile)("ps", ["-ww", "-o", "ppid=,args=", "-p", String(pid)]);
  const [, parent, words] = /^\s*(\d+)\s+(.*)/.exec(stdout) ?? [];
  return words === undefined ? null : { parent: Number(parent), words };
}

/**
 * Ends a server: woken if it was frozen, then a fast shutdown, after 3 s an immediate one (the server itself kills what
 * does not obey within 5 s), after 10 s SIGKILL. None of them loses a committed transaction.
 */
export async function end(pid: number, ended: () => boolean | Promise<boolean>, signal?: AbortSignal): Promise<void> {
  const steps = [
    { after: 0, signals: ["SIGCONT", "SIGINT"] },
    { after: 3000, signals: ["SIGCONT", "SIGQUIT"] },
    { after: 10_000, signals: ["SIGKILL"] },
  ] as const;
  const begun = performance.now();
  for (const [index, step] of steps.entries()) {
    for (const name of step.signals) send(pid, name);
    const until = steps[index + 1]?.after ?? 12_000;
    while (performance.now() - begun < until) {
      if (await ended()) return;
      await sleep(10, undefined, { signal });
    }
  }
  throw new SeamlineError(
    "postgres_failed",
    `the PostgreSQL server with pid ${pid} does not end, not even by SIGKILL`,
    {
      data: { pid },
    },
  );
}

function send(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It is gone already.
  }
}
