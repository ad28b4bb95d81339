import { SeamlineError } from "../contract/errors.ts";
import { isLocked } from "../deploy/lock.ts";
import { deploymentsBelow } from "../deploy/state.ts";
import type { Args } from "./args.ts";
import { rootOf } from "./deploying.ts";
import type { RunningDeployment } from "./running.ts";
import type { Terminal } from "./terminal.ts";

/** Which deployment `fault`, `heal` and `faults` mean. */

/** Deployments that run; `--on` names one by its topology or whole. */
export async function runningOn(args: Args): Promise<RunningDeployment[]> {
  const on = args.value("on");
  const found = await deploymentsBelow(rootOf(args));
  return found.flatMap(({ directory, deployed: { name, control } }) =>
    control !== null && isLocked(directory) && (on === undefined || name === on || name.endsWith(`-${on}`))
      ? [{ name, directory, control }]
      : [],
  );
}

/** @throws SeamlineError `usage` where none or several run */
export async function theOneOn(args: Args, { t }: Terminal): Promise<RunningDeployment> {
  const found = await runningOn(args);
  if (found.length > 1) throw new SeamlineError("usage", t.severalOn(found.map(({ name }) => name)));
  if (found[0] === undefined) throw new SeamlineError("usage", t.noneOn(args.value("on") ?? null, rootOf(args)));
  return found[0];
}
