import { sql } from "kysely";
import type { Migration } from "kysely/migration";
import { store } from "seamline";
import { createAuthors, type AuthorsTable } from "../../shared/authors.ts";

export interface Tables {
  /** Completed stays, as bookings told of them. */
  stays: {
    /** The booking. */
    id: string;
    listing: string;
    title: string;
    /** null: the account is closed. */
    guest_id: string | null;
    host_id: string | null;
    host_name: string;
    arrival: string;
    departure: string;
  };
  reviews: {
    id: string;
    stay: string;
    listing: string;
    author_id: string | null;
    author_name: string;
    stars: number;
    content: string;
    created_at: Date;
    /** Both null: the host has not replied. */
    reply: string | null;
    replied_at: Date | null;
    hidden: boolean;
  };
  /** What the shown reviews of a listing come to; changes with them, in the same transaction. */
  ratings: { listing: string; count: number; sum: number; version: number };
  authors: AuthorsTable;
}

const first: Migration = {
  async up(db) {
    await sql`create table stays (
      id uuid primary key,
      listing uuid not null,
      title text not null,
      guest_id uuid,
      host_id uuid,
      host_name text not null,
      arrival date not null,
      departure date not null
    )`.execute(db);
    await sql`create index stays_of_guest on stays (guest_id, arrival desc)`.execute(db);
    await sql`create index stays_of_host on stays (host_id)`.execute(db);
    await sql`create table reviews (
      id uuid primary key,
      stay uuid not null unique references stays,
      listing uuid not null,
      author_id uuid,
      author_name text not null,
      stars int not null check (stars between 1 and 5),
      content text not null,
      created_at timestamptz not null,
      reply text,
      replied_at timestamptz,
      hidden boolean not null default false
    )`.execute(db);
    await sql`create index reviews_shown on reviews (listing, id desc) where not hidden`.execute(db);
    await sql`create index reviews_of_author on reviews (author_id)`.execute(db);
    await sql`create table ratings (
      listing uuid primary key,
      count int not null check (count >= 0),
      sum int not null check (sum between count and count * 5),
      version int not null
    )`.execute(db);
    await createAuthors.execute(db);
  },
};

export const tables = store<Tables>({ migrations: { "001-first": first } });
