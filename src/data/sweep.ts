import type { Line } from "./line.ts";

/**
 * Forgets commands and events that nobody will ask for again. A repetition after that would have its effect a second
 * time, so this is how long a caller may go on trying under one key.
 */
export const keepMs = 24 * 3_600_000;
/** Rows a statement removes at most, so that it is over in some ms. */
const sweepRows = 1000;

/** Removes rows older than `ageMs`, a bounded number of them. @returns whether there may be more */
export async function sweep(line: Line, ageMs: number): Promise<boolean> {
  let more = false;
  for (const [table, column] of [
    ["seamline_keys", "key"],
    ["seamline_inbox", "id"],
  ]) {
    const text = `delete from ${table} where ${column} in (
      select ${column} from ${table} where at < now() - $1 * interval '1 ms'
      order by at limit ${sweepRows} for update skip locked)`;
    const { rowCount } = await line.query(text, [ageMs]);
    more ||= rowCount === sweepRows;
  }
  return more;
}
