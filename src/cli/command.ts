import type { Args, Flags } from "./args.ts";
import type { CommandName } from "./messages/en.ts";
import type { Terminal } from "./terminal.ts";

/** One command: a file in `commands/`, loaded only when it is asked for. */
export interface Command {
  readonly name: CommandName;
  /** Words that it needs, as the help shows them: "APP"; "[APP]" may be left out. */
  readonly positionals: readonly string[];
  readonly flags: Flags;
  readonly examples: readonly string[];
  /** @returns the exit code */
  run(args: Args, terminal: Terminal): Promise<number>;
}
