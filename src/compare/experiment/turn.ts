import { setTimeout as sleep } from "node:timers/promises";
import type { Load, WindowTally } from "../../load/load.ts";
import type { ProgressColumn } from "../../load/plan.ts";
import { calmMs } from "../recovery.ts";
import type { Phase } from "../slices.ts";
import { isTooMuch, loopLimitMs } from "../validity.ts";
import type { Course } from "./course.ts";
import { baselineLoadMs, faultLoadMs, longestRecoveryMs } from "./plan.ts";
import type { PlannedFault } from "./prepare.ts";
import type { Shared, Side } from "./side.ts";
import { noteMemory, watchCpu } from "./watch.ts";

/**
 * One column's turn: a baseline, then each fault with what comes after it. Only this column is under load meanwhile.
 *
 * The load of a baseline is one window of the generator, and that of a fault another: every column is sent the same
 * requests in each, whatever became of the one before. What is a phase is said by times, not by the generator.
 */
export interface Turn extends Shared {
  readonly side: Side;
  /** The column's place. */
  readonly place: number;
  readonly repetition: number;
  readonly load: Load;
  readonly course: Course;
}

/** Between asking for a window and its first request, so that everything is planned by then. */
const headMs = 150;
/** How long a column may take after a fault until all of it is there again. */
const settleMs = 30_000;
/** Beyond calm, because progress is told in steps. */
const calmSlackMs = 300;
const lookMs = 100;

/** @throws the reason of the signal, or what made it impossible to go on */
export async function takeTurn(turn: Turn): Promise<void> {
  const { side, recorder, prepared, options, signal, course, place, repetition } = turn;
  const metering = await side.deployment.meter((line) =>
    recorder.write({ ...line, column: side.name, t: recorder.now() }),
  );
  const unwatch = watchCpu(side, recorder);
  try {
    await baseline(turn, () => metering.flush());
    for (const fault of prepared.faults) {
      const why = fault.missing.get(side.name);
      if (why !== undefined) side.spare(fault, repetition, why);
      else await strike(turn, fault);
    }
  } finally {
    await unwatch();
    await metering.stop();
  }
  course.begin(place, repetition, "idle", null);
  await sleep(options.windows.idleMs, undefined, { signal });
}

/** Lines of meters are told before each end, so that none covers more than the baseline. */
async function baseline(turn: Turn, flush: () => Promise<void>): Promise<void> {
  const { recorder, side } = turn;
  const { warmupMs, baselineMs } = turn.options.windows;
  const id = `r${turn.repetition} ${side.name} baseline`;
  await during(turn, { id, seed: "baseline", forMs: baselineLoadMs(turn.options.windows) }, async (pace, fromMs) => {
    begin(turn, "warmup", null);
    await pace.sleep(fromMs + warmupMs - recorder.now());
    await flush();
    const from = recorder.now();
    if (warmupMs > 0) window(turn, "warmup", null, fromMs, from);
    begin(turn, "baseline", null);
    await pace.sleep(baselineMs / 2);
    await noteMemory(side, recorder);
    await pace.sleep(from + baselineMs - recorder.now());
    await flush();
    window(turn, "baseline", null, from, recorder.now());
  });
}

async function strike(turn: Turn, fault: PlannedFault): Promise<void> {
  const { recorder, side, repetition, options } = turn;
  const { windows } = options;
  const { leadMs, graceMs, faultMs } = windows;
  const { id } = fault;
  let healed: number | null = null;
  const load = { id: `r${repetition} ${side.name} ${id}`, seed: id, forMs: faultLoadMs(windows) };
  const tally = await during(turn, load, async (pace, fromMs, trouble) => {
    await pace.sleep(fromMs + leadMs - recorder.now());
    begin(turn, "grace", id);
    const struck = await side.strike(fault, repetition, graceMs + faultMs).catch(() => null);
    if (struck === null) return;
    await pace.sleep(graceMs);
    const from = recorder.now();
    window(turn, "grace", id, struck.appliedAt, from);
    begin(turn, "fault", id);
    healed = await pace.until(struck.over);
    window(turn, "fault", id, from, healed);
    begin(turn, "recovery", id);
    await calm(turn, healed, pace, trouble);
  });
  if (healed !== null) window(turn, "recovery", id, healed, tally.toMs);
  await settled(turn);
}

