import { store } from "seamline";
import { sql } from "kysely";
import type { Migration } from "kysely/migration";

export interface Tables {
  users: {
    id: string;
    /** "" once the account is closed. */
    name: string;
    /** PHC string; null once the account is closed. */
    password: string | null;
    roles: string[];
    created_at: Date;
    closed_at: Date | null;
    /** Until then nobody signs in as this user; null: never suspended. */
    suspended_until: Date | null;
  };
  /** Names that are taken, in the form in which they are compared; a user keeps a few former ones. */
  handles: { handle: string; user_id: string; taken_at: Date };
  sessions: {
    id: string;
    user_id: string;
    /** SHA-256 of the token, which itself is nowhere kept. */
    token_hash: Buffer;
    device: string;
    started_at: Date;
    seen_at: Date;
    expires_at: Date;
  };
  /** What is counted against the limits; the subject is a digest, since people type passwords into the wrong field. */
  attempts: { id: string; subject: Buffer; at: Date };
}

const first: Migration = {
  async up(db) {
    await sql`create table users (
      id uuid primary key,
      name text not null,
      password text,
      roles text[] not null default '{}',
      created_at timestamptz not null,
      closed_at timestamptz
    )`.execute(db);
    await sql`create table handles (
      handle text primary key,
      user_id uuid not null references users,
      taken_at timestamptz not null
    )`.execute(db);
    await sql`create index handles_of_user on handles (user_id, taken_at)`.execute(db);
    await sql`create table sessions (
      id uuid primary key,
      user_id uuid not null references users,
      token_hash bytea not null unique,
      device text not null,
      started_at timestamptz not null,
      seen_at timestamptz not null,
      expires_at timestamptz not null
    )`.execute(db);
    await sql`create index sessions_of_user on sessions (user_id, started_at)`.execute(db);
    await sql`create table attempts (id uuid primary key, subject bytea not null, at timestamptz not null)`.execute(db);
    await sql`create index attempts_of_subject on attempts (subject, at)`.execute(db);
    await sql`create index attempts_by_age on attempts (at)`.execute(db);
  },
};

const suspension: Migration = {
  async up(db) {
    await sql`alter table users add suspended_until timestamptz`.execute(db);
  },
};

export const tables = store<Tables>({ migrations: { "001-first": first, "002-suspension": suspension } });
