import { inColumns } from "../compare/columns.ts";
import type { DeployEvent, DeploymentStatus } from "../deploy/deploy.ts";
import { describeClock } from "./durations.ts";
import { describeNews } from "./breaking.ts";
import { megabytes, type Terminal } from "./terminal.ts";

/** What a deployment tells, as lines for people. null: nothing worth a line. */
export function describeEvent(event: DeployEvent, { t, paint }: Terminal): string | null {
  const at = paint.dim(`${(event.elapsedMs / 1000).toFixed(1).padStart(5)} s`);
  const text = wordsOf(event, { t, paint });
  return text === null ? null : `${at}  ${text}`;
}

function wordsOf(event: DeployEvent, { t, paint }: Pick<Terminal, "t" | "paint">): string | null {
  if (event.type === "step") return event.state === "begun" ? t.steps[event.step] : null;
  if (event.type === "fault") return paint.yellow(describeNews(event, t));
  if (event.type === "note") return paint.yellow(t.databasePerModule);
  if (event.type === "process") {
    const { id, state, startMs, lastError } = event.process;
    if (state === "ready") return paint.green(t.processReady(id, startMs ?? 0));
    if (state === "waiting") return paint.red(t.processLost(id, lastError ?? ""));
    if (state === "frozen") return paint.yellow(t.processFrozen(id));
    return null;
  }
  if (event.type === "database") {
    const { name, port, state, restarts, lastError } = event.database;
    if (state === "waiting") return paint.red(t.databaseLost(name, lastError ?? ""));
    if (state === "ready" && restarts > 0) return paint.green(t.databaseBack(name, port));
  }
  return null;
}

/** Which process is which, as a table. */
export function describeStatus(status: DeploymentStatus, { t, paint }: Terminal): string {
  const { columns, states } = t;
  const title = [columns.process, "pid", columns.state, columns.port, columns.memory, columns.modules].map(paint.dim);
  const processes = status.processes.map((each) => [
    each.id,
    String(each.pid ?? "–"),
    states[each.state],
    String(each.port ?? "–"),
    megabytes(each.pssBytes),
    each.program ? t.program : each.modules.join(", "),
  ]);
  const databases = status.databases.map((each) => [
    `${t.database} ${each.name}`,
    String(each.pid ?? "–"),
    states[each.state],
    String(each.port),
    megabytes(each.pssBytes),
    each.modules.join(", "),
  ]);
  const troubles = [...status.processes, ...status.databases].filter(({ lastError }) => lastError !== null);
  const errors = troubles.map((each) => {
    const name = "id" in each ? each.id : `${t.database} ${each.name}`;
    return paint.yellow(
      `${name}: ${columns.restarts} ${each.restarts}, ${t.lastError}: ${each.lastError!.split("\n")[0]}`,
    );
  });
  const { name, clockOffsetMs } = status;
  const clock = clockOffsetMs === 0 ? [] : [paint.yellow(describeClock(name, clockOffsetMs, t))];
  return [inColumns([title, ...processes, ...databases]), ...errors, ...clock].join("\n");
}
