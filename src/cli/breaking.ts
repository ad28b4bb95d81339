import type { Fault, FaultNews } from "../faults/faults.ts";
import type { Messages } from "./messages/en.ts";

/** Words for what is broken on purpose. */

/** "f1 crash reviews" */
export function named(fault: Fault): string {
  return `${fault.id} ${fault.kind} ${fault.target}`;
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
