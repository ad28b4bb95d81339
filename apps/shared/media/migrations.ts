import { sql } from "kysely";
import type { Migration } from "kysely/migration";
import { store } from "seamline";

/** Pictures lie in the database, so that they move with the module, and are gone or there together with their rows. */
export interface Tables {
  /** Kept for a day, for the pace of uploads and for whoever asks twice. Its id becomes the picture's. */
  uploads: {
    id: string;
    author_id: string;
    size: number;
    received: number;
    alt: string;
    state: "open" | "ready" | "rejected";
    reason: string | null;
    created_at: Date;
  };
  pieces: { upload: string; start: number; bytes: Buffer };
  pictures: {
    id: string;
    owner_id: string;
    width: number;
    height: number;
    alt: string;
    hash: string;
    /** Of both drawings. */
    size: number;
    /** null: something shows it. */
    unused_since: Date | null;
  };
  drawings: { picture: string; size: "small" | "large"; bytes: Buffer };
  uses: { picture: string; used_by: string };
}

const first: Migration = {
  async up(db) {
    await sql`create table uploads (
      id uuid primary key,
      author_id uuid not null,
      size int not null,
      received int not null default 0,
      alt text not null,
      state text not null default 'open',
      reason text,
      created_at timestamptz not null
    )`.execute(db);
    await sql`create index uploads_of_author on uploads (author_id, created_at)`.execute(db);
    await sql`create index uploads_by_age on uploads (created_at)`.execute(db);
    await sql`create table pieces (
      upload uuid not null references uploads on delete cascade,
      start int not null,
      bytes bytea not null,
      primary key (upload, start)
    )`.execute(db);
    await sql`create table pictures (
      id uuid primary key,
      owner_id uuid not null,
      width int not null,
      height int not null,
      alt text not null,
      hash text not null,
      size int not null,
      unused_since timestamptz
    )`.execute(db);
    await sql`create index pictures_of_owner on pictures (owner_id)`.execute(db);
    await sql`create index pictures_unused on pictures (unused_since) where unused_since is not null`.execute(db);
    await sql`create table drawings (
      picture uuid not null references pictures on delete cascade,
      size text not null,
      bytes bytea not null,
      primary key (picture, size)
    )`.execute(db);
    // They are compressed already; trying again costs time at each upload.
    await sql`alter table drawings alter bytes set storage external`.execute(db);
    await sql`alter table pieces alter bytes set storage external`.execute(db);
    await sql`create table uses (
      picture uuid not null references pictures on delete cascade,
      used_by text not null,
      primary key (picture, used_by)
    )`.execute(db);
  },
};

export const tables = store<Tables>({ migrations: { "001-first": first } });
