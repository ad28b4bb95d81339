import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { Snapshots } from "../../deploy/verify/snapshots.ts";
import type { WriteLine } from "../../record/recording.ts";
import type { Shared, Side } from "./side.ts";

/** Looks for everything that users wrote, once the generator has written its file and all is quiet. */
export async function readWritten(side: Side, { options, recorder, signal }: Shared): Promise<void> {
  const written = (await options.app.invariants?.())?.default.written;
  if (written === undefined) return;
  const wanted = await writesOf(recorder.samples, side.name);
  if (wanted.length === 0) return;
  await using snapshots = new Snapshots(side.deployment.stores(), signal);
  const found = await written({
    sql: (module, text, values) => snapshots.sql(module, text, values),
    now: () => new Date(Date.now() + side.deployment.clockOffsetMs),
    progress: () => {},
  });
  const counts = new Map<string, number>();
  for (const id of found) counts.set(id, (counts.get(id) ?? 0) + 1);
  const t = recorder.now();
  for (const writeId of new Set(wanted))
    recorder.write({ type: "read", column: side.name, t, writeId, found: counts.get(writeId) ?? 0 });
}

/** Ids of what one column's users wrote, or tried to. */
async function writesOf(file: string, column: string): Promise<string[]> {
  const ids: string[] = [];
  for await (const text of createInterface({ input: createReadStream(file) })) {
    // Nearly all lines are samples, which are arrays.
    if (!text.startsWith('{"type":"write"')) continue;
    const line = JSON.parse(text) as WriteLine;
    if (line.column === column) ids.push(line.writeId);
  }
  return ids;
}
