import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describeProcess } from "../data/processes.ts";

/**
 * Which process a number means. A number alone is given to another process some day, and a signal to that one would be an
 * accident; a number with the time of its start is one process for ever.
 */
export interface Identity {
  readonly pid: number;
  /** When it was started, as the system tells it; of Linux together with which boot it was. */
  readonly start: string;
}

/** null: there is no such process, or it has ended. */
export function identify(pid: number): Identity | null {
  const start = process.platform === "linux" ? startOnLinux(pid) : startByPs(pid);
  return start === null ? null : { pid, start };
}

/** Sends a signal to that process and to no other. @returns whether it was there */
export function signal({ pid, start }: Identity, name: NodeJS.Signals): boolean {
  if (identify(pid)?.start !== start) return false;
  try {
    return process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}

/** Whether a process was started by us, or by one that was: faults touch no other. */
export async function isOurs(pid: number, ancestor = process.pid): Promise<boolean> {
  for (let at = pid; at > 1;) {
    const parent = (await describeProcess(at))?.parent ?? 0;
    if (parent === ancestor) return true;
    at = parent;
  }
  return false;
}

/** All processes below one, nearest first. */
export function descendants(pid: number): number[] {
  const children = process.platform === "linux" ? childrenOnLinux(pid) : childrenByPs(pid);
  return [...children, ...children.flatMap(descendants)];
}

let boot: string | null = null;

function startOnLinux(pid: number): string | null {
  try {
    boot ??= readFileSync("/proc/sys/kernel/random/boot_id", "latin1").slice(0, 8);
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // After the name in brackets, in which anything may stand: the state is the 1st word and the start the 20th.
    const words = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return words[0] === "Z" || words[0] === "X" ? null : `${boot}:${words[19]}`;
  } catch {
    return null;
  }
}

function childrenOnLinux(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function startByPs(pid: number): string | null {
  const { stdout } = spawnSync("ps", ["-o", "stat=,lstart=", "-p", String(pid)], { encoding: "utf8" });
  const [, state, start] = /^(\S+)\s+(.*\S)/.exec(stdout ?? "") ?? [];
  return start === undefined || state!.startsWith("Z") ? null : start;
}

function childrenByPs(pid: number): number[] {
  const { stdout } = spawnSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" });
  const rows = (stdout ?? "").split("\n").map((line) => line.trim().split(/\s+/).map(Number));
  return rows.filter(([, parent]) => parent === pid).map(([child]) => child!);
}
