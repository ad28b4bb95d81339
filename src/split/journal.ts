import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import type { MoveOptions, Side, Step } from "./split.ts";

/**
 * The file that remembers a move, so that somebody who comes later knows that there is something to be continued, and
 * between which places. What has happened is asked of the databases; but for one case: when the source is gone after
 * the commit point, `committed` is the only witness. Passwords are not in it.
 */
const Place = z.object({ host: z.string(), port: z.number(), database: z.string(), schema: z.string() });

const JournalSchema = z.object({
  module: z.string(),
  method: z.enum(["replicate", "copy"]),
  from: Place,
  to: Place,
  step: z.string(),
  committed: z.boolean(),
  begunAt: z.string(),
  at: z.string(),
});

export type Journal = z.infer<typeof JournalSchema>;

/** null: there is none, or it is of another move. */
export async function readJournal({ journal, module, from, to }: MoveOptions): Promise<Journal | null> {
  if (journal === undefined) return null;
  const text = await readFile(journal, "utf8").catch(() => null);
  if (text === null) return null;
  const parsed = JournalSchema.safeParse(tryParse(text));
  if (!parsed.success) return null; // the databases know
  const same = parsed.data.module === module && isAt(parsed.data.from, from) && isAt(parsed.data.to, to);
  return same ? parsed.data : null;
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isAt(place: z.infer<typeof Place>, { address }: Side): boolean {
  return place.host === address.host && place.port === address.port && place.database === address.database;
}

/** Replaced in one step at each write. */
export async function writeJournal(
  options: MoveOptions,
  { step, committed, begunAt }: { step: Step; committed: boolean; begunAt: string },
): Promise<void> {
  const { journal, module, method = "replicate" } = options;
  if (journal === undefined) return;
  const place = ({ address: { host, port, database, schema } }: Side): Journal["from"] => ({
    ...{ host, port, database, schema },
  });
  const at = new Date().toISOString();
  const value: Journal = {
    ...{ module, method, from: place(options.from), to: place(options.to) },
    ...{ step, committed, begunAt, at },
  };
  await mkdir(dirname(journal), { recursive: true });
  const next = `${journal}.${process.pid}`;
  await writeFile(next, `${JSON.stringify(value, null, 2)}\n`);
  await rename(next, journal);
}

/** The move has ended, one way or the other. */
export async function removeJournal({ journal }: MoveOptions): Promise<void> {
  if (journal !== undefined) await rm(journal, { force: true });
}
