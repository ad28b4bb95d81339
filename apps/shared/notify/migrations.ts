import { sql, type ColumnType } from "kysely";
import type { Migration } from "kysely/migration";
import { store } from "seamline";
import { createAuthors, type AuthorsTable } from "../authors.ts";

/** jsonb: written as text, read as what it says. */
type Json<T> = ColumnType<T, string, string>;

export interface Tables {
  notes: {
    id: string;
    user_id: string;
    type: string;
    data: Json<Record<string, string>>;
    link: string;
    at: Date;
    read: boolean;
    /** Who made it happen; null: nobody in particular, or somebody who has left. */
    by_id: string | null;
    by_name: string | null;
  };
  muted: { user_id: string; type: string };
  /** Things that later events are about, and whose they are. */
  things: { id: string; owner_id: string | null; data: Json<Record<string, string>>; link: string };
  /** Events about things that are not known yet. */
  waiting: { id: string; thing: string; event: string; payload: Json<unknown>; at: Date };
  /** Of everybody who renamed themselves or left: what accounts told last. */
  authors: AuthorsTable;
}

const first: Migration = {
  async up(db) {
    await sql`create table notes (
      id uuid primary key,
      user_id uuid not null,
      type text not null,
      data jsonb not null,
      link text not null,
      at timestamptz not null,
      read boolean not null default false,
      by_id uuid,
      by_name text
    )`.execute(db);
    await sql`create index notes_of_user on notes (user_id, at, id)`.execute(db);
    await sql`create index notes_unread on notes (user_id) where not read`.execute(db);
    await sql`create index notes_by on notes (by_id) where by_id is not null`.execute(db);
    await sql`create index notes_by_age on notes (at)`.execute(db);
    await sql`create table muted (user_id uuid not null, type text not null, primary key (user_id, type))`.execute(db);
    await sql`create table things (id uuid primary key, owner_id uuid, data jsonb not null, link text not null)`.execute(
      db,
    );
    await sql`create index things_of_owner on things (owner_id)`.execute(db);
    await sql`create table waiting (
      id uuid primary key,
      thing uuid not null,
      event text not null,
      payload jsonb not null,
      at timestamptz not null
    )`.execute(db);
    await sql`create index waiting_for on waiting (thing, id)`.execute(db);
    await sql`create index waiting_by_age on waiting (at)`.execute(db);
    await createAuthors.execute(db);
  },
};

export const tables = store<Tables>({ migrations: { "001-first": first } });
