import type { Command } from "../command.ts";
import { doMove, moveFlags, portionOf } from "../moving.ts";

export const command: Command = {
  name: "split",
  positionals: ["MODULE"],
  flags: { to: { value: "process|server", oneOf: ["process", "server"] }, ...moveFlags },
  examples: [
    "seamline split reviews --plan",
    "seamline split reviews",
    "seamline split comments --to process --app board --on monolith",
  ],
  run: (args, screen) => doMove(args.positionals[0]!, () => ({ to: "own", portion: portionOf(args) }), args, screen),
};
