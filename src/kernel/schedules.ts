import { deadlines } from "../contract/deadline.ts";
import type { ClaimedSchedule, Timetable } from "../data/tasks.ts";
import type { Log } from "../module/module.ts";
import type { Schedule } from "../module/saga.ts";
import { judge } from "./attempts.ts";
import type { ContextClass } from "./context-class.ts";
import { deadlineIn, rootContext } from "./context.ts";
import { newTraceId } from "./trace.ts";

/** Time that the work of a schedule may take: as long as its claim lasts by itself. */
const runMs = 10_000;

export interface ScheduleOptions {
  readonly module: string;
  readonly schedule: Schedule;
  readonly claimed: ClaimedSchedule;
  readonly timetable: Timetable;
  readonly Context: ContextClass;
  readonly guarded: boolean;
  readonly log: Log;
  now(): Date;
}

/**
 * Does a schedule's work once, in one transaction with its next time. Never rejects.
 *
 * @returns when to look again, in ms; null: at the next time of the schedule
 */
export async function runSchedule(options: ScheduleOptions): Promise<number | null> {
  const { module, schedule, claimed, timetable, Context, guarded, log, now } = options;
  const origin = { traceId: newTraceId(), user: null, identity: "" };
  // Each run is an effect of its own, so its commands have keys of their own.
  const key = `schedule:${module}/${schedule.name}/${crypto.randomUUID()}`;
  const context = rootContext(Context, module, deadlineIn(runMs, guarded), origin, key);
  if (context.deadline !== Infinity) deadlines.add(context);
  let again = false;
  try {
    const begun = now().getTime();
    await timetable.run(claimed, context, async (unit) => {
      context.unit = unit;
      again = (await schedule.run(context))?.again === true;
      return new Date(again ? begun : begun + schedule.everyMs);
    });
    return again ? 0 : null;
  } catch (error) {
    const { pauseMs, error: text } = judge(error, true, claimed.attempts, claimed.attempts * 1000);
    log.warn(
      { module, schedule: schedule.name, attempts: claimed.attempts + 1, err: error },
      "a schedule's work failed",
    );
    await timetable.putOff(claimed, text, pauseMs).catch(() => {});
    return pauseMs;
  } finally {
    deadlines.remove(context);
  }
}
