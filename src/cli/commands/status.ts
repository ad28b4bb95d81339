import { askControl } from "../../deploy/control-socket.ts";
import type { DeploymentStatus } from "../../deploy/deploy.ts";
import { isLocked } from "../../deploy/lock.ts";
import { deploymentsBelow, type Deployed } from "../../deploy/state.ts";
import type { Command } from "../command.ts";
import { rootOf } from "../deploying.ts";
import { describeStatus } from "../progress.ts";
import type { Terminal } from "../terminal.ts";

type Seen =
  | { readonly state: "running"; readonly status: DeploymentStatus }
  | { readonly state: "silent" | "crashed"; readonly name: string; readonly pid: number; readonly directory: string };

export const command: Command = {
  name: "status",
  positionals: [],
  flags: { data: { value: "DIR" }, json: {} },
  examples: ["seamline status", "seamline status --json"],
  async run(args, screen) {
    const root = rootOf(args);
    const found = await deploymentsBelow(root);
    const seen = await Promise.all(found.map(({ directory, deployed }) => look(directory, deployed)));
    if (args.has("json")) screen.json(seen);
    else if (seen.length === 0) screen.out(screen.t.nothingRuns(root));
    else screen.out(seen.map((each) => describe(each, screen)).join("\n\n"));
    return 0;
  },
};

async function look(directory: string, { name, pid, control }: Deployed): Promise<Seen> {
  if (!isLocked(directory)) return { state: "crashed", name, pid, directory };
  try {
    if (control !== null)
      return { state: "running", status: (await askControl(control, { ask: "status" })) as DeploymentStatus };
  } catch {
    // It holds the directory and says nothing: that is what is reported.
  }
  return { state: "silent", name, pid, directory };
}

function describe(seen: Seen, screen: Terminal): string {
  const { t, paint } = screen;
  if (seen.state !== "running")
    return seen.state === "crashed"
      ? paint.yellow(t.crashed(seen.name, seen.pid))
      : paint.red(t.notAnswering(seen.name, seen.pid));
  const { name, url, startedAt, pid } = seen.status;
  const head = `${paint.bold(name)}  ${paint.green(url ?? "")}  ${paint.dim(`pid ${pid}, ${t.runningSince(startedAt)}`)}`;
  return `${head}\n${describeStatus(seen.status, screen)}`;
}
