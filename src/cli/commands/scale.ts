import { inColumns } from "../../compare/columns.ts";
import { SeamlineError } from "../../contract/errors.ts";
import { askControl } from "../../deploy/control-socket.ts";
import type { DeploymentStatus } from "../../deploy/deployment.ts";
import type { Topology } from "../../topology/topology.ts";
import type { Command } from "../command.ts";
import { deploymentOf } from "../moving.ts";

/** New processes have to start, and others to finish what they have in hand. */
const scaleMs = 120_000;

export const command: Command = {
  name: "scale",
  positionals: ["PROCESS=N"],
  flags: { app: { value: "NAME" }, on: { value: "NAME" }, data: { value: "DIR" }, json: {} },
  examples: ["seamline scale reviews=3", "seamline scale reviews=1 --app stay --on microservices"],
  async run(args, screen) {
    const { t } = screen;
    const [, process, count] = /^(.+)=([1-9]\d{0,3})$/.exec(args.positionals[0] ?? "") ?? [];
    if (process === undefined) throw new SeamlineError("usage", t.moving.scaleShape(args.positionals[0] ?? null));
    const { control } = await deploymentOf(args, screen);
    const replicas = Number(count);
    const { processes } = (await askControl(control, { ask: "topology" })) as Topology;
    const before = processes[process]?.replicas ?? null;
    if (before !== null && before !== replicas && !args.has("json"))
      screen.note(t.moving.scaling(process, before, replicas));
    await askControl(control, { ask: "scale", process, replicas }, scaleMs);
    const status = (await askControl(control, { ask: "status" })) as DeploymentStatus;
    const equal = status.processes.filter((one) => one.process === process);
    if (args.has("json"))
      screen.json({
        type: "scaled",
        process,
        before,
        replicas,
        processes: equal.map(({ id, pid, state }) => ({ id, pid, state })),
      });
    else screen.out(inColumns(equal.map(({ id, pid, state }) => [id, `pid ${pid ?? "-"}`, t.states[state]])));
    return 0;
  },
};
