import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { SeamlineError } from "../contract/errors.ts";
import { outcomes, type Outcome } from "./outcome.ts";
import { isSample, lineSchema, recordingVersion, runSchema } from "./recording.ts";
import type { EventLine, RunLine, SampleLine } from "./recording.ts";

/** One request of a user. */
export interface Sample {
  readonly column: number;
  readonly feature: number;
  readonly intended: number;
  readonly lateMs: number;
  readonly latencyMs: number;
  readonly outcome: Outcome;
  readonly status: number;
  /** "": did without nothing. */
  readonly degradedParts: string;
  readonly traceId: string;
}

type Others = Exclude<EventLine, RunLine>;
type Lines = { readonly [T in Others["type"]]: Extract<Others, { type: T }>[] };

/** A recording in memory: its lines by type, each in the order of the file. */
export interface Recording extends Lines {
  readonly run: RunLine;
  readonly samples: Sample[];
  /** Files whose last line was torn and has been left out. */
  readonly torn: readonly string[];
}

/**
 * Reads the recording in a directory, or in one `events.ndjson` with the files beside it.
 * @throws SeamlineError `recording_invalid` that names the file and the line
 */
export async function readRecording(path: string): Promise<Recording> {
  const [first, ...more] = await filesOf(path);
  const torn: string[] = [];
  const lines = linesOf(first!, torn);
  const { value, done } = await lines.next();
  if (done) throw invalid(first!, 1, "it is empty");
  const recording = emptyRecording(readRun(value, first!), torn);
  let number = 1;
  for await (const line of lines) put(recording, line, first!, (number += 1));
  for (const file of more) {
    number = 0;
    for await (const line of linesOf(file, torn)) put(recording, line, file, (number += 1));
  }
  return recording;
}

/** Only what a recording says about itself, from its first line. @throws SeamlineError `recording_invalid` */
export async function readRunLine(path: string): Promise<RunLine> {
  const [file] = await filesOf(path);
  for await (const line of linesOf(file!, [])) return readRun(line, file!);
  throw invalid(file!, 1, "it is empty");
}

async function filesOf(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => null);
  const directory = found?.isDirectory() ? path : dirname(path);
  const events = found?.isDirectory() ? join(path, "events.ndjson") : path;
  const names = await readdir(directory).catch((): string[] => []);
  if (!names.includes(basename(events)))
    throw new SeamlineError("recording_invalid", `no recording at ${events}; give the directory of a run`, {
      data: { path },
    });
  const samples = names.filter((name) => /^samples-.*\.ndjson$/.test(name) && name !== basename(events));
  return [events, ...samples.sort().map((name) => join(directory, name))];
}

/** The parsed lines of a file. A last line without its end, if it is no JSON, is torn and left out. */
async function* linesOf(file: string, torn: string[]): AsyncGenerator<unknown, void, undefined> {
  let rest = "";
  let number = 0;
  for await (const chunk of createReadStream(file, { encoding: "utf8", highWaterMark: 1 << 18 })) {
    const lines = (rest + (chunk as string)).split("\n");
    rest = lines.pop()!;
    for (const line of lines) yield parsed(line, file, (number += 1));
  }
  if (rest === "") return;
  let last: unknown;
  try {
    last = JSON.parse(rest);
  } catch {
    torn.push(file);
    return;
  }
  yield last;
}

function parsed(line: string, file: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw invalid(file, number, "it is not JSON", cause);
  }
}

function readRun(line: unknown, file: string): RunLine {
  const { type, version } = (line ?? {}) as Record<string, unknown>;
  if (type !== "run") throw invalid(file, 1, `a recording begins with a line of type "run"`);
  if (version !== recordingVersion)
    throw new SeamlineError(
      "recording_invalid",
      `${file} is a recording of version ${String(version)}; this Seamline reads version ${recordingVersion}. ` +
        "Use the Seamline that made it, or run the experiment again.",
      { data: { file, version } },
    );
  const run = runSchema.safeParse(line);
  if (!run.success) throw invalid(file, 1, z.prettifyError(run.error));
  return run.data;
}

function emptyRecording(run: RunLine, torn: readonly string[]): Recording {
  const lines = { window: [], fault: [], generator: [], process: [], start: [], seam: [], write: [], read: [] };
  return { run, torn, samples: [], ...lines, look: [], invariants: [], end: [] };
}

function put(recording: Recording, line: unknown, file: string, number: number): void {
  const { columns, features } = recording.run;
  if (isSample(line, columns.length, features.length)) {
    recording.samples.push(toSample(line));
    return;
  }
  const event = lineSchema.safeParse(line);
  if (!event.success)
    throw invalid(file, number, Array.isArray(line) ? "a sample is not well formed" : z.prettifyError(event.error));
  if (event.data.type === "run") throw invalid(file, number, "a second line of type run");
  known(recording.run, event.data, file, number);
  (recording[event.data.type] as Others[]).push(event.data);
}

/** What a line speaks of must be in the run line: a report would leave it out in silence. */
function known(run: RunLine, line: Others, file: string, number: number): void {
  if ("column" in line && !run.columns.some(({ name }) => name === line.column))
    throw invalid(file, number, `the run has no column "${line.column}"`);
  const fault = line.type === "window" ? line.fault : line.type === "fault" ? line.id : null;
  if (fault !== null && !run.faults.some(({ id }) => id === fault))
    throw invalid(file, number, `the run has no fault "${fault}"`);
}

function toSample([, column, feature, intended, lateMs, latencyMs, outcome, status, parts, trace]: SampleLine): Sample {
  const [degradedParts, traceId] = [parts ?? "", trace ?? ""];
  return { column, feature, intended, lateMs, latencyMs, outcome: outcomes[outcome]!, status, degradedParts, traceId };
}

function invalid(file: string, line: number, why: string, cause?: unknown): SeamlineError {
  return new SeamlineError("recording_invalid", `${file}, line ${line}: ${why}`, { data: { file, line }, cause });
}
