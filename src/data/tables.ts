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
];

/** The modules' migrations are remembered here, and our own steps in `seamline_steps`. */
export const migrationTable = "seamline_migrations";
export const migrationLockTable = "seamline_migrations_lock";
