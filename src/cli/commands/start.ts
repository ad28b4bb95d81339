import type { Deployment } from "../../deploy/deploy.ts";
import { readPorts } from "../args.ts";
import type { Command } from "../command.ts";
import { bringUp, teller, untilInterrupted, type Wanted } from "../deploying.ts";
import { describeStatus } from "../progress.ts";
import { resolveApp, resolveTopology, type ResolvedApp } from "../resolve.ts";
import { seedFirst } from "../seeding.ts";
import type { Terminal } from "../terminal.ts";

type Ports = Readonly<Record<string, number>>;

/** The monolith takes the chapter's port; the other architecture's pages the next one. */
const defaultPorts = { monolith: 8000, "board-web": 8001 };

export const command: Command = {
  name: "start",
  positionals: [],
  flags: {
    port: { value: "[NAME=]N", many: true },
    data: { value: "DIR" },
    postgres: { value: "URL" },
    empty: {},
    faults: {},
    json: {},
  },
  examples: [
    "seamline start",
    "seamline start --port monolith=9000 --port board-web=9001 --port board=9080",
    "seamline start --lang ko",
  ],
  async run(args, screen) {
    const json = args.has("json");
    const board = await resolveApp("board");
    const pair = await bothOf(board, portsOf(readPorts(args.values("port"), screen.t)));
    return untilInterrupted(screen, async (signal, keep) => {
      const starts = pair.map(async (wanted) => {
        const deployment = await bringUp(wanted, args, signal, teller(screen, json, wanted.name));
        keep(deployment);
        await seedFirst(board.app, deployment, { stayEmpty: args.has("empty"), json }, screen, signal);
        return deployment;
      });
      // Both are settled before a failure is told, so that none comes up after the other was stopped.
      const settled = await Promise.allSettled(starts);
      for (const each of settled) if (each.status === "rejected") throw each.reason;
      const deployments = settled.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
      if (!json) await show(deployments, screen);
      return "wait";
    });
  },
};

async function bothOf(board: ResolvedApp, { monolith, ...others }: Ports): Promise<Wanted[]> {
  const joined = await resolveTopology(board.app, "monolith");
  const apart = await resolveTopology(board.app, "microservices");
  return [
    { ...board, ...joined, ports: monolith },
    { ...board, ...apart, ports: others },
  ];
}

function portsOf(asked: number | Ports | undefined): Ports {
  return {
    ...defaultPorts,
    ...(typeof asked === "number" ? { monolith: asked, "board-web": asked && asked + 1 } : asked),
  };
}

async function show(deployments: readonly Deployment[], screen: Terminal): Promise<void> {
  const { out, t, paint } = screen;
  out(`\n${paint.bold(t.startTitle)}`);
  for (const deployment of deployments) {
    const status = await deployment.status();
    out(
      `\n${paint.bold(t.architectures[status.topology as keyof typeof t.architectures])}  ${paint.green(status.url ?? "")}`,
    );
    for (const [part, url] of Object.entries(status.urls))
      if (url !== status.url) out(`${paint.dim(part)}  ${url}${part === "board" ? "board_list" : ""}`);
    out(describeStatus(status, screen));
    out(`${paint.dim(t.stateIn)} ${deployment.directory}`);
  }
  out(`\n${t.pressCtrlC}`);
}
