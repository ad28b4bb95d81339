import { inColumns } from "../../compare/columns.ts";
import { SeamlineError } from "../../contract/errors.ts";
import { lettersOf, replayLetters, type Letter } from "../../deploy/letters.ts";
import type { Command } from "../command.ts";
import { resolveApp } from "../resolve.ts";
import { withStores } from "../running.ts";
import type { Terminal } from "../terminal.ts";

export const command: Command = {
  name: "letters",
  positionals: ["APP"],
  flags: {
    replay: { value: "ID" },
    all: {},
    topology: { value: "NAME|FILE" },
    data: { value: "DIR" },
    postgres: { value: "URL" },
    json: {},
  },
  examples: ["seamline letters stay", "seamline letters stay --replay 0190a6f2-…", "seamline letters stay --all"],
  async run(args, screen) {
    const { t } = screen;
    const id = args.value("replay");
    if (id !== undefined && args.has("all")) throw new SeamlineError("usage", t.flagsExclude("--replay", "--all"));
    const json = args.has("json");
    return withStores(await resolveApp(args.positionals[0]!), args, screen, async ({ stores }) => {
      if (id === undefined && !args.has("all")) {
        const letters = await lettersOf(stores);
        if (json) screen.json(letters);
        else print(letters, screen);
        return 0;
      }
      const replayed = await replayLetters(stores, id ?? null);
      if (replayed === 0 && id !== undefined) throw new SeamlineError("usage", t.lettersUnknown(id));
      if (json) screen.json({ type: "replayed", replayed });
      else screen.out(t.lettersReplayed(replayed));
      return 0;
    });
  },
};

function print(letters: readonly Letter[], { t, paint, out }: Terminal): void {
  if (letters.length === 0) return out(t.lettersNone);
  const { event, subscriber, attempts, since, error } = t.lettersColumns;
  const rows = letters.map((letter) => [
    letter.id,
    letter.event,
    letter.subscriber,
    String(letter.attempts),
    letter.deadAt.toISOString(),
    letter.error.split("\n")[0]!,
  ]);
  out(inColumns([["id", event, subscriber, attempts, since, error].map(paint.dim), ...rows]));
}
