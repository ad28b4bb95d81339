import { CompiledQuery, type Kysely } from "kysely";
import type pg from "pg";
import type { SagaTrouble, SagaView } from "../module/saga.ts";
import type { Bound, UnitOfWork } from "./data.ts";
import { isFree, type Holder } from "./holder.ts";
import { ownChannel } from "./sql.ts";
import { failedStep, type ClaimedSaga, type Journal, type Note, type Release, type Written } from "./tasks.ts";
import { tasksWake } from "./wakes.ts";

/**
 * The journal of a module's sagas: the statements.
 *
 * A saga is claimed by a row update with a lease, and everything that a runner writes about it is fenced by that claim:
 * the same statement or transaction locks the saga's row and asks whether the claim is still there. So a runner that was
 * frozen for longer than its lease can repeat an effect, under the same keys, but cannot write an outcome down.
 *
 * No wake-up is lost: whoever wakes a saga counts `wakes` up; a runner leaves a saga to its sleep, or to a pause, only if
 * that is still the number it saw when it claimed it.
 *
 * Breakpoints cost nothing of their own: which steps must not be begun comes with the claim and with every outcome that
 * is written, and an outcome that must not be written is refused by the statement that would write it. A stopped saga
 * is let go, and a trigger sets it going when the breakpoint is removed. `for share` makes the two see each other.
 */

/** How long a saga stays with a runner that has fallen silent (and whose process does not come back). */
export const leaseMs = 10_000;
/** Attempts, and time since the first of them, after which a failing step counts as stuck. */
const patience = { failures: 10, ms: 60_000 };
const keepDays = 30;
const sweepRows = 1000;

/** SQL: the steps of saga `name` that must not be begun now, as a JSON array. */
const stopsOf = (name: string): string =>
  `(select coalesce(json_agg(step), '[]') from seamline_saga_stops where saga = ${name} and phase = 'before') as stops`;

const claimText = `
  with due as materialized (
    select saga, id from seamline_sagas
    where state = 'running' and next_at <= now() and ${isFree("$3", "claimed_by <> all($4::text[])")}
    order by next_at limit $1 for no key update skip locked
  ), risen as materialized (
    select saga, id from seamline_sagas where state = 'waiting' and wake_at <= $2
    order by wake_at limit $1 for no key update skip locked
  ), mine as (
    update seamline_sagas s set state = 'running', wake_at = null, claimed_by = $5 || '.' || d.n,
      claimed_until = now() + ${leaseMs} * interval '1 ms'
    from (select saga, id, row_number() over () as n
      from (select * from due union all select * from risen limit $1) both_kinds) d
    where s.saga = d.saga and s.id = d.id
    returning s.*
  )
  select saga, id, claimed_by as claim, traceparent, wakes, step, attempts, failures,
    coalesce(extract(epoch from now() - since) * 1000, 0)::float8 as "troubledMs",
    (select coalesce(json_agg(json_build_object('step', j.step, 'state', j.state, 'value', j.value) order by j.position), '[]')
      from seamline_saga_steps j where j.saga = m.saga and j.id = m.id) as journal,
    ${stopsOf("m.saga")}
  from mine m`;

/** Locks the saga's row, if the claim holds, and the breakpoint after the step, if there is one. */
const fence = `
  mine as materialized (
    select 1 from seamline_sagas where saga = $1 and id = $2 and claimed_by = $3 for no key update
  ), held as materialized (
    select 1 from seamline_saga_stops where saga = $1 and step = $4 and phase = 'after' for share
  )`;
const answer = `select exists (select from mine) as mine, exists (select from noted) as noted, ${stopsOf("$1")}`;

const noteText = `
  with ${fence}, noted as (
    insert into seamline_saga_steps (saga, id, step, position, state, value, attempts, error)
    select $1, $2, $4, $5::integer, $6, $7, $8::integer, $9 from mine where not exists (select from held)
    returning 1
  ), settled as (
    update seamline_sagas set step = null, attempts = 0, failures = 0, error = null, since = null, stuck = false
    where saga = $1 and id = $2 and step is not null and exists (select from noted)
  )
  ${answer}`;

