import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { SeamlineError } from "../contract/errors.ts";

/** `clock.json`: by how much a deployment's time is ahead of the machine's. It stays over restarts; no file: not at all. */
const State = z.object({ offsetMs: z.int() });

/** A date of JavaScript ends near the year 275760; a century each way is plenty for any trial. */
const farthestMs = 100 * 366 * 86_400_000;

/** @throws SeamlineError `start_failed` where the file is damaged */
export async function readClock(directory: string): Promise<number> {
  const path = join(directory, "clock.json");
  try {
    return State.parse(JSON.parse(await readFile(path, "utf8"))).offsetMs;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw new SeamlineError("start_failed", `${path}: not a clock. Remove it: the time is the machine's again`, {
      data: { path },
      cause,
    });
  }
}

/** @throws SeamlineError `usage` for what is no time */
export async function writeClock(directory: string, offsetMs: number): Promise<void> {
  if (!Number.isInteger(offsetMs) || Math.abs(offsetMs) > farthestMs)
    throw new SeamlineError(
      "usage",
      `the clock cannot be ${offsetMs} ms ahead: a whole number of ms, 100 years at most`,
    );
  const path = join(directory, "clock.json");
  await writeFile(`${path}.next`, JSON.stringify({ offsetMs }), { mode: 0o600 });
  await rename(`${path}.next`, path);
}
