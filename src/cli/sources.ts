import type { ProcessGroup, Topology } from "../topology/topology.ts";

/** Topologies as the text of their files, and what is different in two of them. */

/** TypeScript of a topology file. What is as it would be by itself is left out. */
export function sourceOf({ processes, data, servers, guards, joined, transport }: Topology): string {
  const groups = Object.entries(processes).map(([name, group]) => groupOf(key(name), group));
  const fields = [
    `  data: ${JSON.stringify(data)},`,
    ...(servers === undefined ? [] : serversOf(servers)),
    ...(guards === "guarded" ? [] : [`  guards: ${JSON.stringify(guards)},`]),
    ...(joined === "direct" ? [] : [`  joined: ${JSON.stringify(joined)},`]),
    ...(transport === "unix" ? [] : [`  transport: ${JSON.stringify(transport)},`]),
  ];
  return [
    'import { topology } from "seamline";',
    "",
    "export default topology({",
    "  processes: {",
    ...groups,
    "  },",
    ...fields,
    "});",
  ].join("\n");
}

function serversOf(servers: NonNullable<Topology["servers"]>): string[] {
  const lines = Object.entries(servers).map(([name, modules]) => `    ${key(name)}: ${list(modules)},`);
  return ["  servers: {", ...lines, "  },"];
}

const widest = 100;

/** On one line, or with a line for each module where that would be too long. */
function groupOf(name: string, { modules, port, replicas, routes }: ProcessGroup): string {
  const fields = [
    `modules: ${list(modules)}`,
    ...(port === undefined ? [] : [`port: ${port}`]),
    ...(replicas === 1 ? [] : [`replicas: ${replicas}`]),
    ...(routes === undefined || routes.length === 0 ? [] : [`routes: ${list(routes)}`]),
  ];
  const line = `    ${name}: { ${fields.join(", ")} },`;
  if (line.length <= widest) return line;
  const each = modules.map((module) => `        ${JSON.stringify(module)},`);
  const others = fields.slice(1).map((field) => `      ${field},`);
  return [`    ${name}: {`, "      modules: [", ...each, "      ],", ...others, "    },"].join("\n");
}

function list(words: readonly string[]): string {
  return `[${words.map((word) => JSON.stringify(word)).join(", ")}]`;
}

function key(name: string): string {
  return /^[a-z_$][\w$]*$/i.test(name) ? name : JSON.stringify(name);
}

export interface ChangedLine {
  readonly sign: "-" | "+";
  readonly line: string;
}

/** Lines that only one of two texts has, in their order: the longest common subsequence is left out. */
export function changedLines(before: string, after: string): ChangedLine[] {
  const [old, now] = [before.split("\n"), after.split("\n")];
  // common[i][j]: how long the longest common part of old from i and now from j is.
  const common = [...old, ""].map(() => [...now, ""].map(() => 0));
  for (let i = old.length - 1; i >= 0; i--)
    for (let j = now.length - 1; j >= 0; j--)
      common[i]![j] = old[i] === now[j] ? common[i + 1]![j + 1]! + 1 : Math.max(common[i + 1]![j]!, common[i]![j + 1]!);
  const changes: ChangedLine[] = [];
  for (let [i, j] = [0, 0]; i < old.length || j < now.length;) {
    if (i < old.length && j < now.length && old[i] === now[j]) [i, j] = [i + 1, j + 1];
    else if (j === now.length || (i < old.length && common[i + 1]![j]! >= common[i]![j + 1]!))
      changes.push({ sign: "-", line: old[i++]! });
    else changes.push({ sign: "+", line: now[j++]! });
  }
  return changes;
}
