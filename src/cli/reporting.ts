import { access, constants, readFile, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { inColumns } from "../compare/columns.ts";
import { toHtml } from "../compare/html.ts";
import { failings, judge, parseHypotheses, refutedFirst, type Judgement } from "../compare/hypotheses.ts";
import { makeReport, type Report } from "../compare/report.ts";
import { sentence } from "../compare/sentences.ts";
import { toText } from "../compare/text.ts";
import { warnings } from "../compare/warnings.ts";
import { SeamlineError } from "../contract/errors.ts";
import { readRecording } from "../record/reader.ts";
import type { Args } from "./args.ts";
import { rootOf } from "./deploying.ts";
import { runsBelow } from "./recordings.ts";
import type { Terminal } from "./terminal.ts";

/** From a recording to what is printed, written and returned. */

/** What a report is to become; read before anything starts, so that nothing is measured in vain. */
export interface Output {
  readonly json: boolean;
  /** Path of the page to write; null: none. */
  readonly html: string | null;
  /** The file and what is in it; null: none. */
  readonly hypotheses: { readonly file: string; readonly text: string } | null;
}

/** Hypotheses that do not hold, and figures that are none, are told apart from what went wrong (1) and was asked wrongly (2). */
export const exitCodes = { fine: 0, refuted: 3, invalid: 4 } as const;

/** @throws SeamlineError `usage` for a file that cannot be read or written */
export async function readOutput(args: Args, { t }: Terminal): Promise<Output> {
  const [html, file] = [args.value("html"), args.value("hypotheses")];
  if (html !== undefined) {
    const why = await whyNotWritable(html);
    if (why !== null) throw new SeamlineError("usage", t.comparing.htmlNowhere(html, why));
  }
  const json = args.has("json");
  return { json, html: html ?? null, hypotheses: file === undefined ? null : { file, text: await read(file, t) } };
}

async function whyNotWritable(path: string): Promise<string | null> {
  const found = await stat(path).catch(() => null);
  if (found?.isDirectory()) return "it is a directory";
  const place = found === null ? dirname(resolve(path)) : path;
  return access(place, constants.W_OK).then(
    () => null,
    (error: Error) => error.message,
  );
}

async function read(file: string, t: Terminal["t"]): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new SeamlineError("usage", t.comparing.fileUnreadable("--hypotheses", file, (error as Error).message));
  }
}

/**
 * Makes the report of a recording, prints and writes it.
 *
 * @returns the exit code @throws SeamlineError `recording_invalid`, `hypotheses_invalid`
 */
export async function report(directory: string, output: Output, args: Args, screen: Terminal): Promise<number> {
  const recording = await readRecording(directory);
  const { html, hypotheses } = output;
  const asked = hypotheses === null ? [] : parseHypotheses(hypotheses.text, recording.run, hypotheses.file);
  const made = makeReport(recording);
  const judged = judge(made, asked);
  if (html !== null) await writeFile(html, await toHtml(made, screen.language, judged));
  if (output.json) printJson(made, judged, directory, html, screen);
  else print(made, judged, directory, html, args, screen);
  return exitCode(made, judged);
}

/** What is refuted stays so however the rest was measured; what was not measured well enough refutes nothing. */
function exitCode({ columns, complete }: Report, judged: readonly Judgement[]): number {
  if (judged.some(({ columns: each }) => each.some(({ verdict }) => verdict === "fails"))) return exitCodes.refuted;
  if (!complete || columns.some(({ validity }) => !validity.valid)) return exitCodes.invalid;
  return judged.every(({ holds }) => holds) ? exitCodes.fine : exitCodes.refuted;
}

function printJson(
  made: Report,
  judged: readonly Judgement[],
  directory: string,
  html: string | null,
  screen: Terminal,
): void {
  const meaning = made.faults.map((fault) => ({ fault: fault.id, ...sentence(made, fault) }));
  screen.json({ type: "report", directory, html, meaning, hypotheses: judged, report: made });
}

function print(
  made: Report,
  judged: readonly Judgement[],
  directory: string,
  html: string | null,
  args: Args,
  screen: Terminal,
): void {
  const { t, language, paint, out } = screen;
  out(toText(made, { language, definitions: true, heading: paint.bold }));
  out(`\n${paint.bold(t.comparing.meaning)}\n${meaning(made, screen)}`);
  if (judged.length > 0) out(`\n${hypothesesText(judged, screen)}`);
  const warned = warnings(made, language);
  if (warned.length > 0) out(`\n${warned.map(paint.red).join("\n")}`);
  out(`\n${again(directory, args, t, html)}`);
}

/** Where a recording lies, and what makes its report again. */
export function again(directory: string, args: Args, t: Terminal["t"], html: string | null = null): string {
  return inColumns([
    [t.comparing.recordingIn, shownPath(directory)],
    ...(html === null ? [] : [[t.comparing.pageIn, html]]),
    [t.comparing.again, `seamline compare --from ${wordFor(directory, args)}`],
  ]);
}

function meaning(made: Report, { language, paint, t }: Terminal): string {
  if (made.faults.length === 0) return t.comparing.meaningNone;
  return made.faults.map((fault) => `${paint.bold(fault.id)}: ${sentence(made, fault)[language]}`).join("\n");
}

function hypothesesText(judged: readonly Judgement[], { t, paint, language }: Terminal): string {
  const holding = judged.filter(({ holds }) => holds).length;
  const lines = refutedFirst(judged).flatMap((judgement) => {
    const { hypothesis, holds } = judgement;
    const head = `${holds ? paint.green("✓") : paint.red("✗")} ${hypothesis.text}`;
    return [head, ...failings(judgement, language).map((each) => `    ${each}`)];
  });
  return [paint.bold(t.comparing.hypotheses(holding, judged.length)), ...lines].join("\n");
}

function shownPath(path: string): string {
  const near = relative(".", path);
  return near === "" || near.startsWith("..") ? resolve(path) : near;
}

/** What `--from` takes in this directory: the number of a run that lies where runs do, else its path. */
function wordFor(directory: string, args: Args): string {
  const data = args.value("data");
  const isBelow = resolve(directory) === join(runsBelow(rootOf(args)), basename(directory));
  if (!isBelow || !/^\d+$/.test(basename(directory))) return shownPath(directory);
  return `${basename(directory)}${data === undefined ? "" : ` --data ${data}`}`;
}
