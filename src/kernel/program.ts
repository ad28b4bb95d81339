import { mkdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { SeamlineError } from "../contract/errors.ts";
import type { App } from "../module/app.ts";
import type { Log } from "../module/module.ts";
import type { StartedProgram } from "../module/program.ts";
import { Clock } from "./clock.ts";
import type { Directory, ProgramConfig } from "./control.ts";
import { localUrl } from "./programs.ts";
import type { RunningProcess } from "./running.ts";
import { usage } from "./usage.ts";

/** What the entry point does with whatever it runs. */
export type Running = Pick<RunningProcess, "port" | "listen" | "direct" | "status" | "drain"> &
  Partial<Pick<RunningProcess, "meter" | "change">>;

/** Runs one of an app's programs. @throws what the program's start throws; SeamlineError `start_failed` */
export async function startProgram(
  app: App,
  { program: name, port, secret, directory: home }: ProgramConfig,
  directory: Directory,
  log: Log,
): Promise<Running> {
  const { default: program } = await app.programs[name]!();
  const clock = new Clock(directory.clockOffsetMs);
  const ending = new AbortController();
  let { ports } = directory;
  await mkdir(home, { recursive: true, mode: 0o700 });
  const started = await program.start({
    name,
    directory: home,
    secret: Buffer.from(secret, "hex"),
    port,
    urlOf: (module) => (ports[module] === undefined ? null : localUrl(ports[module])),
    log,
    now: clock.now,
    signal: ending.signal,
  });
  await assertStarted(name, started);
  let drained: Promise<void> | null = null;
  const drain = async (withinMs: number): Promise<void> => {
    ending.abort();
    const closed = started.close().catch((error: unknown) => log.error({ err: error }, "the program did not close"));
    await Promise.race([closed, sleep(withinMs, undefined, { ref: false })]);
  };
  return {
    port: started.port,
    listen: null,
    direct(next) {
      ({ ports } = next);
      clock.set(next.clockOffsetMs);
    },
    status: () => ({ ...usage(), parts: { [name]: "ready" }, seams: [] }),
    drain: (withinMs) => (drained ??= drain(withinMs)),
  };
}

async function assertStarted(name: string, started: StartedProgram | undefined): Promise<void> {
  const { port, close } = started ?? {};
  if (Number.isInteger(port) && port! > 0 && typeof close === "function") return;
  await close?.();
  throw new SeamlineError(
    "start_failed",
    `program "${name}": start gave port ${String(port)} and close ${typeof close}; it must give { port, close() } once it listens`,
  );
}
