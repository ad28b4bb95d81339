import { askControl } from "../../deploy/control-socket.ts";
import { isLocked } from "../../deploy/lock.ts";
import { withAnyPorts } from "../../deploy/ports.ts";
import { deploymentsBelow } from "../../deploy/state.ts";
import { SeamlineError } from "../../contract/errors.ts";
import type { StoreAddress } from "../../data/data.ts";
import type { Command } from "../command.ts";
import { bringUp, directoryOf, rootOf, teller, untilInterrupted } from "../deploying.ts";
import { resolveApp, resolveTopology, type ResolvedApp } from "../resolve.ts";
import { loadSeed, seedStores } from "../seeding.ts";
import type { Args } from "../args.ts";
import type { Terminal } from "../terminal.ts";

export const command: Command = {
  name: "seed",
  positionals: ["APP"],
  flags: {
    size: { value: "XS|S|L" },
    topology: { value: "NAME|FILE" },
    data: { value: "DIR" },
    postgres: { value: "URL" },
    json: {},
  },
  examples: ["seamline seed board --size S", "seamline seed board --size XS --topology microservices"],
  async run(args, screen) {
    const resolved = await resolveApp(args.positionals[0]!);
    const size = args.value("size") ?? "XS";
    const program = await loadSeed(resolved.app, size, screen);
    return untilInterrupted(screen, async (signal, keep) => {
      const running = await runningStores(resolved, args, screen);
      if (running !== null) {
        await seedStores(program, size, running, screen, signal, args.has("json"));
        return "done";
      }
      screen.note(screen.t.seedStarting);
      const where = await resolveTopology(resolved.app, args.value("topology") ?? "monolith");
      const quiet = { ...where, topology: withAnyPorts(where.topology) };
      const deployment = await bringUp(
        { ...resolved, ...quiet },
        args,
        signal,
        args.has("json") ? undefined : teller(screen, false),
      );
      keep(deployment);
      await seedStores(program, size, deployment.stores(), screen, signal, args.has("json"));
      return "done";
    });
  },
};

/** The stores of the deployment of this app that runs; null: none does. Of several, the topology says which. */
async function runningStores(
  resolved: ResolvedApp,
  args: Args,
  screen: Terminal,
): Promise<Readonly<Record<string, StoreAddress>> | null> {
  const root = rootOf(args);
  const asked = args.value("topology");
  const only = asked === undefined ? null : directoryOf(root, resolved, await resolveTopology(resolved.app, asked));
  const found = (await deploymentsBelow(root)).filter(
    ({ directory, deployed }) =>
      deployed.name.startsWith(`${resolved.app.name}-`) && (only === null || directory === only) && isLocked(directory),
  );
  if (found.length > 1)
    throw new SeamlineError(
      "usage",
      screen.t.seedSeveral(
        resolved.app.name,
        found.map(({ deployed }) => deployed.name),
      ),
    );
  const control = found[0]?.deployed.control;
  return control ? ((await askControl(control, { ask: "stores" })) as Record<string, StoreAddress>) : null;
}
