import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { isLocked } from "../../deploy/lock.ts";
import { runNumbers } from "../../record/writer.ts";
import { keepLogs } from "./side.ts";

/** An experiment that has written nothing for so long is over, or was killed. */
const overMs = 60_000;

/** Removes the data of columns whose experiment was killed before it could. Recordings and logs stay. */
export async function sweepRuns(runs: string): Promise<void> {
  for (const number of await runNumbers(runs)) {
    const directory = join(runs, String(number));
    const written = await stat(join(directory, "events.ndjson")).catch(() => null);
    if (written === null || Date.now() - written.mtimeMs < overMs) continue;
    const columns = join(directory, "columns");
    for (const name of await readdir(columns).catch(() => [])) {
      const names = await readdir(join(columns, name)).catch(() => []);
      // Looking at the lock makes one where there is none.
      if (names.some((each) => each !== "logs") && !isLocked(join(columns, name))) await keepLogs(join(columns, name));
    }
  }
}
