import type { Command } from "../command.ts";

/** What `help` needs is in `cli.ts`, which knows all commands; this is its own entry in the list. */
export const command: Command = {
  name: "help",
  positionals: [],
  flags: {},
  examples: ["seamline help up"],
  run: () => Promise.resolve(0),
};
