import { spawn, type ChildProcess } from "node:child_process";
import { untilParentDies } from "../data/account.ts";
import { SeamlineError } from "../contract/errors.ts";

/** strace attached to running processes and all that they start, answering some of their calls to the kernel in its stead. */
export interface Tracer {
  readonly pid: number;
  /** Lets them go. May be called twice. */
  stop(): Promise<void>;
}

const attachMs = 5000;

/** @param inject as of strace: "fsync,fdatasync:error=EIO". @throws SeamlineError `fault_refused` with what strace says */
export async function tracing(pids: readonly number[], inject: string): Promise<Tracer> {
  const calls = inject.slice(0, inject.indexOf(":"));
  const attach = pids.flatMap((pid) => ["-p", String(pid)]);
  const words = ["strace", "-f", "-o", "/dev/null", "-e", `trace=${calls}`, "-e", `inject=${inject}`, ...attach];
  // At our death it is told to let go, as at the end.
  const [program, ...args] = untilParentDies({ prefix: [], owner: null }, words);
  const child = spawn(program!, args, { stdio: ["ignore", "ignore", "pipe"], detached: true });
  const said = await attached(child, pids.length);
  const stop = (): Promise<void> => end(child);
  if (said === null) return { pid: child.pid!, stop };
  await stop();
  throw new SeamlineError("fault_refused", `strace cannot attach: ${said}`, { data: { said } });
}

/** @returns null: it is attached; else why not */
function attached(child: ChildProcess, count: number): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>();
  let said = "";
  const timer = setTimeout(() => resolve(said.trim() || `nothing within ${attachMs / 1000} s`), attachMs);
  child.once("error", (error) => resolve(`${error.message}; install strace`));
  child.once("exit", () => resolve(said.trim() || "it ended"));
  child.stderr!.on("data", (chunk: Buffer) => {
    if (said.length > 10_000) return; // of a server with many sessions it tells each
    said += chunk.toString();
    if ((said.match(/ attached/g)?.length ?? 0) >= count) resolve(null);
  });
  return promise.finally(() => clearTimeout(timer));
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill("SIGINT");
  // The kernel lets go of what a killed tracer held.
  const timer = setTimeout(() => child.kill("SIGKILL"), 2000);
  await gone;
  clearTimeout(timer);
}
