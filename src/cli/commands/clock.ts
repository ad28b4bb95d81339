import { SeamlineError } from "../../contract/errors.ts";
import { askControl } from "../../deploy/control-socket.ts";
import type { Command } from "../command.ts";
import { rootOf } from "../deploying.ts";
import { describeClock, readDuration } from "../durations.ts";
import { resolveApp } from "../resolve.ts";
import { findRunning } from "../running.ts";

export const command: Command = {
  name: "clock",
  positionals: ["[APP]"],
  flags: {
    move: { value: "3d|-2h|90m" },
    reset: {},
    topology: { value: "NAME|FILE" },
    data: { value: "DIR" },
    json: {},
  },
  examples: ["seamline clock", "seamline clock stay --move 3d", "seamline clock stay --reset"],
  async run(args, screen) {
    const { t } = screen;
    const [word] = args.positionals;
    if (args.has("move") && args.has("reset")) throw new SeamlineError("usage", t.flagsExclude("--move", "--reset"));
    const move = args.has("reset") ? "reset" : readDuration("move", args.value("move") ?? "0s", t);
    const resolved = word === undefined ? null : await resolveApp(word);
    const running = await findRunning(resolved, args, screen);
    if (running === null) throw new SeamlineError("usage", t.noneRuns(resolved?.app.name ?? null, rootOf(args)));
    const offsetMs = (await askControl(running.control, { ask: "clock", move })) as number;
    const now = new Date(Date.now() + offsetMs).toISOString();
    if (args.has("json")) screen.json({ name: running.name, offsetMs, now });
    else screen.out(describeClock(running.name, offsetMs, t));
    return 0;
  },
};
