import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { SeamlineError } from "../contract/errors.ts";
import { topology, type ProcessGroup, type Topology, type TopologyInput } from "../topology/topology.ts";

/**
 * `placement.json`: what a deployment has become by moves of its modules, beside the topology that it was started in. A
 * restart in the same topology comes up as it was left. One in another topology follows that, but for data, which is where
 * it was moved to. No file: nothing was moved.
 */
const Kept = z.object({ asked: z.unknown(), now: z.unknown() });

/** @returns the topology to come up in @throws SeamlineError `start_failed` where the file is damaged */
export async function readPlacement(directory: string, asked: Topology): Promise<Topology> {
  const path = join(directory, "placement.json");
  let kept: { asked: Topology; now: Topology };
  try {
    const file = Kept.parse(JSON.parse(await readFile(path, "utf8")));
    kept = { asked: topology(file.asked as TopologyInput), now: topology(file.now as TopologyInput) };
  } catch (cause) {
    // Not even a directory: whoever makes it says so.
    if (["ENOENT", "ENOTDIR"].includes((cause as NodeJS.ErrnoException).code ?? "")) return asked;
    const remedy = "Restore it; without it, modules whose data was moved are started where it was before";
    throw new SeamlineError("start_failed", `${path}: not a placement. ${remedy}`, { data: { path }, cause });
  }
  if (isSame(kept.asked, asked)) return withPortsOf(asked, kept.now);
  const { servers } = kept.now;
  return servers === undefined ? asked : { ...asked, servers };
}

export async function keepPlacement(directory: string, asked: Topology, now: Topology): Promise<void> {
  const path = join(directory, "placement.json");
  if (isDeepStrictEqual(plain(asked), plain(now))) return rm(path, { force: true });
  await writeFile(`${path}.next`, `${JSON.stringify({ asked, now }, null, 2)}\n`, { mode: 0o600, flush: true });
  await rename(`${path}.next`, path);
}

/** Ports may be chosen anew with each start. */
function isSame(one: Topology, other: Topology): boolean {
  return isDeepStrictEqual(plain(withPortsOf(one, other)), plain(other));
}

function withPortsOf(from: Topology, to: Topology): Topology {
  const processes = Object.entries(to.processes).map(([name, group]): [string, ProcessGroup] => {
    const port = from.processes[name]?.port;
    return [name, port === undefined || group.port === undefined ? group : { ...group, port }];
  });
  return { ...to, processes: Object.fromEntries(processes) };
}

/** As it is in a file. */
function plain(one: Topology): unknown {
  return JSON.parse(JSON.stringify(one));
}
