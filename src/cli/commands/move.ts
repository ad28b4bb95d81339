import { inColumns } from "../../compare/columns.ts";
import { SeamlineError } from "../../contract/errors.ts";
import { rememberedMoves } from "../../deploy/begun.ts";
import type { Live, LiveStatus, Wish } from "../../split/live.ts";
import { rollback } from "../../split/moving.ts";
import { statusOf } from "../../split/recall.ts";
import type { Args } from "../args.ts";
import type { Command } from "../command.ts";
import { deploymentOf, doMove, moveFlags, watchMove } from "../moving.ts";
import { saidChange } from "../movingwords.ts";
import type { Terminal } from "../terminal.ts";

export const command: Command = {
  name: "move",
  positionals: ["[MODULE]"],
  flags: { process: { value: "NAME" }, server: { value: "NAME" }, rollback: {}, status: {}, ...moveFlags },
  examples: [
    "seamline move reviews --process catalog --server catalog --plan",
    "seamline move --status",
    "seamline move reviews --abort",
    "seamline move reviews --rollback",
  ],
  async run(args, screen) {
    const { t } = screen;
    const ways = (["plan", "abort", "rollback", "status"] as const).filter((flag) => args.has(flag));
    if (ways.length > 1) throw new SeamlineError("usage", t.flagsExclude(`--${ways[0]}`, `--${ways[1]}`));
    if (args.has("status")) return showStatus(args, screen);
    const module = args.positionals[0] ?? (await theOne(args, screen));
    if (!args.has("rollback")) return doMove(module, () => wishOf(args, screen), args, screen);
    return watchMove({ ...(await deploymentOf(args, screen)), module }, rollback, args, screen);
  },
};

function wishOf(args: Args, { t }: Terminal): Wish {
  const [process = null, server = null] = [args.value("process"), args.value("server")];
  if (process === null && server === null) throw new SeamlineError("usage", t.moving.placeMissing);
  return { to: "place", process, server };
}

/** The module that can only be meant. @throws SeamlineError `usage` */
async function theOne(args: Args, screen: Terminal): Promise<string> {
  const { begun, done } = await rememberedMoves((await deploymentOf(args, screen)).directory);
  const meant = args.has("abort") ? begun : args.has("rollback") ? done : [];
  if (meant.length !== 1) throw new SeamlineError("usage", screen.t.moving.moduleMissing(meant));
  return meant[0]!;
}

async function showStatus(args: Args, screen: Terminal): Promise<number> {
  const { t, out, json } = screen;
  const deployment = await deploymentOf(args, screen);
  const { begun, done } = await rememberedMoves(deployment.directory);
  const [asked] = args.positionals;
  const modules = asked === undefined ? [...new Set([...begun, ...done])].sort() : [asked];
  const found = await Promise.all(modules.map((module) => tell(deployment, module)));
  if (args.has("json")) json({ type: "moves", modules: Object.fromEntries(found) });
  else if (found.length === 0) out(t.moving.noMoves);
  else out(inColumns(found.map(([module, status]) => [module, ...words(status, screen)])));
  return 0;
}

async function tell(live: Live, module: string): Promise<[string, LiveStatus]> {
  return [module, await statusOf(live, module)];
}

function words(status: LiveStatus, { t }: Terminal): string[] {
  if (status.at === "none") return ["", t.moving.none];
  const change = saidChange(status.from, status.to, t);
  if (status.at === "begun") return [change, t.moving.begun(status.running, status.committed)];
  return [change, t.moving.done(status.endedAt.slice(0, 16).replace("T", " "))];
}
