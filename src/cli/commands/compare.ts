import { runExperiment, type ExperimentOutcome } from "../../compare/experiment.ts";
import { inColumns } from "../../compare/columns.ts";
import { prepare, type Prepared } from "../../compare/experiment/prepare.ts";
import { SeamlineError } from "../../contract/errors.ts";
import type { Args } from "../args.ts";
import type { Command } from "../command.ts";
import { rootOf } from "../deploying.ts";
import { interrupts } from "../interrupts.ts";
import type { OptionName } from "../messages/en.ts";
import { checkHypotheses, planFrom, type Plan } from "../planning.ts";
import { findRun } from "../recordings.ts";
import { again, readOutput, report, type Output } from "../reporting.ts";
import { resolveApp } from "../resolve.ts";
import type { Terminal } from "../terminal.ts";
import { watch } from "../watching.ts";

/** Of a new run only. */
const ofRun = ["columns", "scenario", "fault", "rate", "runs", "quick", "seed"] as const satisfies OptionName[];

export const command: Command = {
  name: "compare",
  positionals: ["[APP]"],
  flags: {
    columns: { value: "LIST" },
    scenario: { value: "NAME" },
    fault: { value: "KIND:TARGET", many: true },
    rate: { value: "20" },
    runs: { value: "N" },
    quick: {},
    seed: { value: "WORDS" },
    hypotheses: { value: "FILE" },
    from: { value: "RUN" },
    html: { value: "FILE" },
    data: { value: "DIR" },
    json: {},
  },
  examples: [
    "seamline compare board --quick",
    "seamline compare stay --fault db-locked:reviews --fault crash:reviews --html report.html",
    "seamline compare board --columns 'monolith, ./mine.ts' --fault 'latency:web>board:ms=50' --rate 50 --runs 5",
    "seamline compare --from 3 --hypotheses hypotheses.txt --html report.html --lang ko",
  ],
  async run(args, screen) {
    const output = await readOutput(args, screen);
    const from = args.value("from");
    if (from === undefined) return experiment(output, args, screen);
    const excluded = ofRun.find((name) => args.has(name));
    const word = args.positionals[0] ?? (excluded && `--${excluded}`);
    if (word !== undefined) throw new SeamlineError("usage", screen.t.comparing.fromExcludes(word));
    return report(await findRun(from, rootOf(args), screen.t), output, args, screen);
  },
};

/** @returns the exit code */
async function experiment(output: Output, args: Args, screen: Terminal): Promise<number> {
  const { t, note } = screen;
  const [word] = args.positionals;
  if (word === undefined) throw new SeamlineError("usage", t.comparing.appMissing);
  const plan = await planFrom(await resolveApp(word), args, t);
  using interrupted = interrupts();
  const { signal } = interrupted;
  const watching = watch(plan, output.json, screen);
  const options = { ...plan, signal, onProgress: watching.show };
  const prepared = await prepare(options);
  checkHypotheses(plan, prepared, output);
  note(describe(plan, prepared, screen));
  signal.addEventListener("abort", () => watching.say(t.comparing.stopping), { once: true });
  const outcome = await runExperiment(options).finally(watching.end);
  if (interrupted.error() !== undefined) throw interrupted.error();
  return outcome.complete
    ? report(outcome.directory, output, args, screen)
    : ended(outcome, signal.aborted, args, screen);
}

/** Says where that is which was recorded until then. @returns the exit code */
function ended(
  { directory, why, cause }: ExperimentOutcome,
  isInterrupted: boolean,
  args: Args,
  { t, note, json }: Terminal,
): number {
  const where = `${t.comparing.recordedUntilThen}\n${again(directory, args, t)}`;
  if (args.has("json")) json({ type: "ended", directory, why });
  note(where);
  if (isInterrupted) return 130;
  throw cause instanceof Error ? cause : new SeamlineError("internal", why);
}

/** What will be done, and how long it takes. */
function describe(
  { app, scenario, rate, columns, repetitions, plannedMs }: Plan,
  { faults }: Prepared,
  { t, paint }: Terminal,
): string {
  const words = t.comparing.plan;
  const sides = columns.map(({ name, topology: { processes, data } }) =>
    words.column(name, Object.keys(processes).length, data),
  );
  const missing = faults.flatMap((fault) =>
    [...fault.missing.keys()].map((column) => t.comparing.missing(fault.id, column)),
  );
  const rows = [
    [words.columns, sides[0]!],
    ...sides.slice(1).map((side) => ["", side]),
    [words.faults, faults.length === 0 ? t.comparing.noFaults : faults.map(({ id }) => id).join(", ")],
    [words.turns, words.each(repetitions)],
    [words.time, words.about(t.comparing.duration(plannedMs))],
  ];
  return [
    paint.bold(words.title(app.name, scenario, rate)),
    inColumns(rows.map(([name, value]) => [`  ${paint.dim(name!)}`, value!])),
    ...missing.map(paint.yellow),
    words.ends,
  ].join("\n");
}
