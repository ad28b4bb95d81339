import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

/** What the system knows about a process by its number. */
export interface ProcessInfo {
  readonly parent: number;
  /** The command line, its words separated by single spaces. */
  readonly words: string;
}

/** Whether the number is taken, be it by a process that has ended and that its parent has not asked after yet. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** null: there is no such process, or it has ended. Not for Windows, where nothing like it can be had without a tool. */
export async function describeProcess(pid: number): Promise<ProcessInfo | null> {
  try {
    return process.platform === "linux" ? await fromProc(pid) : await fromPs(pid);
  } catch {
    return null;
  }
}

async function fromProc(pid: number): Promise<ProcessInfo | null> {
  const words = (await readFile(`/proc/${pid}/cmdline`, "utf8")).replaceAll("\0", " ");
  // The second field is a name in brackets, in which anything may stand.
  const [state, parent] = (await readFile(`/proc/${pid}/stat`, "utf8")).replace(/^.*\) /s, "").split(" ");
  return state === "Z" ? null : { parent: Number(parent), words };
}

async function fromPs(pid: number): Promise<ProcessInfo | null> {
  const { stdout } = await promisify(execFile)("ps", ["-ww", "-o", "ppid=,args=", "-p", String(pid)]);
  const [, parent, words] = /^\s*(\d+)\s+(.*)/.exec(stdout) ?? [];
  return words === undefined ? null : { parent: Number(parent), words };
}
