import { SeamlineError } from "../contract/errors.ts";
import type { StoreAddress } from "../data/data.ts";
import { readClock } from "../deploy/clock.ts";
import { askControl } from "../deploy/control-socket.ts";
import { isLocked } from "../deploy/lock.ts";
import { withAnyPorts } from "../deploy/ports.ts";
import { deploymentsBelow } from "../deploy/state.ts";
import type { Args } from "./args.ts";
import { bringUp, directoryOf, rootOf, teller, untilInterrupted } from "./deploying.ts";
import { resolveTopology, type ResolvedApp } from "./resolve.ts";
import type { Terminal } from "./terminal.ts";

/** Deployments that run already, for commands that ask one or work in its stores. */

export interface RunningDeployment {
  readonly name: string;
  readonly directory: string;
  /** Path of its control socket. */
  readonly control: string;
}

/** The deployment that runs, of any app where `resolved` is null. Of several, app and topology say which. null: none. */
export async function findRunning(
  resolved: ResolvedApp | null,
  args: Args,
  screen: Terminal,
): Promise<RunningDeployment | null> {
  const root = rootOf(args);
  const asked = args.value("topology");
  const only =
    asked === undefined || resolved === null
      ? null
      : directoryOf(root, resolved, await resolveTopology(resolved.app, asked));
  const fits = (name: string): boolean =>
    resolved === null ? asked === undefined || name.endsWith(`-${asked}`) : name.startsWith(`${resolved.app.name}-`);
  const found = (await deploymentsBelow(root)).filter(
    ({ directory, deployed }) => fits(deployed.name) && (only === null || directory === only) && isLocked(directory),
  );
  if (found.length > 1)
    throw new SeamlineError("usage", screen.t.severalRun(found.map(({ deployed }) => deployed.name)));
  const [one] = found;
  if (one === undefined || one.deployed.control === null) return null;
  return { name: one.deployed.name, directory: one.directory, control: one.deployed.control };
}

export interface StoresAccess {
  readonly stores: Readonly<Record<string, StoreAddress>>;
  /** Of the deployment. */
  readonly directory: string;
  /** By how much the app's time is ahead of the machine's. */
  readonly clockOffsetMs: number;
  readonly signal: AbortSignal;
}

/**
 * Gives `work` the stores of the app's running deployment, or of one that is up for as long as the work takes.
 *
 * @returns the exit code: what `work` returns, or 130 where it was interrupted
 */
export async function withStores(
  resolved: ResolvedApp,
  args: Args,
  screen: Terminal,
  work: (access: StoresAccess) => Promise<number>,
): Promise<number> {
  let code = 130;
  await untilInterrupted(screen, async (signal, keep) => {
    const running = await findRunning(resolved, args, screen);
    if (running !== null) {
      const stores = (await askControl(running.control, { ask: "stores" })) as StoresAccess["stores"];
      const { directory } = running;
      code = await work({ stores, directory, clockOffsetMs: await readClock(directory), signal });
      return "done";
    }
    screen.note(screen.t.startingMeanwhile);
    const where = await resolveTopology(resolved.app, args.value("topology") ?? "monolith");
    const quiet = { ...where, topology: withAnyPorts(where.topology) };
    const tell = args.has("json") ? undefined : teller(screen, false);
    const deployment = await bringUp({ ...resolved, ...quiet }, args, signal, tell);
    keep(deployment);
    const { directory, clockOffsetMs } = deployment;
    code = await work({ stores: deployment.stores(), directory, clockOffsetMs, signal });
    return "done";
  });
  return code;
}
