import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Slices } from "../compare/slices.ts";
import { validity, type Distrust } from "../compare/validity.ts";
import { SeamlineError } from "../contract/errors.ts";
import { readRecording, type Recording } from "../record/reader.ts";
import type { RunLine } from "../record/recording.ts";
import { runNumbers } from "../record/writer.ts";
import type { Messages } from "./messages/en.ts";

/** Runs that were recorded, by the words of a command line: the number below `.seamline/runs`, or a path. */

export function runsBelow(root: string): string {
  return join(root, "runs");
}

/** @throws SeamlineError `usage` with the runs that there are */
export async function findRun(word: string, root: string, t: Messages): Promise<string> {
  const runs = runsBelow(root);
  const path = /^\d+$/.test(word) ? join(runs, word) : resolve(word);
  if (existsSync(path)) return path;
  throw new SeamlineError("usage", t.comparing.runUnknown(path, await runNumbers(runs), runs), { data: { run: word } });
}

/**
 * What can be said of a run in a line. `incomplete`: it goes on, or ended early; `unreadable`: nothing else is known of it.
 */
export type RunSummary = { readonly number: number; readonly directory: string; readonly sizeBytes: number } & (
  | { readonly state: "unreadable"; readonly why: string }
  | (RunFacts & { readonly state: "valid" })
  | (RunFacts & { readonly state: "incomplete"; readonly why: string })
  | (RunFacts & { readonly state: "invalid"; readonly columnsInvalid: readonly InvalidColumn[] })
);

type RunFacts = Pick<RunLine, "app" | "scenario" | "startedAt"> & {
  readonly columns: readonly string[];
  readonly faults: readonly string[];
};

interface InvalidColumn {
  readonly column: string;
  readonly why: readonly Distrust[];
}

/** All runs in a directory of runs, oldest first. */
export async function summaries(runs: string): Promise<RunSummary[]> {
  const found: RunSummary[] = [];
  // One after the other: each is read whole, and takes its size in memory.
  for (const number of await runNumbers(runs)) {
    const directory = join(runs, String(number));
    const place = { number, directory, sizeBytes: await sizeOf(directory) };
    try {
      found.push({ ...place, ...summary(await readRecording(directory)) });
    } catch (error) {
      if (!(error instanceof SeamlineError)) throw error;
      found.push({ ...place, state: "unreadable", why: error.message });
    }
  }
  return found;
}

type WithoutPlace<S> = S extends RunSummary ? Omit<S, "number" | "directory" | "sizeBytes"> : never;

function summary(recording: Recording): WithoutPlace<RunSummary> {
  const { app, scenario, startedAt, columns, faults } = recording.run;
  const names = { columns: columns.map(({ name }) => name), faults: faults.map(({ id }) => id) };
  const facts = { app, scenario, startedAt, ...names };
  const end = recording.end.at(-1);
  if (end?.complete !== true) return { ...facts, state: "incomplete", why: end?.why ?? "" };
  const slices = new Slices(recording);
  const columnsInvalid = names.columns.flatMap((column) => {
    const { valid, why } = validity(recording, slices, column);
    return valid ? [] : [{ column, why }];
  });
  return columnsInvalid.length === 0 ? { ...facts, state: "valid" } : { ...facts, state: "invalid", columnsInvalid };
}

async function sizeOf(directory: string): Promise<number> {
  const files = (await readdir(directory, { withFileTypes: true })).filter((entry) => entry.isFile());
  const sizes = await Promise.all(files.map(({ name }) => stat(join(directory, name))));
  return sizes.reduce((sum, { size }) => sum + size, 0);
}
