import { operationsOf } from "../../contract/contract.ts";
import { openApi } from "../../edge/openapi.ts";
import { loadGraph, throwProblems } from "../../module/graph.ts";
import type { Command } from "../command.ts";
import { resolveApp } from "../resolve.ts";

export const command: Command = {
  name: "openapi",
  positionals: ["APP"],
  flags: {},
  examples: ["seamline openapi board > openapi.json"],
  async run(args, screen) {
    const { app, appUrl } = await resolveApp(args.positionals[0]!);
    const graph = await loadGraph(app, appUrl);
    throwProblems(`app "${app.name}"`, graph.problems);
    const operations = Object.values(graph.parts).flatMap(({ contract }) => (contract ? operationsOf(contract) : []));
    screen.out(JSON.stringify(openApi(app.name, operations), null, 2));
    return 0;
  },
};