/** Waits until users have been served well for long enough, or too long. */
async function calm({ recorder, options }: Turn, healed: number, pace: Pace, trouble: Trouble): Promise<void> {
  const { windows } = options;
  trouble.at = healed;
  for (;;) {
    await pace.sleep(lookMs);
    const now = recorder.now();
    const served = now - trouble.at >= calmMs + calmSlackMs && now - healed >= windows.recoveryMs;
    if (served || now - healed >= longestRecoveryMs(windows)) return;
  }
}

/** Waiting that ends as soon as the experiment, or the load, has ended: it rejects then. */
interface Pace {
  sleep(ms: number): Promise<void>;
  until<T>(work: Promise<T>): Promise<T>;
}

function paceUntil(ends: AbortSignal): Pace {
  return {
    async sleep(ms) {
      if (ms > 0) await sleep(ms, undefined, { signal: ends });
      ends.throwIfAborted();
    },
    async until(work) {
      const ended = Promise.withResolvers<never>();
      const end = (): void => ended.reject(ends.reason);
      ends.addEventListener("abort", end, { once: true });
      try {
        ends.throwIfAborted();
        return await Promise.race([work, ended.promise]);
      } finally {
        ends.removeEventListener("abort", end);
      }
    },
  };
}

/** When something was last seen to be wrong. */
interface Trouble {
  at: number;
  bad: number;
}

interface Asked {
  readonly id: string;
  readonly seed: string;
  readonly forMs: number;
}

/** Does something while load comes to the column, and ends the load after it. */
async function during(
  turn: Turn,
  { id, seed, forMs }: Asked,
  direct: (pace: Pace, fromMs: number, trouble: Trouble) => Promise<void>,
): Promise<WindowTally> {
  const { load, side, options, recorder, repetition } = turn;
  const enough = new AbortController();
  const broken = new AbortController();
  const ends = AbortSignal.any([turn.signal, broken.signal]);
  const trouble: Trouble = { at: 0, bad: 0 };
  const fromMs = recorder.now() + headMs;
  const plan = { id, columns: [side.name], fromMs, forMs, rate: options.rate };
  const sending = load.window(
    { ...plan, seed: `${options.seed}/${repetition}/${seed}` },
    {
      ...{ signal: turn.signal, enough: enough.signal },
      onProgress: ({ columns, loopP99Ms }) => see(turn, columns[0]!, loopP99Ms, trouble),
    },
  );
  sending.catch((error: unknown) => broken.abort(error));
  try {
    await direct(paceUntil(ends), fromMs, trouble);
  } catch (error) {
    ends.throwIfAborted();
    throw error;
  } finally {
    enough.abort();
  }
  return sending;
}

/** So few requests may be on their way without anything being wrong. */
const fewInFlight = 3;

function see(turn: Turn, column: ProgressColumn, loopP99Ms: number, trouble: Trouble): void {
  const { options, recorder, course, side } = turn;
  const bad = column.ended - column.good;
  // What hangs is wrong too, though it has not ended.
  if (bad > trouble.bad || column.inFlight > fewInFlight + options.rate / 2) trouble.at = recorder.now();
  trouble.bad = bad;
  options.onProgress({ type: "load", load: column, ...course.now() });
  if (isTooMuch(column.dropped + column.late, column.sent)) distrust(side, options, "dropped");
  if (loopP99Ms > loopLimitMs) distrust(side, options, "loop");
}

const told = new WeakMap<Side, Set<string>>();

/** Once for each column and reason. */
function distrust(side: Side, { onProgress }: Turn["options"], why: "dropped" | "loop"): void {
  const before = told.get(side) ?? new Set();
  told.set(side, before);
  if (!before.has(why)) onProgress({ type: "invalid", column: side.name, why });
  before.add(why);
}

/** Waits until all of the column is there again, so that the next fault strikes a whole one. */
async function settled({ side, recorder, options, signal }: Turn): Promise<void> {
  const end = recorder.now() + settleMs;
  for (let told = ""; recorder.now() < end;) {
    const why = side.missing().join(", ");
    if (why === "") return;
    if (why !== told) options.onProgress({ type: "settling", column: side.name, why });
    told = why;
    await sleep(lookMs, undefined, { signal });
  }
}

function begin({ course, place, repetition }: Turn, phase: Phase, fault: string | null): void {
  course.begin(place, repetition, phase, fault);
}

function window({ recorder, side, repetition }: Turn, phase: Phase, fault: string | null, from: number, to: number) {
  const id = `r${repetition} ${side.name} ${phase}${fault === null ? "" : ` ${fault}`}`;
  recorder.write({ type: "window", id, column: side.name, phase, repetition, fault, from, to });
}
