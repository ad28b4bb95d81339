import type { Command } from "../command.ts";
import { doMove, moveFlags, portionOf } from "../moving.ts";

export const command: Command = {
  name: "merge",
  positionals: ["MODULE"],
  flags: {
    to: { value: "process|server", oneOf: ["process", "server"] },
    into: { value: "MODULE" },
    ...moveFlags,
  },
  examples: [
    "seamline merge reviews",
    "seamline merge reviews --to server --plan",
    "seamline merge reviews --into listings --on microservices",
  ],
  run: (args, screen) =>
    doMove(
      args.positionals[0]!,
      () => ({ to: "rest", portion: portionOf(args), into: args.value("into") ?? null }),
      args,
      screen,
    ),
};
