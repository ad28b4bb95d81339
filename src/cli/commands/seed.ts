import type { Command } from "../command.ts";
import { resolveApp } from "../resolve.ts";
import { withStores } from "../running.ts";
import { loadSeed, seedStores } from "../seeding.ts";

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
    return withStores(resolved, args, screen, async ({ signal, ...target }) => {
      await seedStores(program, size, target, screen, signal, args.has("json"));
      return 0;
    });
  },
};
