import { readFile } from "node:fs/promises";

/** Linux tells CPU time in ticks of this length, whatever the processor. */
const tickMs = 10;

/**
 * CPU time of a process and its children in ms, of those that have ended too once it has waited for them, so that a
 * server that makes a process for each connection is told whole. null where the system does not tell (Linux does).
 */
export async function cpuMs(pid: number): Promise<number | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    // The name, in brackets, may hold anything. After it come the state and numbers; user and system time are 12 on.
    const [user, system, endedUser, endedSystem] = stat
      .slice(stat.lastIndexOf(")") + 2)
      .split(" ")
      .slice(11, 15)
      .map(Number);
    const children = (await readFile(`/proc/${pid}/task/${pid}/children`, "utf8")).split(" ").filter(Boolean);
    const below = await Promise.all(children.map((child) => cpuMs(Number(child))));
    const own = (user! + system! + endedUser! + endedSystem!) * tickMs;
    return below.reduce<number>((sum, ms) => sum + (ms ?? 0), own);
  } catch {
    return null;
  }
}