const failText = `
  with ${fence}, noted as (
    update seamline_sagas set state = 'failed', reason = $5, ended_at = now(), claimed_by = null, claimed_until = null,
      step = null, attempts = 0, failures = 0, error = null, since = null, stuck = false
    where saga = $1 and id = $2 and exists (select from mine) and not exists (select from held)
    returning 1
  )
  ${answer}`;

/** $1–$3 name the claim; what each kind sets is `sets`. */
const releaseText = (sets: string): string =>
  `update seamline_sagas set claimed_by = null, claimed_until = null, ${sets}
    where saga = $1 and id = $2 and claimed_by = $3`;

/** When it is due again: after $5 ms, or at once if it was woken ($4: the wakes that were seen). */
const afterPause = "next_at = case when wakes = $4 then now() + $5 * interval '1 ms' else now() end";

const releaseTexts = {
  done: releaseText(`state = 'done', ended_at = now(), step = null, stuck = false, error = null, since = null`),
  // Whoever lets it go begins nothing more, so others are told.
  yielded: `with released as (${releaseText("next_at = now()")} returning 1)
    select pg_notify(${ownChannel}, '${tasksWake}') from released`,
  asleep: releaseText(`state = case when wakes = $4 then 'waiting' else 'running' end, step = $5, wake_at = $6,
    next_at = now(), attempts = 0, failures = 0, error = null, since = null, stuck = false`),
  stopped: `with held as materialized (select 1 from seamline_saga_stops where saga = $1 and step = $4 for share)
    ${releaseText(`state = case when exists (select from held) then 'stopped' else 'running' end, step = $4, next_at = now()`)}`,
  unknown: releaseText(`${afterPause}, step = $6, attempts = case when step = $6 then attempts else 0 end + 1,
    failures = 0, error = null, since = null, stuck = false`),
  failing: releaseText(`${afterPause}, step = $6, error = $7,
    attempts = case when step = $6 then attempts else 0 end + 1,
    failures = case when step = $6 then failures else 0 end + 1,
    since = case when step = $6 then coalesce(since, now()) else now() end,
    stuck = $8 or (failures + 1 >= ${patience.failures} and step = $6) is true
      or (since < now() - ${patience.ms} * interval '1 ms' and step = $6) is true`),
} as const satisfies Record<Release["at"], string>;

function releaseValues(release: Release, wakes: number): unknown[] {
  switch (release.at) {
    case "done":
    case "yielded":
      return [];
    case "stopped":
      return [release.step];
    case "asleep":
      return [wakes, release.step, release.until];
    case "unknown":
      return [wakes, release.pauseMs, release.step];
    case "failing":
      return [wakes, release.pauseMs, release.step, release.error, release.stuck];
  }
}

/** Of sagas and schedules at once, since whoever asks wants to know both, twice a second. */
const dueText = `select
  exists (select from seamline_sagas where state = 'running' and next_at <= now() and ${isFree("$2", "claimed_by <> all($3::text[])")})
    or exists (select from seamline_sagas where state = 'waiting' and wake_at <= $1) as sagas,
  exists (select from seamline_schedules where ${isFree("$2", "claimed_by <> all($3::text[])")} and after_at <= now()
    and (next_at <= $1 or next_at > $1::timestamptz + every_ms * interval '1 ms')) as schedules`;

/** How the journal reaches its database. */
export interface Ways {
  /** Short statements of the runner's own, over the line. */
  line(text: string, values: readonly unknown[]): Promise<pg.QueryResult>;
  /** Single statements, over the pool. */
  single(bound: Bound, text: string, values: readonly unknown[]): Promise<pg.QueryResult>;
  /** A transaction. */
  transaction(bound: Bound, run: (unit: UnitOfWork) => Promise<string>): Promise<string>;
}

export class SagaJournal implements Journal {
  readonly #ways: Ways;
  readonly #holder: Holder;

  constructor(ways: Ways, holder: Holder) {
    this.#ways = ways;
    this.#holder = holder;
  }

  async claim(limit: number, now: Date, inHand: readonly string[]): Promise<ClaimedSaga[]> {
    const { rows } = await this.#ways.line(claimText, [limit, now, this.#holder.place, inHand, this.#holder.next()]);
    return rows as ClaimedSaga[];
  }

