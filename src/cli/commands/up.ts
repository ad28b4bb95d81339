import { SeamlineError } from "../../contract/errors.ts";
import { loadSeed, seedFirst, seedStores, targetOf } from "../seeding.ts";
import type { Command } from "../command.ts";
import { readPorts } from "../args.ts";
import { bringUp, teller, untilInterrupted } from "../deploying.ts";
import { describeStatus } from "../progress.ts";
import { resolveApp, resolveTopology } from "../resolve.ts";

export const command: Command = {
  name: "up",
  positionals: ["APP"],
  flags: {
    topology: { value: "NAME|FILE" },
    guards: { value: "guarded|naive", oneOf: ["guarded", "naive"] },
    port: { value: "[NAME=]N", many: true },
    data: { value: "DIR" },
    postgres: { value: "URL" },
    seed: { value: "SIZE" },
    empty: {},
    faults: {},
    json: {},
  },
  examples: [
    "seamline up board",
    "seamline up board --topology microservices",
    "seamline up board --topology microservices --port web=9000 --port board=9080",
    "seamline up board --topology microservices --faults",
    "seamline up ./my-app --topology ./two-processes.json",
  ],
  async run(args, screen) {
    const json = args.has("json");
    const resolved = await resolveApp(args.positionals[0]!);
    const guards = args.value("guards") as "guarded" | "naive" | undefined;
    const where = await resolveTopology(resolved.app, args.value("topology") ?? "monolith", guards);
    const ports = readPorts(args.values("port"), screen.t);
    const size = args.value("seed");
    const stayEmpty = args.has("empty");
    if (stayEmpty && size !== undefined) throw new SeamlineError("usage", screen.t.flagsExclude("--empty", "--seed"));
    const seed = size === undefined ? null : await loadSeed(resolved.app, size, screen);
    return untilInterrupted(screen, async (signal, keep) => {
      const deployment = await bringUp({ ...resolved, ...where, ports }, args, signal, teller(screen, json));
      keep(deployment);
      if (seed !== null) await seedStores(seed, size!, targetOf(deployment), screen, signal, json);
      await seedFirst(resolved.app, deployment, { stayEmpty: stayEmpty || seed !== null, json }, screen, signal);
      if (!json) {
        const status = await deployment.status();
        screen.out(`\n${describeStatus(status, screen)}\n`);
        screen.out(status.url === null ? screen.t.noPort : `${screen.t.openAt} ${screen.paint.bold(status.url)}`);
        for (const [part, url] of Object.entries(status.urls))
          if (url !== status.url) screen.out(`${screen.paint.dim(part)}  ${url}`);
        screen.out(`${screen.t.stateIn} ${deployment.directory}\n${screen.t.pressCtrlC}`);
      }
      return "wait";
    });
  },
};
