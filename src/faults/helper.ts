import { fork, type ChildProcess } from "node:child_process";

/**
 * Starts one of this room's own processes. It has a session of its own, so that Ctrl-C in a terminal reaches only us, and
 * ends when its channel to us closes, which it does however we end.
 */
export function startHelper(entry: URL, args: readonly string[] = []): ChildProcess {
  return fork(entry, args, {
    execArgv: [],
    detached: process.platform !== "win32",
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
}

/** Lets a helper leave by itself, and makes it when it does not. May be called twice. */
export async function endHelper(helper: ChildProcess, withinMs = 2000): Promise<void> {
  if (helper.exitCode !== null || helper.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => helper.once("exit", () => resolve()));
  const timer = setTimeout(() => helper.kill("SIGKILL"), withinMs);
  if (helper.connected) helper.disconnect();
  await gone;
  clearTimeout(timer);
}

/** A file beside `from`, in the same language as it: TypeScript here, JavaScript when built. */
export function entryBeside(name: string, from: string): URL {
  return new URL(`${name}.${from.endsWith(".ts") ? "ts" : "js"}`, from);
}
