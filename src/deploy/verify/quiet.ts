import { setTimeout as sleep } from "node:timers/promises";
import { monotonicMs } from "../../contract/deadline.ts";
import type { Snapshots } from "./snapshots.ts";

/**
 * Whether anything is on its way between the modules: an event that is not delivered, or a saga that is not done, failed
 * or asleep. Modules are looked at one after the other, so something could pass from one that is still to be looked at to
 * one that has been. Whatever passes leaves a mark (an event's position, a step in a journal, an ended saga), so two
 * rounds in which all modules are quiet and no mark has changed show that nothing was on its way during them.
 */
const lookText = `select
  (select count(*) from seamline_outbox where dead_at is null) as events,
  (select count(*) from seamline_sagas
    where state in ('running', 'stopped') or (state = 'waiting' and wake_at <= $1)) as sagas,
  concat_ws('/', (select last_value from seamline_outbox_position_seq),
    (select count(*) from seamline_saga_steps),
    (select count(*) from seamline_sagas where ended_at is not null)) as mark`;

const lookEveryMs = 100;

export interface QuietOptions {
  readonly now: () => Date;
  /** How long to wait for it. */
  readonly settleMs: number;
  readonly signal: AbortSignal | undefined;
}

/** Waits until nothing is on its way. @returns what is at the end of the wait, per module; empty: nothing */
export async function untilQuiet(snapshots: Snapshots, { now, settleMs, signal }: QuietOptions): Promise<string[]> {
  const end = monotonicMs() + settleMs;
  let before = "";
  for (;;) {
    const { busy, marks } = await look(snapshots, now());
    if (busy.length === 0 && marks === before) return [];
    if (monotonicMs() > end) return busy.length > 0 ? busy : ["something happens all the time"];
    before = busy.length === 0 ? marks : "";
    await sleep(lookEveryMs, undefined, { signal });
  }
}

async function look(snapshots: Snapshots, now: Date): Promise<{ busy: string[]; marks: string }> {
  await snapshots.renew();
  const busy: string[] = [];
  const marks: string[] = [];
  for (const module of snapshots.modules) {
    const [row] = await snapshots.sql(module, lookText, [now]);
    const { events, sagas, mark } = row as { events: number; sagas: number; mark: string };
    if (events > 0) busy.push(`${module}: ${events === 1 ? "1 event" : `${events} events`}`);
    if (sagas > 0) busy.push(`${module}: ${sagas === 1 ? "1 saga" : `${sagas} sagas`}`);
    marks.push(mark);
  }
  return { busy, marks: marks.join(" ") };
}
