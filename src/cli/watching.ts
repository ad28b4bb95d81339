import { inColumns } from "../compare/columns.ts";
import type { ExperimentProgress, Moment } from "../compare/experiment.ts";
import { number } from "../compare/format.ts";
import { block, type Block } from "./block.ts";
import type { Plan } from "./planning.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Shows an experiment while it runs: on a terminal one block that changes, with what went wrong above it; elsewhere a line
 * for each step; with `--json` each step as JSON on stdout.
 */
export interface Watch {
  show(step: ExperimentProgress): void;
  /** A line for people. */
  say(text: string): void;
  /** Takes the block away. May be called twice. */
  end(): void;
}

/** What the block is drawn from. */
interface View {
  readonly begun: number;
  plannedMs: number;
  at: (Moment & { readonly number: number; readonly of: number }) | null;
  /** By column: what is being done with it. */
  readonly doing: Map<string, string>;
}

const barCells = 24;

export function watch(
  { columns, plannedMs }: Pick<Plan, "columns" | "plannedMs">,
  json: boolean,
  screen: Terminal,
  area: Block = block(),
): Watch {
  const doing = new Map(columns.map(({ name }) => [name, screen.paint.dim("–")]));
  const view: View = { begun: performance.now(), plannedMs, at: null, doing };
  const say = (text: string): void => area.print(`${elapsed(view, screen)}  ${text}`);
  return {
    say,
    end: () => area.clear(),
    show(step) {
      if (json) return screen.json(step);
      follow(view, step, screen);
      const line = lineOf(step, screen, area.draws);
      if (line !== null) say(line);
      if (step.type === "done") area.clear();
      else area.draw(linesOf(view, screen));
    },
  };
}

function elapsed({ begun }: View, { paint }: Terminal): string {
  return paint.dim(`${((performance.now() - begun) / 1000).toFixed(0).padStart(4)} s`);
}

function follow(view: View, step: ExperimentProgress, screen: Terminal): void {
  const { t, paint } = screen;
  if (step.type === "begun") view.plannedMs = step.plannedMs;
  if (step.type === "column") view.doing.set(step.column, t.comparing.columnStates[step.state]);
  if (step.type === "settling") view.doing.set(step.column, t.comparing.settling(step.why));
  if (step.type === "window") {
    view.at = step;
    view.doing.set(step.column, paint.bold(turnOf(step, screen)));
  }
  if (step.type === "load") {
    if (view.at !== null) view.at = { ...view.at, remainingMs: step.remainingMs };
    view.doing.set(step.column, `${paint.bold(turnOf(step, screen))}  ${loadOf(step.load, screen)}`);
  }
}

/** "crash:reviews: under the fault 2/5". */
function turnOf({ phase, fault, repetition, repetitions }: Moment, { t }: Terminal): string {
  const what = fault === null ? "" : `${fault}: `;
  return `${what}${t.comparing.phases[phase]}${repetitions > 1 ? ` ${repetition + 1}/${repetitions}` : ""}`;
}

function loadOf(
  { good, ended, p95Ms }: Extract<ExperimentProgress, { type: "load" }>["load"],
  { t, paint }: Terminal,
): string {
  if (ended === 0) return "";
  const share = number(good / ended, "share");
  const slow = p95Ms === null ? "" : paint.dim(`  p95 ${number(p95Ms, "ms")}`);
  return `${t.loadProgress.good} ${good < ended ? paint.yellow(share) : paint.green(share)}${slow}`;
}

function linesOf({ at, doing, plannedMs }: View, { t, paint }: Terminal): string[] {
  const table = inColumns([...doing].map(([column, what]) => [`  ${column}`, what])).split("\n");
  if (at === null) return [paint.dim(t.comparing.gettingReady), ...table];
  const done = Math.min(1, Math.max(0, 1 - at.remainingMs / plannedMs));
  const bar = "█".repeat(Math.round(done * barCells)).padEnd(barCells, "░");
  const left = t.comparing.aboutLeft(t.comparing.duration(at.remainingMs));
  return [`${paint.green(bar)}  ${at.number}/${at.of}  ${paint.dim(left)}`, ...table];
}

/** What is worth a line of its own; where a block is drawn, only what it does not show. */
function lineOf(step: ExperimentProgress, screen: Terminal, draws: boolean): string | null {
  const { t, paint } = screen;
  if (step.type === "invalid")
    return paint.yellow(t.comparing.becomesInvalid(step.column, t.comparing.invalidFor[step.why]));
  if (step.type === "fault" && step.state === "failed")
    return paint.red(t.comparing.faultNews.failed(step.fault, step.column, step.detail));
  if (draws) return null;
  switch (step.type) {
    case "column":
      return `${step.column}: ${t.comparing.columnStates[step.state]}`;
    case "window":
      return `${step.number}/${step.of}  ${step.column}: ${turnOf(step, screen)}`;
    case "fault":
      return t.comparing.faultNews[step.state](step.fault, step.column, step.detail);
    case "settling":
      return `${step.column}: ${t.comparing.settling(step.why)}`;
    default:
      return null;
  }
}
