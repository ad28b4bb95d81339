import { CompiledQuery } from "kysely";
import type { Schedule } from "../module/saga.ts";
import type { Bound, UnitOfWork } from "./data.ts";
import { isFree, type Holder } from "./holder.ts";
import { leaseMs, type Ways } from "./journal.ts";
import { boundOf } from "./bound.ts";
import type { ClaimedSchedule, Timetable } from "./tasks.ts";

/**
 * The timetable of a module's schedules: a row for each, claimed like sagas (journal.ts), so that one process at a time
 * does the work. The work's effect and its next time commit in one transaction, which asks for the claim: what is
 * done counts as done, and what was killed is done again.
 */

const openMs = 5000;

/** A time that is further ahead than one interval was set when the app's clock was ahead of what it is now. */
const claimText = `
  update seamline_schedules set claimed_by = $4 || '.' || schedule, claimed_until = now() + ${leaseMs} * interval '1 ms'
  where schedule in (
    select schedule from seamline_schedules
    where ${isFree("$2", "claimed_by <> all($3::text[])")} and after_at <= now()
      and (next_at <= $1 or next_at > $1::timestamptz + every_ms * interval '1 ms')
    for no key update skip locked)
  returning schedule, claimed_by as claim, attempts`;

const doneText = `update seamline_schedules set next_at = $3, last_at = now(), attempts = 0, error = null,
  claimed_by = null, claimed_until = null where schedule = $1 and claimed_by = $2`;

export async function openTimetable(
  ways: Ways,
  holder: Holder,
  schedules: readonly Schedule[],
  now: Date,
): Promise<Timetable> {
  const names = schedules.map(({ name }) => name);
  const intervals = schedules.map(({ everyMs }) => everyMs);
  const bound = boundOf(openMs);
  await ways.single(bound, "delete from seamline_schedules where schedule <> all($1::text[])", [names]);
  const text = `insert into seamline_schedules (schedule, every_ms, next_at)
    select name, every, $3::timestamptz from unnest($1::text[], $2::float8[]) as s (name, every)
    on conflict (schedule) do update set every_ms = excluded.every_ms`;
  await ways.single(bound, text, [names, intervals, now]);
  return new StoredTimetable(ways, holder);
}

class StoredTimetable implements Timetable {
  readonly #ways: Ways;
  readonly #holder: Holder;

  constructor(ways: Ways, holder: Holder) {
    this.#ways = ways;
    this.#holder = holder;
  }

  async claim(now: Date, inHand: readonly string[]): Promise<ClaimedSchedule[]> {
    const { rows } = await this.#ways.line(claimText, [now, this.#holder.place, inHand, this.#holder.next()]);
    return rows as ClaimedSchedule[];
  }

  async renew(claims: readonly string[]): Promise<void> {
    const text = `update seamline_schedules set claimed_until = now() + ${leaseMs} * interval '1 ms' where claimed_by = any($1)`;
    await this.#ways.line(text, [claims]);
  }

  async run(
    { schedule, claim }: ClaimedSchedule,
    bound: Bound,
    work: (unit: UnitOfWork) => Promise<Date>,
  ): Promise<boolean> {
    const lost = new Error("the claim was lost");
    try {
      await this.#ways.transaction(bound, async (unit) => {
        const nextAt = await work(unit);
        const query = CompiledQuery.raw(doneText, [schedule, claim, nextAt]);
        if ((await unit.store.executeQuery(query)).numAffectedRows !== 1n) throw lost;
        return "";
      });
      return true;
    } catch (error) {
      if (error !== lost) throw error;
      return false;
    }
  }

  async putOff({ schedule, claim }: ClaimedSchedule, error: string, pauseMs: number): Promise<void> {
    const text = `update seamline_schedules set attempts = attempts + 1, error = $3, after_at = now() + $4 * interval '1 ms',
      claimed_by = null, claimed_until = null where schedule = $1 and claimed_by = $2`;
    await this.#ways.line(text, [schedule, claim, error, pauseMs]);
  }
}
