import { monotonicMs } from "../contract/deadline.ts";
import type { FaultNews } from "../faults/faults.ts";
import type { DatabaseView } from "./databases.ts";
import type { ProcessView } from "./process/supervised.ts";

/** What a deployment tells while it starts and runs. Plain JSON. */

export const steps = ["check", "directory", "databases", "provision", "processes"] as const;
export type Step = (typeof steps)[number];

export type DeployNews =
  | { readonly type: "step"; readonly step: Step; readonly state: "begun" | "done" }
  /** Something that was decided for the user and that he should know. */
  | { readonly type: "note"; readonly note: "database-per-module"; readonly message: string }
  | { readonly type: "process"; readonly process: ProcessView }
  | { readonly type: "database"; readonly database: DatabaseView }
  | ({ readonly type: "fault" } & FaultNews)
  | { readonly type: "ready"; readonly url: string | null };

/** `elapsedMs` since the deployment was begun. */
export type DeployEvent = DeployNews & { readonly elapsedMs: number };

export interface Reporter {
  tell(news: DeployNews): void;
  step<T>(step: Step, work: () => Promise<T>): Promise<T>;
}

export function reporter(onEvent: (event: DeployEvent) => void): Reporter {
  const begun = monotonicMs();
  const tell = (news: DeployNews): void => onEvent({ ...news, elapsedMs: Math.round(monotonicMs() - begun) });
  return {
    tell,
    async step(step, work) {
      tell({ type: "step", step, state: "begun" });
      const result = await work();
      tell({ type: "step", step, state: "done" });
      return result;
    },
  };
}
