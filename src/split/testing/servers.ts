import { readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { after } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startServer, type PostgresServer } from "../../data/server.ts";
import { throwAwayDirectory } from "../../data/testing.ts";

/** A server that tests kill and freeze; it keeps its port and its data. */
export interface Victim {
  readonly adminUrl: string;
  readonly port: number;
  /** Kills it without a word; `revive` brings it back. */
  kill(): void;
  /** Freezes every process of it; `revive` wakes them. */
  freeze(): void;
  /** It answers again. May be called when nothing is wrong. */
  revive(): Promise<void>;
}

const victims: { stop(): Promise<void> }[] = [];

after(async () => {
  await Promise.all(victims.map((victim) => victim.stop()));
});

export async function startVictim(): Promise<Victim> {
  const directory = await throwAwayDirectory();
  let server: PostgresServer = await startServer({ directory, durable: true });
  const { port, adminUrl } = server;
  let frozen: number[] = [];
  let dead = false;
  let reviving = Promise.resolve();
  const wake = (): void => {
    for (const pid of frozen.splice(0)) signal(pid, "SIGCONT");
  };
  const stop = async (): Promise<void> => {
    wake();
    await reviving.catch(() => {});
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  };
  victims.push({ stop });
  return {
    adminUrl,
    port,
    kill: () => {
      dead = true;
      signal(server.pid, "SIGKILL");
    },
    freeze: () => {
      // The postmaster first, so that it makes no more processes.
      signal(server.pid, "SIGSTOP");
      frozen = [server.pid, ...childrenOf(server.pid)];
      for (const pid of frozen.slice(1)) signal(pid, "SIGSTOP");
    },
    revive: () =>
      (reviving = reviving.then(async () => {
        wake();
        if (!dead) return;
        await server.exited;
        server = await startServer({ directory, durable: true, port });
        dead = false;
      })),
  };
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended by itself.
  }
}

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  return text.split(" ").filter(Boolean).map(Number);
}

/** Waits until something holds. */
export async function until(holds: () => boolean | Promise<boolean>, what: string, ms = 15_000): Promise<void> {
  for (const end = performance.now() + ms; !(await holds()); await sleep(10))
    if (performance.now() > end) throw new Error(`not within ${ms} ms: ${what}`);
}
