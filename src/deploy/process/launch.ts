import { fork, spawnSync, type ChildProcess } from "node:child_process";
import { homedir } from "node:os";
import { join } from "node:path";

/**
 * Starts Node on an entry point so that it cannot outlive us: on Linux the kernel kills it when this process dies in
 * whatever way (`setpriv --pdeathsig`); elsewhere it sees its IPC channel close. It gets a session of its own, so that
 * Ctrl-C in a terminal reaches only us, and processes are stopped in their order.
 */
export function launch(entry: URL, logFd: number): ChildProcess {
  const [execPath, ...execArgv] = [...tether(), process.execPath];
  return fork(entry, [], {
    execPath: execPath!,
    execArgv,
    detached: process.platform !== "win32",
    stdio: ["ignore", logFd, logFd, "ipc"],
    env: { ...process.env, NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"] ?? compileCacheDirectory() },
  });
}

/** Where compiled code is kept between starts: without it every process strips and compiles all it loads again. */
function compileCacheDirectory(): string {
  const base = process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
  return join(base, "seamline", "compile");
}

let tetherWords: readonly string[] | null = null;

function tether(): readonly string[] {
  if (tetherWords !== null) return tetherWords;
  const words = ["setpriv", "--pdeathsig", "KILL"];
  // busybox has a setpriv that does not know the flag.
  const works = process.platform === "linux" && spawnSync(words[0]!, [...words.slice(1), "true"]).status === 0;
  return (tetherWords = works ? words : []);
}
