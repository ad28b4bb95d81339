import type { MeterReport, SeamDelta } from "../kernel/control.ts";
import type { ProcessLine } from "../record/recording.ts";
import type { ProcessView } from "./process/supervised.ts";

/** Lines of a recording, but for what only the experiment knows. */
export type MeterLine = SeamDelta | Omit<ProcessLine, "column" | "t">;

/** Every process of a deployment measures its calls, until this is stopped. */
export interface Metering {
  /** Resolves when everything measured until now has been told: at the end of a window, so that no line covers two. */
  flush(): Promise<void>;
  /** Resolves when the rest has been told and no process measures any more. May be called twice. */
  stop(): Promise<void>;
}

export function meterLines({ seams, cpuMs, loopP99Ms }: MeterReport, view: ProcessView): MeterLine[] {
  const state = Object.values(view.parts).every((part) => part === "ready") ? "ready" : "degraded";
  const own = { type: "process", process: view.id, kind: "app", state, cpuMs, loopP99Ms } as const;
  return [...seams, view.pid === null ? own : { ...own, pid: view.pid }];
}
