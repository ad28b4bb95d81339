import { loadGraph, type Problem } from "../../module/graph.ts";
import { checkTopology } from "../../topology/check.ts";
import type { Command } from "../command.ts";
import { resolveApp, resolveTopology, topologyNames } from "../resolve.ts";
import type { Terminal } from "../terminal.ts";

export const command: Command = {
  name: "check",
  positionals: ["APP"],
  flags: { topology: { value: "NAME|FILE" }, json: {} },
  examples: ["seamline check board", "seamline check ./my-app --topology ./two-processes.json"],
  async run(args, screen) {
    const { app, appUrl } = await resolveApp(args.positionals[0]!);
    const graph = await loadGraph(app, appUrl);
    const asked = args.value("topology");
    const results: { subject: string; problems: readonly Problem[] }[] = [
      { subject: app.name, problems: graph.problems },
    ];
    for (const name of asked === undefined ? topologyNames(app) : [asked]) {
      const { topology } = await resolveTopology(app, name);
      results.push({ subject: name, problems: checkTopology(graph, topology) });
    }
    if (args.has("json")) screen.json(results);
    else
      results.forEach(({ subject, problems }, index) =>
        print(subject, problems, index === 0 ? graph.parts : null, screen),
      );
    return results.every(({ problems }) => problems.length === 0) ? 0 : 1;
  },
};

function print(
  subject: string,
  problems: readonly Problem[],
  parts: Readonly<Record<string, { kind: string }>> | null,
  { t, out, paint }: Terminal,
): void {
  const kinds = Object.values(parts ?? {}).map(({ kind }) => kind);
  const modules = kinds.filter((kind) => kind === "module").length;
  const good = parts === null ? t.checkTopologyGood(subject) : t.checkGood(subject, modules, kinds.length - modules);
  if (problems.length === 0) return out(`${paint.green("✓")} ${good}`);
  out(`${paint.red("✗")} ${t.problems(subject, problems.length)}`);
  for (const { where, message, remedy } of problems) out(`  ${where}: ${message}. ${remedy}`);
}
