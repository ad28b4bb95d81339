import { spawn } from "node:child_process";
import { once } from "node:events";
import { tracing } from "./tracer.ts";

/** What this machine can do to its own processes, found out by doing it to a harmless one. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  /** Why calls to the kernel cannot be tampered with; null: they can. */
  tracing(): Promise<string | null>;
}

let traced: Promise<string | null> | null = null;

export const thisMachine: Machine = {
  platform: process.platform,
  tracing: () => (traced ??= tryTracing()),
};

/** For kinds that need signals. */
export async function canStop({ platform }: Machine): Promise<string | null> {
  return platform === "win32" ? "Windows has no signal that stops a process" : null;
}

/** For kinds that work everywhere. */
export async function canAlways(): Promise<null> {
  return null;
}

async function tryTracing(): Promise<string | null> {
  if (process.platform !== "linux") return "it needs Linux and strace";
  const sleeper = spawn("sleep", ["10"], { stdio: "ignore" });
  try {
    await once(sleeper, "spawn");
    const tracer = await tracing([sleeper.pid!], "fsync:error=EIO");
    await tracer.stop();
    return null;
  } catch (error) {
    return (error as Error).message;
  } finally {
    sleeper.kill("SIGKILL");
  }
}
