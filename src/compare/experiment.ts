import { availableParallelism } from "node:os";
import { SeamlineError } from "../contract/errors.ts";
import { startLoad, type Load } from "../load/load.ts";
import { Course } from "./experiment/course.ts";
import { describeRun } from "./experiment/describe.ts";
import type { ExperimentOptions, ExperimentOutcome } from "./experiment/options.ts";
import { orderOf, planDuration } from "./experiment/plan.ts";
import { prepare, type Prepared } from "./experiment/prepare.ts";
import { Recorder } from "./experiment/recorder.ts";
import { assertDisk, assertRate } from "./experiment/room.ts";
import { Side, type Shared } from "./experiment/side.ts";
import { sweepRuns } from "./experiment/sweep.ts";
import { takeTurn } from "./experiment/turn.ts";
import { readWritten } from "./experiment/written.ts";

export type * from "./experiment/options.ts";
export {
  columnOf,
  defaultColumns,
  defaultWindows,
  planDuration,
  quickWindows,
  repetitionsWithin,
} from "./experiment/plan.ts";

/**
 * An experiment: app × columns × scenario × faults × repetitions → a recording, from which everything else is made.
 *
 * All columns are up all the time, each a deployment of its own with the same data, and one at a time is under load, in
 * the order A-B-C-D, D-C-B-A, …, so that what changes on the machine meanwhile does not fall on one of them. In a turn
 * every column is sent the same requests: a baseline, then each fault and what comes after it. At the end each is looked
 * at when nothing is on its way.
 *
 * However it ends, faults are healed and everything is stopped, and what was recorded until then can be read.
 */

/**
 * Refuses what could not succeed, before anything starts.
 *
 * @throws SeamlineError `usage` for a scenario, fault, target or number that there is not or cannot be, or a rate that
 *   this machine cannot send; `fault_refused` for a fault that it cannot do; `topology_invalid`, `app_invalid`;
 *   `recording_failed` where the disk has no room
 */
export async function checkExperiment(options: ExperimentOptions): Promise<void> {
  await check(options);
}

async function check(options: ExperimentOptions): Promise<Prepared> {
  const prepared = await prepare(options);
  await assertDisk(options);
  await assertRate(options, prepared);
  return prepared;
}

/**
 * Carries an experiment out.
 *
 * @returns where the recording lies, also where it was interrupted or could not go on: `why` says so, as the recording does
 * @throws SeamlineError as `checkExperiment` does, before there is a recording
 */
export async function runExperiment(options: ExperimentOptions): Promise<ExperimentOutcome> {
  const prepared = await check(options);
  options.signal.throwIfAborted();
  await sweepRuns(options.runs);
  const recorder = await Recorder.begin(options.runs, await describeRun(options, prepared));
  const { directory, id } = recorder;
  options.onProgress({ type: "begun", directory, id, plannedMs: planDuration(options) });
  const signal = AbortSignal.any([options.signal, recorder.failed]);
  const shared = { options, prepared, recorder, signal };
  let cause: unknown;
  try {
    await carryOut(shared);
  } catch (error) {
    // Whatever broke off when the signal fired, the signal is why.
    cause = signal.aborted ? signal.reason : error;
  }
  let why = cause === undefined ? "" : options.signal.aborted ? "interrupted" : messageOf(cause);
  try {
    await recorder.end(why);
  } catch (error) {
    cause ??= error;
    why ||= messageOf(error);
  }
  options.onProgress({ type: "done", complete: why === "", why });
  return { directory, id, complete: why === "", why, cause };
}

async function carryOut(shared: Shared): Promise<void> {
  await using undo = new AsyncDisposableStack();
  const sides = await bringUp(shared, undo);
  const load = await startGenerator(shared, sides);
  undo.defer(() => load.stop());
  const { options, prepared, recorder } = shared;
  const course = new Course(options, prepared, () => recorder.now());
  for (let repetition = 0; repetition < options.repetitions; repetition++)
    for (const place of orderOf(sides.length, repetition))
      await takeTurn({ ...shared, side: sides[place]!, place, repetition, load, course });
  // What it knows is written before anybody reads it; the figures of a full disk are no figures.
  await load.stop();
  for (const side of sides) {
    await side.verify();
    await readWritten(side, shared);
  }
}

/** One after the other, so that each has the machine for itself; or as many at once as there are processors. */
async function bringUp(shared: Shared, undo: AsyncDisposableStack): Promise<Side[]> {
  const { columns, together = false, onProgress } = shared.options;
  const up = new Map<string, Side>();
  undo.defer(async () => {
    for (const name of up.keys()) onProgress({ type: "column", column: name, state: "stopping" });
    await Promise.all([...up.values()].map((side) => side.stop()));
  });
  const left = [...columns];
  const some = async (): Promise<void> => {
    // After a failure no other is begun.
    try {
      for (let spec = left.shift(); spec !== undefined; spec = left.shift())
        up.set(spec.name, await Side.up(spec, shared));
    } finally {
      left.length = 0;
    }
  };
  const settled = await Promise.allSettled(Array.from({ length: together ? availableParallelism() : 1 }, some));
  const failed = settled.find((each) => each.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return columns.map(({ name }) => up.get(name)!);
}

function startGenerator({ options, prepared, recorder }: Shared, sides: readonly Side[]): Promise<Load> {
  const { appUrl, scenario, windows } = options;
  return startLoad({
    ...{ appUrl, scenario, size: prepared.size, hangMs: windows.hangMs },
    columns: sides.map(({ load }) => load),
    features: prepared.features,
    originNs: String(recorder.originNs),
    samples: recorder.samples,
  });
}

function messageOf(error: unknown): string {
  if (error instanceof SeamlineError) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
