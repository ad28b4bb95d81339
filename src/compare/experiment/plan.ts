import type { App } from "../../module/app.ts";
import { microservices, monolith, topology, type Topology, type TopologyInput } from "../../topology/topology.ts";
import type { ColumnSpec, ExperimentOptions, Windows } from "./options.ts";

/** Who has a turn when, and how long it takes: known before anything starts. */

export const defaultWindows: Windows = {
  warmupMs: 5000,
  baselineMs: 10_000,
  leadMs: 1500,
  graceMs: 1000,
  faultMs: 5000,
  recoveryMs: 6000,
  idleMs: 500,
  hangMs: 10_000,
};

/** To see what it is like. The ranges of so few requests are wide. */
export const quickWindows: Windows = {
  warmupMs: 700,
  baselineMs: 1600,
  leadMs: 300,
  graceMs: 300,
  faultMs: 1500,
  recoveryMs: 5300,
  idleMs: 0,
  hangMs: 3000,
};

/** How much longer than `recoveryMs` users may need until they are served again. */
const recoveryStretch = 3;

export function longestRecoveryMs({ recoveryMs }: Windows): number {
  return recoveryMs * recoveryStretch;
}

/** How much later than asked for something may come without cutting the load short. */
export const slackMs = 10_000;

/** Of the two kinds of windows that the generator is asked for, one is longest. */
export function longestLoadMs(windows: Windows): number {
  return Math.max(baselineLoadMs(windows), faultLoadMs(windows));
}

export function baselineLoadMs({ warmupMs, baselineMs }: Windows): number {
  return warmupMs + baselineMs + slackMs;
}

export function faultLoadMs(windows: Windows): number {
  return windows.leadMs + windows.graceMs + windows.faultMs + longestRecoveryMs(windows) + slackMs;
}

/** {monolith, microservices} × {naive, guarded}, of the app's own topologies of these names where it has them. */
export function defaultColumns(app: App): ColumnSpec[] {
  const presets = { monolith, microservices };
  return Object.entries(presets).flatMap(([name, preset]) => {
    const given = (app.topologies[name] as TopologyInput | undefined) ?? preset(app);
    return [columnOf(name, given, "naive"), columnOf(name, given, "guarded")];
  });
}

/**
 * The same processes, naive or guarded. Naive is what the chapter's code does: one connection pool a process and one
 * database server for all, whatever the topology says of data.
 */
export function columnOf(
  topologyName: string,
  given: Topology | TopologyInput,
  guards: "naive" | "guarded",
): ColumnSpec {
  const input = given as TopologyInput;
  const data = guards === "naive" ? "shared-pool" : input.data;
  return { name: `${topologyName} ${guards}`, topologyName, topology: topology({ ...input, guards, data }) };
}

/** Places of the columns in the order of their turns: A-B-C-D, D-C-B-A, … */
export function orderOf(columns: number, repetition: number): number[] {
  const order = Array.from({ length: columns }, (_, at) => at);
  return repetition % 2 === 0 ? order : order.toReversed();
}

/** Rough times of a machine with two cores; what they tell is shown as "about". */
const processMs = 700;
const serverMs = 1500;
const seedMs = 1000;
const endMs = 1000;

type Planned = Pick<ExperimentOptions, "app" | "columns" | "faults" | "repetitions" | "windows" | "together">;

/** About how long an experiment takes, in ms, where users are served again within `recoveryMs`. */
export function planDuration(options: Planned): number {
  const { columns, repetitions } = options;
  const before = columns.reduce((sum, column) => sum + bringUpMs(column, options), 0);
  return before + columns.length * (repetitions * turnMs(options) + endMs);
}

/** The most repetitions, up to 5, with which an experiment fits into a time; 2 at least, because one has no range. */
export function repetitionsWithin(budgetMs: number, options: Omit<Planned, "repetitions">): number {
  const fits = [5, 4, 3].find((repetitions) => planDuration({ ...options, repetitions }) <= budgetMs);
  return fits ?? 2;
}

/** One column's turn. */
export function turnMs({ faults, windows }: Pick<Planned, "faults" | "windows">): number {
  const { warmupMs, baselineMs, leadMs, graceMs, faultMs, recoveryMs, idleMs } = windows;
  return warmupMs + baselineMs + faults.length * (leadMs + graceMs + faultMs + recoveryMs) + idleMs;
}

function bringUpMs({ topology: { processes, data } }: ColumnSpec, { app, together = false }: Planned): number {
  const started = Object.values(processes).reduce(
    (sum, { replicas }) => sum + replicas,
    Object.keys(app.programs).length,
  );
  const ms = started * processMs + serversOf(app, data) * serverMs + seedMs;
  // What starts at once still needs the same processors.
  return together ? ms / 2 : ms;
}

/** How many database servers a column has. */
export function serversOf(app: App, data: string): number {
  return data === "server-per-module" ? Object.keys(app.modules).length : 1;
}
