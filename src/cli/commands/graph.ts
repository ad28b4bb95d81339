import { inColumns } from "../../compare/columns.ts";
import { loadGraph, throwProblems, type AppGraph } from "../../module/graph.ts";
import { SeamlineError } from "../../contract/errors.ts";
import type { Topology } from "../../topology/topology.ts";
import type { Command } from "../command.ts";
import { resolveApp, resolveTopology } from "../resolve.ts";
import type { Terminal } from "../terminal.ts";

export const command: Command = {
  name: "graph",
  positionals: ["APP"],
  flags: { topology: { value: "NAME|FILE" }, mermaid: {}, json: {} },
  examples: ["seamline graph board", "seamline graph board --topology microservices --mermaid"],
  async run(args, screen) {
    if (args.has("mermaid") && args.has("json"))
      throw new SeamlineError("usage", screen.t.flagsExclude("--mermaid", "--json"));
    const { app, appUrl } = await resolveApp(args.positionals[0]!);
    const graph = await loadGraph(app, appUrl);
    throwProblems(`app "${app.name}"`, graph.problems);
    const asked = args.value("topology");
    const drawn = draw(graph, asked === undefined ? null : (await resolveTopology(app, asked)).topology);
    if (args.has("json")) screen.json(drawn);
    else screen.out(args.has("mermaid") ? mermaid(drawn) : text(drawn, screen));
    return 0;
  },
};

type Binding = "joined" | "cut" | null;

/** The graph as plain JSON. `binding` and `process` are null where no topology was asked for. */
export interface Drawn {
  readonly app: string;
  readonly parts: readonly {
    name: string;
    kind: "module" | "pages";
    process: string | null;
    store: boolean;
    file: string | null;
  }[];
  readonly seams: readonly { from: string; to: string; binding: Binding }[];
  readonly events: readonly { event: string; from: string; to: string; binding: Binding }[];
  readonly programs: readonly { name: string; usedBy: readonly string[] }[];
  readonly processes: Readonly<
    Record<string, { modules: readonly string[]; port: number | null; replicas: number }>
  > | null;
}

export function draw(graph: AppGraph, topology: Topology | null): Drawn {
  const processOf = (part: string): string | null =>
    Object.entries(topology?.processes ?? {}).find(([, { modules }]) => modules.includes(part))?.[0] ?? null;
  const binding = (from: string, to: string): Binding =>
    topology === null ? null : processOf(from) === processOf(to) ? "joined" : "cut";
  const parts = Object.values(graph.parts);
  const processes = topology && Object.entries(topology.processes);
  return {
    app: graph.app.name,
    parts: parts.map(({ name, kind, hasStore, file }) => ({
      name,
      kind,
      process: processOf(name),
      store: hasStore,
      file,
    })),
    seams: parts.flatMap(({ name, uses }) => uses.map((to) => ({ from: name, to, binding: binding(name, to) }))),
    events: Object.entries(graph.subscribers).flatMap(([event, subscribers]) => {
      const from = event.split(".")[0]!;
      return subscribers.map((to) => ({ event, from, to, binding: binding(from, to) }));
    }),
    programs: graph.programs.map((name) => ({
      name,
      usedBy: parts.filter((part) => part.programs.includes(name)).map((part) => part.name),
    })),
    processes:
      processes &&
      Object.fromEntries(
        processes.map(([name, { modules, port = null, replicas }]) => [name, { modules, port, replicas }] as const),
      ),
  };
}

function text({ parts, seams, events, programs, processes }: Drawn, { t, paint }: Terminal): string {
  const bound = (binding: Binding): string =>
    binding === null ? "" : binding === "cut" ? paint.yellow(t.cut) : t.joined;
  const section = (title: string, rows: string[][]): string =>
    `${paint.bold(title)}\n${rows.length === 0 ? `  ${t.none}` : inColumns(rows.map(([first, ...rest]) => [`  ${first}`, ...rest]))}`;
  const sections = [
    section(
      t.graphModules,
      parts.map(({ name, kind, process }) => [name, kind === "pages" ? t.pagesWord : "", process ?? ""]),
    ),
    section(
      t.graphSeams,
      seams.map(({ from, to, binding }) => [from, `→ ${to}`, bound(binding)]),
    ),
    section(
      t.graphEvents,
      events.map(({ event, to, binding }) => [event, `→ ${to}`, bound(binding)]),
    ),
  ];
  const programRows = programs.map(({ name, usedBy }) => [name, usedBy.length === 0 ? "" : `← ${usedBy.join(", ")}`]);
  if (programs.length > 0) sections.push(section(t.graphPrograms, programRows));
  if (processes !== null)
    sections.push(
      section(
        t.graphProcesses,
        Object.entries(processes).map(([name, { modules, port, replicas }]) => [
          replicas > 1 ? `${name} ×${replicas}` : name,
          port === null ? "" : `:${port}`,
          modules.join(", "),
        ]),
      ),
    );
  return sections.join("\n\n");
}

/** Cut seams and events are dashed; a box around each process; programs are hexagons outside of them. */
export function mermaid({ parts, seams, events, programs, processes }: Drawn): string {
  const id = (name: string): string => name.replaceAll("-", "_");
  const node = ({ name, kind }: Drawn["parts"][number]): string =>
    kind === "pages" ? `${id(name)}(["${name}"])` : `${id(name)}["${name}"]`;
  const lines = ["flowchart LR"];
  if (processes === null) lines.push(...parts.map((part) => `  ${node(part)}`));
  for (const [name, { modules, port }] of Object.entries(processes ?? {})) {
    lines.push(`  subgraph p_${id(name)}["${name}${port === null ? "" : ` :${port}`}"]`);
    lines.push(...parts.filter((part) => modules.includes(part.name)).map((part) => `    ${node(part)}`), "  end");
  }
  for (const { name, usedBy } of programs)
    lines.push(`  ${id(name)}{{"${name}"}}`, ...usedBy.map((module) => `  ${id(module)} -. HTTP .-> ${id(name)}`));
  for (const { from, to, binding } of seams)
    lines.push(`  ${id(from)} ${binding === "cut" ? "-. cut .->" : "-->"} ${id(to)}`);
  for (const { event, from, to } of events) lines.push(`  ${id(from)} -. "${event.split(".")[1]}" .-> ${id(to)}`);
  return lines.join("\n");
}
