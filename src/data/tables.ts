/**
 * The tables that every module's schema has beside the module's own. They lie in the same schema so that one transaction
 * covers both, and so that undelivered events and the memory of what was done move with the module.
 *
 * A step is run once, in order, and is never changed after a release; a change is a new step.
 */
export const steps: readonly string[] = [
  `
  -- One row for each command that was carried out under a key; result is the answer that a repetition gets.
  create table seamline_keys (
    key text primary key,
    operation text not null,
    fingerprint text not null,
    result text,
    at timestamptz not null default now()
  ) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
  create index seamline_keys_at on seamline_keys (at);

  -- One row for each event of another module that was handled here.
  create table seamline_inbox (
    id uuid primary key,
    event text not null,
    at timestamptz not null default now()
  ) with (autovacuum_vacuum_scale_factor = 0.05);
  create index seamline_inbox_at on seamline_inbox (at);

  -- One row for each event and subscriber, until it is delivered. A row with dead_at was given up.
  create table seamline_outbox (
    position bigserial primary key,
    subscriber text collate "C" not null,
    key text collate "C" not null,
    id uuid not null,
    event text not null,
    payload text not null,
    at timestamptz not null,
    traceparent text not null,
    attempts integer not null default 0,
    next_at timestamptz not null default now(),
    claimed_by uuid,
    claimed_until timestamptz,
    last_error text,
    dead_at timestamptz
  ) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
  create index seamline_outbox_lanes on seamline_outbox (subscriber, key, position) where dead_at is null;
  `,
  `
  -- Who holds a claim: the process's place, its life, and which claim (holder.ts).
  alter table seamline_outbox alter column claimed_by type text;

  -- One row for each saga. next_at is on the machine's clock (retries), wake_at on the app's (waits); step, attempts,
  -- failures, error, since and stuck speak of the step that has no outcome yet. wakes counts what should make it look again.
  create table seamline_sagas (
    saga text collate "C" not null,
    id text collate "C" not null,
    state text not null default 'running' check (state in ('running', 'waiting', 'stopped', 'done', 'failed')),
    step text,
    attempts integer not null default 0,
    failures integer not null default 0,
    error text,
    since timestamptz,
    stuck boolean not null default false,
    reason text,
    wakes bigint not null default 0,
    next_at timestamptz not null default now(),
    wake_at timestamptz,
    claimed_by text,
    claimed_until timestamptz,
    traceparent text not null,
    begun_at timestamptz not null default now(),
    ended_at timestamptz,
    primary key (saga, id)
  ) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
  create index seamline_sagas_due on seamline_sagas (next_at) where state = 'running';
  create index seamline_sagas_asleep on seamline_sagas (wake_at) where state = 'waiting';
  create index seamline_sagas_stuck on seamline_sagas (since) where stuck;
  create index seamline_sagas_ended on seamline_sagas (ended_at) where ended_at is not null;

  -- One row for each step of a saga that has an outcome.
  create table seamline_saga_steps (
    saga text collate "C" not null,
    id text collate "C" not null,
    position integer not null,
    step text not null,
    state text not null check (state in ('value', 'error', 'time')),
    value text not null,
    attempts integer not null,
    error text,
    at timestamptz not null default now(),
    primary key (saga, id, position)
  );

  -- Breakpoints: 'before', the step is not begun; 'after', its outcome is not remembered; while the row is here.
  create table seamline_saga_stops (
    saga text collate "C" not null,
    step text collate "C" not null,
    phase text not null check (phase in ('before', 'after')),
    primary key (saga, step, phase)
  );
  create function seamline_saga_go_on() returns trigger language plpgsql set search_path from current as $$
  begin
    update seamline_sagas g set state = 'running', next_at = now() where state = 'stopped'
      and not exists (select from seamline_saga_stops s where s.saga = g.saga and s.step = g.step);
    perform pg_notify('seamline_' || left(encode(sha256(convert_to(current_schema(), 'UTF8')), 'hex'), 16), '/tasks');
    return null;
  end $$;
  create trigger go_on after delete or truncate on seamline_saga_stops
    for each statement execute function seamline_saga_go_on();

  -- One row for each schedule. next_at is on the app's clock; after_at, before which no retry is made, on the machine's.
  create table seamline_schedules (
    schedule text primary key,
    every_ms double precision not null,
    next_at timestamptz not null,
    after_at timestamptz not null default now(),
    attempts integer not null default 0,
    error text,
    last_at timestamptz,
    claimed_by text,
    claimed_until timestamptz
  ) with (fillfactor = 50);
  `,
];

/** The modules' migrations are remembered here, and our own steps in `seamline_steps`. */
export const migrationTable = "seamline_migrations";
export const migrationLockTable = "seamline_migrations_lock";
