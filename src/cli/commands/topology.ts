import { askControl } from "../../deploy/control-socket.ts";
import type { Origin } from "../../deploy/questions.ts";
import type { Topology } from "../../topology/topology.ts";
import type { Command } from "../command.ts";
import { deploymentOf } from "../moving.ts";
import { changedLines, sourceOf } from "../sources.ts";

export const command: Command = {
  name: "topology",
  positionals: ["[APP]"],
  flags: { on: { value: "NAME" }, data: { value: "DIR" }, json: {} },
  examples: ["seamline topology", "seamline topology stay > mine.ts"],
  async run(args, screen) {
    const { t, paint } = screen;
    const { control, name } = await deploymentOf(args, screen, args.positionals[0]);
    const { app, topologyName, asked } = (await askControl(control, { ask: "origin" })) as Origin;
    const now = (await askControl(control, { ask: "topology" })) as Topology;
    const source = sourceOf(now);
    const changes = changedLines(sourceOf(asked), source);
    if (args.has("json")) {
      screen.json({ type: "topology", name, app, topology: topologyName, asked, now, source, changes });
      return 0;
    }
    screen.out(source);
    // Beside the source, so that it can be piped into a file.
    screen.note(changes.length === 0 ? paint.dim(t.moving.topologySame) : t.moving.topologyChanged(topologyName));
    for (const { sign, line } of changes) screen.note((sign === "+" ? paint.green : paint.red)(`${sign} ${line}`));
    return 0;
  },
};
