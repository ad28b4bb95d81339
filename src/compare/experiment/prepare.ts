import { isDeepStrictEqual } from "node:util";
import { SeamlineError } from "../../contract/errors.ts";
import { imaginedSubject } from "../../deploy/imagined.ts";
import { parametersOf } from "../../faults/controller.ts";
import type { Kind, TargetType } from "../../faults/faults.ts";
import { kindOf } from "../../faults/kinds.ts";
import { thisMachine } from "../../faults/probe.ts";
import { resolve } from "../../faults/targets.ts";
import { loadGraph, throwProblems, type AppGraph } from "../../module/graph.ts";
import type { Scenario } from "../../module/scenario.ts";
import { assertPossible } from "../../load/schedule.ts";
import { checkTopology } from "../../topology/check.ts";
import type { ExperimentOptions, FaultWish } from "./options.ts";
import { longestLoadMs } from "./plan.ts";

/** Everything that an experiment asks for, found and understood before anything is started. */
export interface Prepared {
  readonly graph: AppGraph;
  readonly scenario: Scenario;
  /** Features that the scenario uses, in the order of samples. */
  readonly features: readonly PlannedFeature[];
  readonly faults: readonly PlannedFault[];
  /** Of the generated data that every column is filled with; null: the app has none. */
  readonly size: string | null;
  /** proxied where a fault strikes a link. Then it is so in every column. */
  readonly links: "direct" | "proxied";
  readonly codeFaults: boolean;
}

export interface PlannedFeature {
  readonly name: string;
  readonly says: { readonly en: string; readonly ko: string };
  readonly weight: number;
  readonly promiseMs: number;
}

export interface PlannedFault {
  /** "crash:reviews"; with its parameters where only they tell two apart. */
  readonly id: string;
  readonly kind: string;
  readonly target: string;
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
  readonly strikes: TargetType;
  /** By column: why there is nothing there for it to strike. */
  readonly missing: ReadonlyMap<string, string>;
}

/** @throws SeamlineError `usage`, `app_invalid`, `topology_invalid` or `fault_refused` */
export async function prepare(options: ExperimentOptions): Promise<Prepared> {
  assertNumbers(options);
  const { app, appUrl } = options;
  const graph = await loadGraph(app, appUrl);
  throwProblems(`app "${app.name}"`, graph.problems);
  assertColumns(options, graph);
  const scenario = await scenarioOf(options);
  const kinds = options.faults.map(({ kind }) => kindOf(kind));
  for (const kind of kinds) await assertDoable(kind);
  const apart = kinds.some(({ targets }) => targets.some((type) => type === "link" || type === "edge"));
  return {
    graph,
    scenario,
    features: featuresOf(options, scenario),
    faults: options.faults.map((wish) => plannedFault(wish, options, graph)),
    size: await sizeOf(options),
    links: apart ? "proxied" : "direct",
    codeFaults: kinds.some(({ code }) => code === true),
  };
}

function refuse(message: string, data?: unknown): never {
  throw new SeamlineError("usage", message, { data });
}

function assertNumbers(options: ExperimentOptions): void {
  const { rate, repetitions, windows } = options;
  if (!(rate > 0 && rate < Infinity)) refuse(`the rate is ${rate} requests/s; it must be more than 0`);
  if (!(Number.isInteger(repetitions) && repetitions >= 1))
    refuse(`repetitions is ${repetitions}; it must be a whole number, 1 or more`);
  for (const [name, ms] of Object.entries(windows) as [keyof typeof windows, number][]) {
    const least = leastMs[name];
    if (!(ms >= least && ms <= 3_600_000)) refuse(`windows.${name} is ${ms} ms; it must be ${least} ms to an hour`);
  }
  assertPossible(rate, longestLoadMs(windows));
}

/** A recovery shorter than 5 s cannot show that users were served well for 5 s. */
const leastMs = {
  ...{ warmupMs: 0, baselineMs: 500, graceMs: 0, faultMs: 500 },
  ...{ leadMs: 0, recoveryMs: 5000, idleMs: 0, hangMs: 500 },
};

