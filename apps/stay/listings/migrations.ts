import { sql, type Selectable } from "kysely";
import type { Migration } from "kysely/migration";
import { store } from "seamline";
import { createAuthors, type AuthorsTable } from "../../shared/authors.ts";
import type { Place } from "../places.ts";
import type { Listing } from "./contract.ts";

export interface Tables {
  listings: {
    id: string;
    /** The host; null: the account is closed. */
    author_id: string | null;
    author_name: string;
    state: Listing["state"];
    title: string;
    description: string;
    place: Place;
    capacity: number;
    units: number;
    nightly: number;
    cleaning: number;
    amenities: Listing["amenities"];
    policy: Listing["policy"];
    /** JSON: an array would be taken for an array of PostgreSQL's. */
    photos: Listing["photos"];
    rating_count: number;
    /** To one hundredth; null: nobody has said anything. */
    rating_average: number | null;
    /** The version of the rating that reviews told last. */
    rating_version: number;
    /** What it was before moderation hid it; null: it is not hidden. */
    hidden_from: Listing["state"] | null;
    created_at: Date;
    version: number;
  };
  authors: AuthorsTable;
}

export type ListingRow = Selectable<Tables["listings"]>;

const first: Migration = {
  async up(db) {
    await sql`create table listings (
      id uuid primary key,
      author_id uuid,
      author_name text not null,
      state text not null check (state in ('draft', 'published', 'paused')),
      title text not null,
      description text not null,
      place text not null,
      capacity int not null check (capacity > 0),
      units int not null check (units > 0),
      nightly int not null check (nightly >= 0),
      cleaning int not null check (cleaning >= 0),
      amenities text[] not null,
      policy text not null,
      photos jsonb not null,
      rating_count int not null default 0,
      rating_average double precision,
      rating_version int not null default 0,
      hidden_from text,
      created_at timestamptz not null,
      version int not null default 1
    )`.execute(db);
    await sql`create index listings_published on listings (id) where state = 'published'`.execute(db);
    await sql`create index listings_published_at on listings (place, id) where state = 'published'`.execute(db);
    await sql`create index listings_of_host on listings (author_id, created_at)`.execute(db);
    await createAuthors.execute(db);
  },
};

export const tables = store<Tables>({ migrations: { "001-first": first } });
