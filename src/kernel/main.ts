import "./packed.ts";
import { flushCompileCache } from "node:module";
import { pino } from "pino";
import { SeamlineError } from "../contract/errors.ts";
import type { App } from "../module/app.ts";
import type { Directory, FromProcess, ProcessConfig, ProgramConfig, ToProcess } from "./control.ts";
import type { Running } from "./program.ts";

/**
 * The entry of a process of modules, or of one of the app's programs. It says hello, is told what to be, and from then on does what the deployment says over
 * the IPC channel. It leaves when it is told to drain, on SIGTERM, and when the channel closes: a process without its
 * deployment would be one that nobody can stop.
 *
 * Ctrl-C in a terminal reaches every process of the group at once; the deployment answers it, so it is ignored here.
 */

/** What a process that lost its deployment may still finish. */
const orphanDrainMs = 2000;
const sigtermDrainMs = 5000;

const log = pino({ level: process.env["SEAMLINE_LOG"] ?? "info", base: null }, pino.destination({ fd: 1, sync: true }));
let running: Running | null = null;
/** What was told while it was starting. */
let latest: Directory | null = null;
let leaving = false;

function say(message: FromProcess): void {
  if (process.connected) process.send!(message, () => {});
}

async function configure({ config, directory }: Extract<ToProcess, { type: "configure" }>): Promise<void> {
  const began = performance.now();
  try {
    if (config.codeFaults) (await import("../faults/inside.ts")).listenForCodeFaults();
    running = "program" in config ? await runProgram(config, directory) : await runModules(config, directory);
    if (latest !== null) running.direct(latest);
    if (leaving) {
      await running.drain(0);
      return;
    }
    say({ type: "ready", port: running.port, listen: running.listen, startMs: performance.now() - began });
    // Now rather than at the end, so that the next process finds it even if this one is killed.
    flushCompileCache();
  } catch (error) {
    const code = error instanceof SeamlineError ? error.code : "start_failed";
    log.fatal({ err: error }, "the process could not start");
    say({ type: "failed", code, message: error instanceof Error ? error.message : String(error), part: partOf(error) });
    process.exitCode = 1;
    process.disconnect?.();
  }
}

async function runModules(config: ProcessConfig, directory: Directory): Promise<Running> {
  const [{ startProcess }, { default: app }] = await Promise.all([import("./process.ts"), appOf(config)]);
  const detect = { production: "off", test: "fail", development: "report" } as const;
  return startProcess(app, config, directory, {
    log: log.child({ process: `${config.process}#${config.replica}` }),
    health: (parts) => say({ type: "health", parts }),
    detect: detect[(process.env["NODE_ENV"] ?? "production") as keyof typeof detect] ?? "off",
  });
}

/** Loads nothing of what modules need. */
async function runProgram(config: ProgramConfig, directory: Directory): Promise<Running> {
  const [{ startProgram }, { default: app }] = await Promise.all([import("./program.ts"), appOf(config)]);
  return startProgram(app, config, directory, log.child({ process: `${config.program}#0` }));
}

function appOf(config: { readonly app: string }): Promise<{ default: App }> {
  return import(config.app) as Promise<{ default: App }>;
}

function partOf(error: unknown): string | null {
  const data = error instanceof SeamlineError ? (error.data as { module?: unknown } | undefined) : undefined;
  return typeof data?.module === "string" ? data.module : null;
}

function direct(directory: Directory): void {
  latest = directory;
  running?.direct(directory);
}

/** Asked of processes that are ready, and never of programs. */
async function change({ id, change: wanted }: Extract<ToProcess, { type: "change" }>): Promise<void> {
  try {
    say({ type: "changed", id, left: (await running?.change?.(wanted)) ?? 0 });
  } catch (error) {
    log.error({ err: error, change: wanted.do, module: wanted.module }, "a module could not be moved");
    const code = error instanceof SeamlineError ? error.code : "internal";
    say({ type: "unchanged", id, code, message: error instanceof Error ? error.message : String(error) });
  }
}

async function leave(withinMs: number, code: number): Promise<void> {
  if (leaving) return;
  leaving = true;
  // Whatever hangs in the drain, the process is gone a little after its time.
  setTimeout(() => process.exit(code), withinMs + 250).unref();
  await running?.drain(withinMs);
  process.exit(code);
}

process.on("message", (message: ToProcess) => {
  if (message.type === "configure") void configure(message);
  else if (message.type === "directory") direct(message.directory);
  else if (message.type === "drain") void leave(message.withinMs, 0);
  else if (message.type === "meter") running?.meter?.(message.on, (report) => say({ type: "meter", report }));
  else if (message.type === "change") void change(message);
  else if (running) say({ type: "status", id: message.id, status: running.status() });
});
process.on("disconnect", () => void leave(orphanDrainMs, process.exitCode === 1 ? 1 : 0));
process.on("SIGTERM", () => void leave(sigtermDrainMs, 0));
process.on("SIGINT", () => {});
process.on("SIGHUP", () => {});
// A promise that nobody waited for harms nobody else. After a stray throw the state is unknown: leave, and be restarted.
process.on("unhandledRejection", (error) => log.error({ err: error }, "a promise that nobody waited for was rejected"));
process.on("uncaughtException", (error) => {
  log.fatal({ err: error }, "an error was thrown outside any call");
  void leave(sigtermDrainMs, 1);
});

say({ type: "hello" });
