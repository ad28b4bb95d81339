import { store } from "seamline";
import { sql } from "kysely";
import type { Migration } from "kysely/migration";
import { createAuthors, type AuthorsTable } from "../../shared/authors.ts";

export interface Tables {
  comments: {
    id: string;
    target: string;
    /** The first-level comment whose thread this is in; its own id for those. */
    root: string;
    /** null: removed. */
    content: string | null;
    author_id: string | null;
    author_name: string;
    created_at: Date;
    edited_at: Date | null;
    version: number;
  };
  /** What is known of a target. No row: nothing was said about it yet, by its owner or by anybody. */
  targets: {
    id: string;
    removed: boolean;
    /** The target's version when `removed` was told. */
    version: number;
    /** Comments that can be read, and all that have a place. */
    shown: number;
    places: number;
  };
  authors: AuthorsTable;
}

const first: Migration = {
  async up(db) {
    await sql`create table comments (
      id uuid primary key,
      target uuid not null,
      root uuid not null,
      content text,
      author_id uuid,
      author_name text not null,
      created_at timestamptz not null,
      edited_at timestamptz,
      version int not null default 1
    )`.execute(db);
    // Ids grow with time, so threads in the order of their ids are in the order of time; the first of a thread leads it
    // even where another process with a slower clock answered.
    await sql`create index comments_in_order on comments (target, root, (id <> root), id)`.execute(db);
    await sql`create index comments_of_author on comments (author_id, created_at)`.execute(db);
    await sql`create table targets (
      id uuid primary key,
      removed boolean not null default false,
      version int not null default 0,
      shown int not null default 0 check (shown >= 0),
      places int not null default 0
    )`.execute(db);
    await createAuthors.execute(db);
  },
};

export const tables = store<Tables>({ migrations: { "001-first": first } });
