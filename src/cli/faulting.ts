import { SeamlineError } from "../contract/errors.ts";
import { isLocked } from "../deploy/lock.ts";
import { deploymentsBelow } from "../deploy/state.ts";
import type { Fault, FaultNews, FaultSpec } from "../faults/faults.ts";
import type { Args } from "./args.ts";
import { rootOf } from "./deploying.ts";
import type { Messages } from "./messages.ts";
import type { RunningDeployment } from "./running.ts";
import type { Terminal } from "./terminal.ts";

/** What `fault`, `heal` and `faults` share: which deployment is meant, and words for what is broken in it. */

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

/** "crash reviews" */
export function wordsOf({ kind, target }: FaultSpec): string {
  return `${kind} ${target}`;
}

/** "f1 crash reviews" */
export function named(fault: Fault): string {
  return `${fault.id} ${wordsOf(fault)}`;
}

export function describeNews({ state, fault, detail }: FaultNews, t: Messages): string {
  if (state === "applied") return t.faultLeft(named(fault), seconds(fault.forMs));
  return state === "healed" ? t.faultHealed(named(fault)) : t.faultFailed(named(fault), detail);
}

export function leftOf({ endsAt }: Fault): string {
  return seconds(Math.max(0, endsAt - Date.now()));
}

export function seconds(ms: number): string {
  return (ms / 1000).toFixed(ms % 1000 === 0 ? 0 : 1);
}
