import "../kernel/packed.ts";
import { realpathSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { SeamlineError } from "../contract/errors.ts";
import { readArgs } from "./args.ts";
import type { Command } from "./command.ts";
import { commandHelp, overview } from "./help.ts";
import type { CommandName } from "./messages/en.ts";
import { nearest } from "./suggest.ts";
import { chooseLanguage, terminal, toJson, type Terminal } from "./terminal.ts";

/**
 * The `seamline` command. Exit codes: 0 done, 1 it went wrong, 2 the command line asks for something that is not there;
 * commands may have further ones.
 */

type Loaded = Promise<{ command: Command }>;
const commands: Record<CommandName, () => Loaded> = {
  start: () => import("./commands/start.ts"),
  up: () => import("./commands/up.ts"),
  status: () => import("./commands/status.ts"),
  check: () => import("./commands/check.ts"),
  graph: () => import("./commands/graph.ts"),
  seed: () => import("./commands/seed.ts"),
  verify: () => import("./commands/verify.ts"),
  letters: () => import("./commands/letters.ts"),
  clock: () => import("./commands/clock.ts"),
  openapi: () => import("./commands/openapi.ts"),
  load: () => import("./commands/load.ts"),
  compare: () => import("./commands/compare.ts"),
  runs: () => import("./commands/runs.ts"),
  split: () => import("./commands/split.ts"),
  merge: () => import("./commands/merge.ts"),
  move: () => import("./commands/move.ts"),
  scale: () => import("./commands/scale.ts"),
  topology: () => import("./commands/topology.ts"),
  fault: () => import("./commands/fault.ts"),
  heal: () => import("./commands/heal.ts"),
  faults: () => import("./commands/faults.ts"),
  help: () => import("./commands/help.ts"),
};

/** @param argv the words after the program's name @returns the exit code */
export async function main(argv: readonly string[]): Promise<number> {
  const [word = "help", ...rest] = argv[0] === "--lang" ? [...argv.slice(2), ...argv.slice(0, 2)] : argv;
  const language = chooseLanguage(languageAsked(argv), process.env);
  const screen = terminal(language);
  // A reader that has read enough (`| head`) is no reason to die.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  try {
    return await dispatch(word, rest, screen);
  } catch (error) {
    return tell(error, { json: argv.includes("--json"), debug: argv.includes("--debug") }, screen);
  }
}

async function dispatch(word: string, rest: readonly string[], screen: Terminal): Promise<number> {
  if (word === "--version" || word === "-v") return version(screen);
  const wanted = word === "--help" || word === "-h" ? "help" : word;
  if (!(wanted in commands)) {
    const { t } = screen;
    throw new SeamlineError(
      "usage",
      `${t.commandUnknown(word, nearest(word, Object.keys(commands)))} ${t.seeHelp("")}`,
    );
  }
  const { command } = await commands[wanted as CommandName]();
  if (wanted === "help") return help(rest, screen);
  const args = readArgs(rest, command.name, command.positionals, command.flags, screen.t);
  if (args.has("help")) screen.out(commandHelp(command, screen));
  return args.has("help") ? 0 : command.run(args, screen);
}

async function help(rest: readonly string[], screen: Terminal): Promise<number> {
  const [topic] = rest.filter((word) => !word.startsWith("-") && word !== "ko" && word !== "en");
  if (topic === undefined) screen.out(overview(Object.keys(commands) as CommandName[], screen));
  else if (topic in commands) screen.out(commandHelp((await commands[topic as CommandName]()).command, screen));
  else throw new SeamlineError("usage", screen.t.commandUnknown(topic, nearest(topic, Object.keys(commands))));
  return 0;
}

async function version({ out }: Terminal): Promise<number> {
  for (let at = new URL("../../package.json", import.meta.url); ; at = new URL("../package.json", at)) {
    const text = await readFile(at, "utf8").catch(() => null);
    if (text !== null) out((JSON.parse(text) as { version: string }).version);
    if (text !== null || at.pathname === "/package.json") return 0;
  }
}

function languageAsked(argv: readonly string[]): string | undefined {
  const at = argv.findIndex((word) => word === "--lang" || word.startsWith("--lang="));
  return at < 0 ? undefined : (argv[at]!.split("=")[1] ?? argv[at + 1]);
}

/** What was asked for and is not there, is the command line's fault; everything else went wrong. */
const asked = ["usage", "app_unknown", "topology_unknown", "hypotheses_invalid"];

function tell(error: unknown, { json, debug }: Record<"json" | "debug", boolean>, screen: Terminal): number {
  const { json: print, note, paint, t } = screen;
  const known = error instanceof SeamlineError ? error : unforeseen(error, t);
  note(`${paint.red(known.code)}: ${known.message}`);
  if (debug) note(paint.dim(inspect(known)));
  if (json) print(toJson(known));
  return asked.includes(known.code) ? 2 : 1;
}

function unforeseen(error: unknown, t: Terminal["t"]): SeamlineError {
  const reason = error instanceof Error ? error.message : String(error);
  return new SeamlineError("internal", t.unexpected(reason), { cause: error });
}

/** Runs a command line and ends the process with its exit code, once what was printed is out. */
export async function run(argv: readonly string[]): Promise<void> {
  const code = await main(argv);
  process.stdout.write("", () => process.exit(code));
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url))
  await run(process.argv.slice(2));
