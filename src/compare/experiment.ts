import { SeamlineError } from "../contract/errors.ts";
import type { ExperimentOptions, ExperimentOutcome } from "./experiment/options.ts";

export type * from "./experiment/options.ts";
export {
  columnOf,
  defaultColumns,
  defaultWindows,
  planDuration,
  quickWindows,
  repetitionsWithin,
} from "./experiment/plan.ts";

/** Refuses what could not succeed, before anything starts. @throws SeamlineError */
export async function checkExperiment(_options: ExperimentOptions): Promise<void> {}

/** Carries an experiment out. */
export async function runExperiment(_options: ExperimentOptions): Promise<ExperimentOutcome> {
  throw new SeamlineError("internal", "not there yet");
}