function assertColumns({ columns }: ExperimentOptions, graph: AppGraph): void {
  if (columns.length === 0) refuse("a comparison needs a column; name one or more");
  const seen = new Set<string>();
  for (const { name, topology } of columns) {
    if (seen.has(name)) refuse(`two columns are called "${name}"; rename one`);
    seen.add(name);
    throwProblems(`column "${name}"`, checkTopology(graph, topology));
    const serves = Object.values(topology.processes).some(({ port }) => port !== undefined);
    if (!serves) refuse(`column "${name}" has no HTTP port, so no user can come to it; give a process a port`);
  }
}

async function scenarioOf({ app, scenario: name }: ExperimentOptions): Promise<Scenario> {
  const load = app.scenarios[name];
  const known = Object.keys(app.scenarios).join(", ") || "none";
  if (load === undefined)
    refuse(`the app "${app.name}" has no scenario "${name}"; it has ${known}`, { scenario: name });
  return (await load()).default;
}

function featuresOf({ app, scenario: name }: ExperimentOptions, scenario: Scenario): PlannedFeature[] {
  const shares = sharesOf(scenario);
  for (const feature of shares.keys())
    if (!(feature in app.features))
      throw new SeamlineError(
        "app_invalid",
        `scenario "${name}": there is no feature "${feature}"; the app has ${Object.keys(app.features).join(", ") || "none"}`,
      );
  return Object.entries(app.features).flatMap(([feature, { says, promiseMs }]) => {
    const weight = shares.get(feature);
    return weight === undefined ? [] : [{ name: feature, says, promiseMs, weight }];
  });
}

/** How often each feature is asked for in a visit of somebody who comes for the first time. */
function sharesOf({ steps, visit }: Scenario): Map<string, number> {
  const shares = new Map<string, number>();
  const all = Object.values(steps).reduce((sum, { weight }) => sum + weight, 0);
  const add = (feature: string, share: number): void => void shares.set(feature, (shares.get(feature) ?? 0) + share);
  for (const { feature, weight } of Object.values(steps)) add(feature, all === 0 ? 0 : (visit.steps * weight) / all);
  for (const step of visit.first ?? []) add(steps[step]!.feature, 1);
  const sum = [...shares.values()].reduce((total, share) => total + share, 0);
  return new Map([...shares].map(([feature, share]) => [feature, Math.round((share / sum) * 10_000) / 10_000]));
}

async function assertDoable(kind: Kind): Promise<void> {
  const why = await kind.can(thisMachine);
  if (why !== null)
    throw new SeamlineError("fault_refused", `${kind.kind} cannot be done here: ${why}`, { data: { kind: kind.kind } });
}

function plannedFault(wish: FaultWish, options: ExperimentOptions, graph: AppGraph): PlannedFault {
  const kind = kindOf(wish.kind);
  const { graceMs, faultMs } = options.windows;
  const parameters = parametersOf(kind, { ...wish, forMs: graceMs + faultMs }) as PlannedFault["parameters"];
  const missing = new Map<string, string>();
  const found = new Set<TargetType>();
  let refused: unknown;
  for (const { name, topology } of options.columns)
    try {
      found.add(resolve(kind, wish.target, imaginedSubject(topology, graph)).type);
    } catch (error) {
      refused = error;
      missing.set(name, (error as Error).message);
    }
  const [strikes] = found;
  if (strikes === undefined) throw refused;
  return { id: idOf(wish, options.faults), kind: kind.kind, target: wish.target, parameters, strikes, missing };
}

/** Short, and different from all others'. */
function idOf(wish: FaultWish, all: readonly FaultWish[]): string {
  const { kind, target, parameters = {} } = wish;
  const same = all.filter((other) => other.kind === kind && other.target === target);
  if (same.length === 1) return `${kind}:${target}`;
  const given = Object.entries(parameters).map(([name, value]) => `:${name}=${String(value)}`);
  if (same.filter((other) => isDeepStrictEqual(other.parameters ?? {}, parameters)).length > 1)
    refuse(`the fault ${kind}:${target}${given.join("")} is asked for twice; leave one out`);
  return `${kind}:${target}${given.join("")}`;
}

/** The smallest, which every column can hold. */
async function sizeOf({ app }: ExperimentOptions): Promise<string | null> {
  if (app.seed === null) return null;
  const { sizes, first } = (await app.seed()).default;
  return sizes.includes("XS") ? "XS" : (first ?? sizes[0] ?? null);
}
