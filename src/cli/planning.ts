import { parseHypotheses } from "../compare/hypotheses.ts";
import {
  columnOf,
  defaultColumns,
  defaultWindows,
  planDuration,
  quickWindows,
  repetitionsWithin,
  type ColumnSpec,
  type ExperimentOptions,
  type FaultWish,
} from "../compare/experiment.ts";
import type { Prepared } from "../compare/experiment/prepare.ts";
import { SeamlineError } from "../contract/errors.ts";
import { kindOf } from "../faults/kinds.ts";
import type { App } from "../module/app.ts";
import type { Args } from "./args.ts";
import { rootOf } from "./deploying.ts";
import type { Messages } from "./messages/en.ts";
import { runsBelow } from "./recordings.ts";
import type { Output } from "./reporting.ts";
import { resolveTopology, topologyNames, type ResolvedApp } from "./resolve.ts";

/** From a command line to an experiment. */

/** Requests a second. More is too much for larger apps on two cores; fewer make the ranges wide. */
const defaultRate = "20";

/** Without `--runs` an experiment has as many repetitions as fit into this, between 2 and 5. */
const budgetMs = 600_000;

export type Plan = Omit<ExperimentOptions, "signal" | "onProgress"> & { readonly plannedMs: number };

/** @throws SeamlineError `usage`, `topology_unknown`, `topology_invalid` that says what there is */
export async function planFrom({ app, appUrl }: ResolvedApp, args: Args, t: Messages): Promise<Plan> {
  const quick = args.has("quick");
  const most = {
    app,
    appUrl,
    columns: await columnsFrom(app, args.value("columns"), t),
    scenario: scenarioFrom(app, args.value("scenario"), t),
    faults: faultsFrom(app, args.values("fault"), quick, t),
    rate: positive("rate", args.value("rate") ?? defaultRate, t),
    windows: quick ? quickWindows : defaultWindows,
    together: quick,
    seed: args.value("seed") ?? "1",
    runs: runsBelow(rootOf(args)),
    command: `seamline compare ${quoted(process.argv.slice(3))}`,
  };
  const asked = args.value("runs");
  const otherwise = quick ? 1 : repetitionsWithin(budgetMs, most);
  const repetitions = asked === undefined ? otherwise : whole("runs", asked, t);
  return { ...most, repetitions, plannedMs: planDuration({ ...most, repetitions }) };
}

/** @throws SeamlineError `hypotheses_invalid` for what the recording will not have */
export function checkHypotheses({ columns }: Plan, { features, faults }: Prepared, { hypotheses }: Output): void {
  if (hypotheses !== null) parseHypotheses(hypotheses.text, { features, columns, faults }, hypotheses.file);
}

/** "monolith, microservices naive, ./mine.ts" */
async function columnsFrom(app: App, words: string | undefined, t: Messages): Promise<readonly ColumnSpec[]> {
  if (words === undefined) return defaultColumns(app);
  const columns: ColumnSpec[] = [];
  for (const word of words.split(",").map((each) => each.trim())) {
    if (word === "") throw new SeamlineError("usage", t.comparing.columnsEmpty(words));
    columns.push(await columnFrom(app, word));
  }
  return columns;
}

/** A topology with guards, or as it is: "monolith naive", "monolith-naive", "monolith", "./mine.ts". */
async function columnFrom(app: App, word: string): Promise<ColumnSpec> {
  const [, plain = word, guards] = /^(.+)[ -](naive|guarded)$/.exec(word) ?? [];
  const own = guards === undefined || topologyNames(app).includes(word);
  const { name, topology } = await resolveTopology(app, own ? word : plain.trim());
  if (!own) return columnOf(name, topology, guards as "naive" | "guarded");
  return { name: `${name} ${topology.guards}`, topologyName: name, topology };
}

function scenarioFrom(app: App, asked: string | undefined, t: Messages): string {
  const scenario = asked ?? Object.keys(app.scenarios)[0];
  if (scenario === undefined) throw new SeamlineError("usage", t.scenarioNone(app.name));
  return scenario;
}

/** What is broken where nobody says what: the last module that the app names. */
function faultsFrom(app: App, words: readonly string[], quick: boolean, t: Messages): FaultWish[] {
  if (words.length === 0) {
    const target = Object.keys(app.modules).at(-1)!;
    return (quick ? ["crash"] : ["crash", "db-locked"]).map((kind) => ({ kind, target }));
  }
  if (words.length === 1 && words[0] === "none") return [];
  return words.map((word) => faultFrom(word, t));
}

/** "crash:reviews", "latency:web>board:ms=50:jitter=5". */
function faultFrom(word: string, t: Messages): FaultWish {
  const [name = "", target = "", ...more] = word.split(":");
  if (name === "" || target === "") throw new SeamlineError("usage", t.comparing.faultShape(word));
  const known = Object.keys(kindOf(name).parameters.shape);
  const parameters = Object.fromEntries(more.map((text) => parameterFrom(text, known, word, t)));
  return { kind: name, target, parameters };
}

/** A parameter may be called as the option of `seamline fault`: jitter for jitterMs. */
function parameterFrom(text: string, known: readonly string[], word: string, t: Messages): [string, string] {
  const [, name = "", value = ""] = /^(\w+)=(.+)$/.exec(text) ?? [];
  if (name === "") throw new SeamlineError("usage", t.comparing.faultOption(word, text));
  return [known.find((each) => each === `${name}Ms`) ?? name, value];
}

function positive(flag: "rate", value: string, t: Messages): number {
  if (!(Number(value) > 0) || !Number.isFinite(Number(value))) throw new SeamlineError("usage", t.rateInvalid(value));
  return Number(value);
}

function whole(flag: "runs", value: string, t: Messages): number {
  if (!/^[1-9]\d?$/.test(value)) throw new SeamlineError("usage", t.comparing.runsInvalid(value));
  return Number(value);
}

/** Words as a shell takes them. */
function quoted(words: readonly string[]): string {
  return words.map((word) => (/^[\w./:=,@-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(" ");
}