  async renew(claims: readonly string[]): Promise<void> {
    const text = `update seamline_sagas set claimed_until = now() + ${leaseMs} * interval '1 ms'
      where claimed_by = any($1) and state = 'running'`;
    await this.#ways.line(text, [claims]);
  }

  async note(saga: ClaimedSaga, note: Note, bound: Bound): Promise<Written> {
    return toWritten(await this.#ways.single(bound, noteText, noteValues(saga, note)));
  }

  write(saga: ClaimedSaga, bound: Bound, work: (unit: UnitOfWork) => Promise<Note>): Promise<Written> {
    return this.#fenced(bound, async (unit) => query(unit.store, noteText, noteValues(saga, await work(unit))));
  }

  fail(saga: ClaimedSaga, reason: string, bound: Bound, work: (unit: UnitOfWork) => Promise<void>): Promise<Written> {
    return this.#fenced(bound, async (unit) => {
      await work(unit);
      return query(unit.store, failText, [...claimOf(saga), failedStep, reason]);
    });
  }

  async release(saga: ClaimedSaga, release: Release, bound: Bound): Promise<void> {
    const values = [...claimOf(saga), ...releaseValues(release, saga.wakes)];
    await this.#ways.single(bound, releaseTexts[release.at], values);
  }

  async sweep(): Promise<boolean> {
    const text = `with old as materialized (
        select saga, id from seamline_sagas where ended_at < now() - interval '${keepDays} days'
        order by ended_at limit ${sweepRows} for update skip locked
      ), steps as (
        delete from seamline_saga_steps s using old where s.saga = old.saga and s.id = old.id
      )
      delete from seamline_sagas s using old where s.saga = old.saga and s.id = old.id`;
    return (await this.#ways.line(text, [])).rowCount === sweepRows;
  }

  async stuck(db: Kysely<any>, limit: number): Promise<SagaTrouble[]> {
    const text = `select saga, id, coalesce(step, '') as step, attempts, coalesce(error, '') as error, since
      from seamline_sagas where stuck order by since limit $1`;
    return (await query(db, text, [limit])).rows as SagaTrouble[];
  }

  async of(db: Kysely<any>, saga: string, id: string): Promise<SagaView | null> {
    const text = `select saga, id, state, step, attempts, error, stuck, reason, begun_at as "begunAt",
      ended_at as "endedAt" from seamline_sagas where saga = $1 and id = $2`;
    const [row] = (await query(db, text, [saga, id])).rows;
    if (row === undefined) return null;
    const steps =
      "select step, state, attempts, at, error from seamline_saga_steps where saga = $1 and id = $2 order by position";
    return {
      ...(row as Omit<SagaView, "journal">),
      journal: (await query(db, steps, [saga, id])).rows as SagaView["journal"],
    };
  }

  async due(now: Date, inHand: readonly string[]): Promise<{ sagas: boolean; schedules: boolean }> {
    const { rows } = await this.#ways.line(dueText, [now, this.#holder.place, inHand]);
    return rows[0] as { sagas: boolean; schedules: boolean };
  }

  /** Work and its last statement in one transaction, which is undone unless that statement wrote what it should. */
  async #fenced(bound: Bound, run: (unit: UnitOfWork) => Promise<{ rows: unknown[] }>): Promise<Written> {
    let written: Written = { at: "lost" };
    const refused = new Error("the outcome may not be written");
    try {
      await this.#ways.transaction(bound, async (unit) => {
        written = toWritten(await run(unit));
        if (written.at !== "noted") throw refused;
        return "";
      });
    } catch (error) {
      if (error !== refused) throw error;
    }
    return written;
  }
}

const claimOf = ({ saga, id, claim }: ClaimedSaga): unknown[] => [saga, id, claim];

function noteValues(saga: ClaimedSaga, { step, position, state, value, attempts, error }: Note): unknown[] {
  return [...claimOf(saga), step, position, state, value, attempts, error];
}

function toWritten({ rows }: { rows: unknown[] }): Written {
  const { mine, noted, stops } = rows[0] as { mine: boolean; noted: boolean; stops: string[] };
  return noted ? { at: "noted", stops } : { at: mine ? "stopped" : "lost" };
}

async function query(db: Kysely<any>, text: string, values: readonly unknown[]): Promise<{ rows: unknown[] }> {
  return db.executeQuery(CompiledQuery.raw(text, values as unknown[]));
}
