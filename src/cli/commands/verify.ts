import { inColumns } from "../../compare/columns.ts";
import { defaultSettleMs, verify, type CheckReport, type Report } from "../../deploy/verify/verify.ts";
import type { Command } from "../command.ts";
import { readDuration } from "../durations.ts";
import { resolveApp } from "../resolve.ts";
import { withStores } from "../running.ts";
import type { Terminal } from "../terminal.ts";

/** More ids than these help nobody who reads a terminal; `--json` has them all. */
const shownIds = 20;

export const command: Command = {
  name: "verify",
  positionals: ["APP"],
  flags: {
    topology: { value: "NAME|FILE" },
    settle: { value: "10s" },
    data: { value: "DIR" },
    postgres: { value: "URL" },
    json: {},
  },
  examples: ["seamline verify stay", "seamline verify stay --topology microservices --settle 30s"],
  async run(args, screen) {
    const { t, note } = screen;
    const resolved = await resolveApp(args.positionals[0]!);
    const { app } = resolved;
    const settle = args.value("settle");
    const settleMs = settle === undefined ? defaultSettleMs : readDuration("settle", settle, t);
    const program = app.invariants === null ? null : (await app.invariants()).default;
    if (program === null) note(t.verifyNone(app.name));
    return withStores(resolved, args, screen, async ({ stores, clockOffsetMs, signal }) => {
      const now = (): Date => new Date(Date.now() + clockOffsetMs);
      const report = await verify(program, stores, { now, settleMs, signal, progress: note });
      if (args.has("json")) screen.json(report);
      else print(report, screen);
      return report.clean ? 0 : 1;
    });
  },
};

function print({ checks, clean }: Report, screen: Terminal): void {
  const { t, paint, out, language } = screen;
  const { id, says, checked, found } = t.verifyColumns;
  const rows = checks.map((check) => [
    `${check.state === "holds" ? paint.green("✓") : paint.red("✗")} ${check.id}`,
    check.says[language],
    String(check.checked),
    outcome(check, screen),
  ]);
  out(inColumns([[`  ${id}`, says, checked, found].map(paint.dim), ...rows]));
  for (const check of checks) {
    if (check.state === "failed") out(`\n${paint.red(t.verifyFailed(check.id, check.why ?? ""))}`);
    if (check.violations.length > 0) out(`\n${listed(check, screen)}`);
  }
  const bad = checks.filter(({ state }) => state !== "holds").length;
  out(`\n${clean ? paint.green(t.verifyClean(checks.length)) : paint.red(t.verifyDirty(bad, checks.length))}`);
}

function outcome({ state, violations, why }: CheckReport, { t, paint }: Terminal): string {
  if (state === "busy") return paint.yellow(t.verifyBusy(why ?? ""));
  if (state === "failed") return paint.red("!");
  return violations.length === 0 ? "0" : paint.red(String(violations.length));
}

function listed({ id, violations }: CheckReport, { t, paint }: Terminal): string {
  const rows = violations.slice(0, shownIds).map((each) => [`${id}  ${each.id}`, paint.dim(JSON.stringify(each.what))]);
  const more = violations.length - rows.length;
  return more === 0 ? inColumns(rows) : `${inColumns(rows)}\n${t.verifyMore(id, more)}`;
}
