import { isDeepStrictEqual } from "node:util";
import { diff, diffTable, type Change } from "../../compare/diff.ts";
import { inColumns } from "../../compare/columns.ts";
import { makeReport, type Report } from "../../compare/report.ts";
import { whyInvalid } from "../../compare/tables.ts";
import { SeamlineError } from "../../contract/errors.ts";
import { readRecording } from "../../record/reader.ts";
import type { Args } from "../args.ts";
import type { Command } from "../command.ts";
import { rootOf } from "../deploying.ts";
import { findRun, runsBelow, summaries, type RunSummary } from "../recordings.ts";
import { megabytes, type Terminal } from "../terminal.ts";

export const command: Command = {
  name: "runs",
  positionals: ["[RUN]", "[RUN]"],
  flags: { all: {}, data: { value: "DIR" }, json: {} },
  examples: ["seamline runs", "seamline runs 3 7", "seamline runs 7 ./from-elsewhere/3 --all --json"],
  async run(args, screen) {
    const [before, after] = args.positionals;
    if (before === undefined) return list(args, screen);
    if (after === undefined) throw new SeamlineError("usage", screen.t.comparing.runsTwo);
    return differ([before, after], args, screen);
  },
};

async function list(args: Args, screen: Terminal): Promise<number> {
  const runs = runsBelow(rootOf(args));
  const found = await summaries(runs);
  if (args.has("json")) screen.json(found);
  else if (found.length === 0) screen.out(screen.t.comparing.runsNone(runs));
  else screen.out(found.map((run) => describe(run, screen)).join("\n"));
  return 0;
}

function describe(run: RunSummary, screen: Terminal): string {
  const { paint, t } = screen;
  const head = [paint.bold(String(run.number).padStart(4))];
  const size = sizeText(run.sizeBytes);
  if (run.state === "unreadable") return [...head, stateOf(run, screen), paint.dim(size)].join("  ");
  const { startedAt, app, scenario, columns, faults } = run;
  const when = startedAt.slice(0, 16).replace("T", " ");
  const what = `${columns.join(", ")}; ${faults.length === 0 ? t.comparing.noFaults : faults.join(", ")}`;
  return [
    [...head, when, `${app} · ${scenario}`, stateOf(run, screen), paint.dim(size)].join("  "),
    `      ${paint.dim(what)}`,
  ].join("\n");
}

function sizeText(bytes: number): string {
  return bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} kB` : megabytes(bytes);
}

function stateOf(run: RunSummary, { paint, language, t }: Terminal): string {
  const said = t.comparing.runStates[run.state];
  if (run.state === "valid") return paint.green(said);
  if (run.state !== "invalid") return paint.yellow(run.why === "" ? said : `${said}: ${run.why}`);
  const columns = run.columnsInvalid.map(({ column, why }) => `${column} (${whyInvalid(why, language)})`);
  return paint.red(`${said}: ${columns.join(", ")}`);
}

async function differ(words: readonly [string, string], args: Args, screen: Terminal): Promise<number> {
  const root = rootOf(args);
  const read = async (word: string): Promise<Report> =>
    makeReport(await readRecording(await findRun(word, root, screen.t)));
  const [before, after] = [await read(words[0]), await read(words[1])];
  const changes = diff(before, after);
  const differently = madeDifferently(before, after);
  if (args.has("json"))
    screen.json({ before: before.run, after: after.run, madeDifferently: Object.keys(differently), changes });
  else print(changes, differently, { before, after }, args, screen);
  return 0;
}

/** What must be alike where a difference is to be the program's. */
const conditions = ["app", "scenario", "rate", "seed", "repetitions", "machine", "versions", "git"] as const;
type Condition = (typeof conditions)[number];

function madeDifferently(before: Report, after: Report): Partial<Record<Condition, readonly [string, string]>> {
  const differing = conditions.filter((name) => !isDeepStrictEqual(before.run[name], after.run[name]));
  return Object.fromEntries(
    differing.map((name) => [name, [before, after].map(({ run }) => shown(run[name]))] as const),
  ) as Partial<Record<Condition, readonly [string, string]>>;
}

function shown(value: Report["run"][Condition]): string {
  if (value === null) return "–";
  if (typeof value !== "object") return String(value);
  return Object.entries(value)
    .map(([key, each]) => `${key} ${each}`)
    .join(", ");
}

interface Sides {
  readonly before: Report;
  readonly after: Report;
}

function print(
  changes: readonly Change[],
  differently: ReturnType<typeof madeDifferently>,
  sides: Sides,
  args: Args,
  { out, paint, t, language }: Terminal,
): void {
  const { before, after } = sides;
  out(inColumns([runOf(before, t.comparing.before), runOf(after, t.comparing.after)]));
  const made = Object.entries(differently).map(([name, [a, b]]) => [
    `  ${t.comparing.madeWith[name as Condition]}`,
    `${a} → ${b}`,
  ]);
  if (made.length > 0) out(`\n${paint.yellow(t.comparing.madeDifferently)}\n${inColumns(made)}`);
  if ([before, after].some(({ run }) => run.repetitions < 2)) out(`\n${paint.yellow(t.comparing.oneRepetition)}`);
  const { rows, head } = diffTable(chosen(changes, sides, args.has("all")), language);
  if (rows.length > 0) out(`\n${inColumns([head.map(paint.dim), ...rows])}`);
  const count = (kind: Change["change"]): number => changes.filter(({ change }) => change === kind).length;
  out(`\n${paint.bold(t.comparing.changes(count("worse"), count("better"), count("none"), count(null)))}`);
  if (rows.length < changes.length) out(paint.dim(t.comparing.changesLeftOut));
}

function runOf({ run }: Report, name: string): string[] {
  return [name, run.id, run.startedAt.slice(0, 16).replace("T", " "), `${run.app} · ${run.scenario}`];
}

/** What is worse comes first. Left out, if not all is asked for: no difference, and what only one of the runs had. */
function chosen(changes: readonly Change[], { before, after }: Sides, all: boolean): Change[] {
  const order = ["worse", "better", null, "none"] as const;
  const sorted = order.flatMap((kind) => changes.filter(({ change }) => change === kind));
  if (all) return sorted;
  const inBoth = ({ measure: { column, fault } }: Change): boolean =>
    [before, after].every(
      ({ columns, faults }) =>
        columns.some(({ name }) => name === column) && (fault === null || faults.some(({ id }) => id === fault)),
    );
  return sorted.filter((change) => change.change !== "none" && inBoth(change));
}
