import { inColumns } from "../compare/columns.ts";
import type { LivePlan, LiveProgress, LiveReport, Place } from "../split/live.ts";
import type { Messages } from "./messages/en.ts";
import type { Terminal } from "./terminal.ts";

/** What a move is in words: how it goes on, what came of it, and what it would be. */

export function count(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

export function size(bytes: number): string {
  if (bytes < 1000) return `${Math.round(bytes)} B`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(0)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** What is only known by about. */
function roughly(ms: number): string {
  return `${Number((ms / 1000).toPrecision(1))} s`;
}

function time(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** Only what changes: "process stay → reviews, server main → reviews". */
export function saidChange(from: Place, to: Place, { moving }: Messages): string {
  const parts = (["process", "server"] as const).flatMap((kind) =>
    from[kind] === to[kind] ? [] : [`${moving[kind]} ${from[kind] ?? "–"} → ${to[kind] ?? "–"}`],
  );
  return parts.join(", ");
}

export function saidPlace({ process, server }: Place, { moving }: Messages): string {
  return [`${moving.process} ${process}`, ...(server === null ? [] : [`${moving.server} ${server}`])].join(", ");
}

/** null: nothing worth a line; `passing`: another will take its place. */
export function describeProgress(
  module: string,
  progress: LiveProgress,
  { t, paint }: Pick<Terminal, "t" | "paint">,
): { text: string; passing: boolean } | null {
  const { moving } = t;
  const line = (text: string, passing = false): { text: string; passing: boolean } => ({ text, passing });
  if (progress.step === "begin") {
    const { from, to, resumed, method, heldMs } = progress;
    const what = `${paint.bold(module)}: ${saidChange(from, to, t)}${resumed ? `; ${moving.resumed}` : ""}`;
    if (method !== "copy" || from.server === to.server) return line(what);
    return line(`${what}\n${paint.yellow(`         ${moving.willHold(heldMs === null ? null : roughly(heldMs))}`)}`);
  }
  if (progress.step === "process")
    return line(
      progress.point === "begun" ? moving.processBegun(progress.process) : moving.processEnded(progress.process),
    );
  if (progress.step === "gate") {
    if (progress.point === "holding") return line(moving.holding);
    if (progress.point === "released") return line(paint.yellow(moving.again(time(progress.ms))));
    return line(paint.green(moving.switched(time(progress.ms), progress.held)));
  }
  const { rows = 0, bytes = 0, lagBytes = 0, tables: { ready, total } = { ready: 0, total: 0 } } = progress;
  const said: Record<string, () => { text: string; passing: boolean }> = {
    "check.passed": () => line(moving.checked),
    "fence.progress": () => line(moving.copyingHeld(count(rows)), true),
    "prepare.begun": () => line(moving.preparing),
    "copy.progress": () => line(moving.copying(ready, total, count(rows), size(bytes)), true),
    "copy.copied": () => line(moving.copied(total)),
    "copy.behind": () => line(moving.behind(size(lagBytes)), true),
    "copy.caught-up": () => line(moving.behind(size(lagBytes))),
    "reverse.subscription": () => line(moving.reversed),
    "verify.compared": () => line(moving.verified),
    "finish.cleared": () => line(moving.cleared),
  };
  return said[`${progress.step}.${progress.point}`]?.() ?? null;
}

export function describeReport(report: LiveReport, { t, paint }: Pick<Terminal, "t" | "paint">): string {
  const { moving } = t;
  const { module, to, data, pauseMs, held, calls } = report;
  return [
    paint.bold(moving.isNow(module, to.process, to.server)),
    ...(data === null ? [] : [describeData(data, { t, paint })]),
    ...(data === null || data.finished || (data.verified?.differences.length ?? 0) > 0
      ? []
      : [paint.yellow(moving.leftThere)]),
    pauseMs === null ? moving.noPause : moving.pause(time(pauseMs), held === 0 ? null : held),
    ...(calls === null
      ? []
      : [moving.calls(count(calls.calls), calls.failed, calls.longestMs === null ? null : time(calls.longestMs))]),
    paint.dim(moving.back(module)),
  ].join("\n");
}

function describeData(
  { verified }: NonNullable<LiveReport["data"]>,
  { t, paint }: Pick<Terminal, "t" | "paint">,
): string {
  if (verified === null) return t.moving.rowsUnknown;
  const { differences, rows, tables } = verified;
  if (differences.length > 0) return paint.red(t.moving.differs(differences.map(({ table }) => table).join(", ")));
  return t.moving.rows(count(rows), tables);
}

export function describePlan(plan: LivePlan, { t, paint }: Pick<Terminal, "t" | "paint">): string {
  const { plan: words } = t.moving;
  const { module, from, to, data, refusals } = plan;
  const steps = stepsOf(plan, t).map(([what, held], index) => [`  ${index + 1}`, what, held]);
  const table = inColumns([["", words.steps, words.waits].map(paint.dim), ...steps]);
  const notes = data === null ? [] : [words.givesUp, ...(data.unlimitedSlots ? [words.slots] : [])];
  const verdict =
    refusals.length === 0
      ? [paint.green(words.good)]
      : [paint.red(words.refused), ...refusals.map((message) => `  ${message}`)];
  return [
    `${paint.bold(module)}: ${saidChange(from, to, t)}`,
    "",
    table,
    "",
    ...verdict,
    ...notes,
    words.unchanged,
  ].join("\n");
}

function stepsOf({ from, to, data, rows, heldMs, copyMs }: LivePlan, { moving }: Messages): [string, string][] {
  const { plan } = moving;
  const code: [string, string][] = to.process === from.process ? [] : [[plan.process(to.process), plan.nobody]];
  if (data === null) return code;
  const all = count(rows ?? data.rows);
  const held = plan.calls(roughly(heldMs!));
  const copied: [string, string][] =
    data.method === "copy"
      ? [[plan.fenceCopy(all), held]]
      : [
          [`${plan.copy(all, size(data.bytes), data.tables)}, ${plan.about(roughly(copyMs!))}`, plan.nobody],
          [plan.reverse, plan.nobody],
          [plan.fence, held],
        ];
  const ends: [string, string][] = [
    [plan.open, plan.nobody],
    [plan.verify, plan.nobody],
  ];
  return [...code, [plan.prepare(to.server!), plan.nobody], ...copied, ...ends];
}
