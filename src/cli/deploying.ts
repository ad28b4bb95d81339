import { join, resolve } from "node:path";
import { deploy, type Deployment, type DeployOptions } from "../deploy/deploy.ts";
import type { Args } from "./args.ts";
import { Interrupted, interrupts, untilAborted, type Interrupts } from "./interrupts.ts";
import { describeEvent } from "./progress.ts";
import type { ResolvedApp, ResolvedTopology } from "./resolve.ts";
import type { Terminal } from "./terminal.ts";

/** What `up`, `start` and `seed` share: bringing deployments up, and down again however the command ends. */

/** The directory of all state, and in it the one of a deployment. */
export function rootOf(args: Args): string {
  return resolve(args.value("data") ?? ".seamline");
}

export function directoryOf(root: string, { app }: ResolvedApp, { name, topology }: ResolvedTopology): string {
  return join(root, `${app.name}-${name}${topology.guards === "naive" ? "-naive" : ""}`);
}

export function postgresOf(args: Args): string | undefined {
  return args.value("postgres") ?? (process.env["SEAMLINE_POSTGRES"] || undefined);
}

export type Wanted = ResolvedApp & ResolvedTopology & Pick<DeployOptions, "ports">;

/** Deploys one app. Its events go to `tell`. */
export function bringUp(
  { app, appUrl, name, topology, ports }: Wanted,
  args: Args,
  signal: AbortSignal,
  tell: DeployOptions["onEvent"],
): Promise<Deployment> {
  const directory = directoryOf(rootOf(args), { app, appUrl }, { name, topology });
  const topologyName = topology.guards === "naive" ? `${name}-naive` : name;
  return deploy({
    app,
    appUrl,
    topology,
    topologyName,
    directory,
    ports,
    postgres: postgresOf(args),
    ...(args.has("faults") && { links: "proxied" as const, codeFaults: true }),
    signal,
    onEvent: tell,
  });
}

/** Prints events: JSON lines on stdout for programs, words on stderr for people. */
export function teller(screen: Terminal, json: boolean, deployment?: string): NonNullable<DeployOptions["onEvent"]> {
  return (event) => {
    if (json) screen.json(deployment === undefined ? event : { deployment, ...event });
    const line = describeEvent(event, screen);
    if (line !== null && !json)
      screen.note(deployment === undefined ? line : `${line}  ${screen.paint.dim(deployment)}`);
  };
}

/**
 * Runs `work`, which starts deployments and gives them to `keep`; waits until the user ends it, or `once` says that it
 * is done; stops all. @returns the exit code
 */
export async function untilInterrupted(
  screen: Terminal,
  work: (signal: AbortSignal, keep: (deployment: Deployment) => void) => Promise<"wait" | "done">,
): Promise<number> {
  using interrupted = interrupts();
  const running: Deployment[] = [];
  try {
    const next = await work(interrupted.signal, (deployment) => running.push(deployment));
    if (next === "wait") await untilAborted(interrupted.signal);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
  } finally {
    await stopAll(running, interrupted, screen);
  }
  if (interrupted.error() !== undefined) throw interrupted.error();
  return 0;
}

async function stopAll(running: readonly Deployment[], { signal }: Interrupts, { note, t }: Terminal): Promise<void> {
  if (signal.aborted) note(`\n${t.stopping}`);
  await Promise.all(running.map((deployment) => deployment.stop()));
  if (signal.aborted) note(t.stoppedAll);
}
