import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { SeamlineError } from "../contract/errors.ts";
import { describeProcess, isAlive } from "./processes.ts";

/**
 * The PostgreSQL that may still be at work in a data directory. `postmaster.pid` names a process, but after a crash or
 * in a new container that number can belong to anything, and PostgreSQL would then refuse to start. So the process is
 * asked what it is: a server of ours carries its data directory and its launcher's pid on its command line.
 */

/** Put on the command line of every server that we start; PostgreSQL ignores settings with a dot that it does not know. */
export const launcherSetting = "seamline.launcher";

/**
 * Makes a data directory free to start in: ends an orphan that is still there, and removes a `postmaster.pid` that names
 * a living process that is something else. (One that names no process is PostgreSQL's own to remove.)
 *
 * @throws SeamlineError `already_running` when another living process has a server in it
 */
export async function clearDirectory(pgdata: string, signal?: AbortSignal): Promise<void> {
  const file = join(pgdata, "postmaster.pid");
  const pid = Number((await readFile(file, "utf8").catch(() => "")).split("\n", 1)[0]);
  if (!(pid > 0) || !isAlive(pid) || process.platform === "win32") return;
  const server = await serverOf(pid, pgdata);
  if (server !== null) {
    if (server.launcherLives)
      throw new SeamlineError(
        "already_running",
        `a PostgreSQL server (pid ${pid}) already runs in ${pgdata}, and the program that started it is alive: ` +
          `stop that one, or use another data directory`,
        { data: { pid, directory: pgdata } },
      );
    await end(pid, async () => (await serverOf(pid, pgdata)) === null, signal);
  }
  await rm(file, { force: true });
}

async function serverOf(pid: number, pgdata: string): Promise<{ launcherLives: boolean } | null> {
  const found = await describeProcess(pid);
  if (found === null || !found.words.includes(` -D ${pgdata} `)) return null;
  const launcher = new RegExp(`${launcherSetting}=(\\d+)`).exec(found.words)?.[1];
  return { launcherLives: found.parent === Number(launcher) }; // else it has been handed to another parent
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
