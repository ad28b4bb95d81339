import { appendFileSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { signal } from "./identity.ts";

/**
 * What has been done to the deployment and not been undone, in `faults.ndjson` of its directory. A line is written before
 * the deed: whoever reads it undoes at worst what was never done. Only what outlives its maker is in it, which is signals:
 * proxies, sessions of databases and holds end with whoever made them.
 *
 *     {"event":"begun","id":"f1","kind":"hang","target":"board","until":1790000000000}
 *     {"event":"undo","id":"f1","signal":"SIGCONT","pid":4711,"start":"0f3a…:8812"}
 *     {"event":"healed","id":"f1"}
 */
const Line = z.discriminatedUnion("event", [
  z.object({ event: z.literal("begun"), id: z.string(), kind: z.string(), target: z.string(), until: z.number() }),
  z.object({
    event: z.literal("undo"),
    id: z.string(),
    /** CONT for what was stopped; INT for a tracer, which lets go. */
    signal: z.enum(["SIGCONT", "SIGINT"]),
    pid: z.int().positive(),
    start: z.string(),
  }),
  z.object({ event: z.literal("healed"), id: z.string() }),
]);
export type JournalLine = z.infer<typeof Line>;
export type UndoLine = Extract<JournalLine, { event: "undo" }>;

export function journalOf(directory: string): string {
  return join(directory, "faults.ndjson");
}

export function note(path: string, ...lines: readonly JournalLine[]): void {
  // First the end of a line that a kill may have torn.
  appendFileSync(path, lines.map((line) => `\n${JSON.stringify(line)}\n`).join(""), { mode: 0o600 });
}

/** Faults that are not healed: by id, when they end and what undoes them. */
export function open(path: string): Map<string, { until: number; undo: UndoLine[] }> {
  const found = new Map<string, { until: number; undo: UndoLine[] }>();
  for (const line of read(path)) {
    // Twice begun: the second time says when it really ends.
    if (line.event === "begun") found.set(line.id, { until: line.until, undo: found.get(line.id)?.undo ?? [] });
    else if (line.event === "undo") found.get(line.id)?.undo.push(line);
    else found.delete(line.id);
  }
  return found;
}

/** Undoes what the journal still has and is to have ended by `before`. @returns ids. May be called twice. */
export function healJournal(path: string, before = Infinity): string[] {
  const due = [...open(path)].filter(([, { until }]) => until <= before);
  for (const [id, { undo }] of due) {
    undoAll(undo);
    note(path, { event: "healed", id });
  }
  return due.map(([id]) => id);
}

/** The last that was stopped goes on first. A process that has ended meanwhile needs nothing. */
export function undoAll(lines: readonly UndoLine[]): void {
  for (const line of lines.toReversed()) {
    try {
      signal(line, line.signal);
    } catch {
      // It is another user's by now, so it cannot be the one that was stopped.
    }
  }
}

/** Heals what is left of a life before and begins anew. */
export function beginJournal(path: string): void {
  healJournal(path);
  rmSync(path, { force: true });
}

function read(path: string): JournalLine[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return [];
  }
  return text.split("\n").flatMap((line) => {
    try {
      return [Line.parse(JSON.parse(line))];
    } catch {
      return []; // empty, torn by a kill, or not ours: nothing was done after it was written
    }
  });
}
