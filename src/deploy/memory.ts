import { readFile } from "node:fs/promises";

/**
 * Memory of a process and all its children as proportional set size: what is shared with others counts for each by its
 * share, so that figures may be added. null where the system does not tell (Linux does).
 */
export async function pssBytes(pid: number): Promise<number | null> {
  try {
    const match = /^Pss:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/smaps_rollup`, "utf8"));
    if (match === null) return null;
    const children = (await readFile(`/proc/${pid}/task/${pid}/children`, "utf8")).split(" ").filter(Boolean);
    const below = await Promise.all(children.map((child) => pssBytes(Number(child))));
    return below.reduce<number>((sum, bytes) => sum + (bytes ?? 0), Number(match[1]) * 1024);
  } catch {
    return null;
  }
}
