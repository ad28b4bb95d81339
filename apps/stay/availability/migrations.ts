import { sql, type Selectable } from "kysely";
import type { Migration } from "kysely/migration";
import { store } from "seamline";
import type { Hold } from "./contract.ts";

export interface Tables {
  /** What listings told last. */
  listings: {
    id: string;
    host_id: string | null;
    units: number;
    /** Whether people can take nights. */
    open: boolean;
    version: number;
  };
  /** Nights of which something is taken, or that are blocked; all others are free and have no row. */
  nights: {
    listing: string;
    night: string;
    taken: number;
    /** The listing's units, or more where more was taken before there were fewer. */
    capacity: number;
    blocked: boolean;
  };
  holds: {
    id: string;
    listing: string;
    from_night: string;
    /** The day of leaving, which is no night of the stay. */
    to_night: string;
    units: number;
    state: Hold["state"];
    /** null unless it is held. */
    expires_at: Date | null;
    placed_at: Date;
  };
}

export type HoldRow = Selectable<Tables["holds"]>;

const first: Migration = {
  async up(db) {
    await sql`create table listings (
      id uuid primary key,
      host_id uuid,
      units int not null check (units > 0),
      open boolean not null,
      version int not null
    )`.execute(db);
    await sql`create table nights (
      listing uuid not null,
      night date not null,
      taken int not null default 0,
      capacity int not null,
      blocked boolean not null default false,
      primary key (listing, night) include (taken, capacity, blocked),
      check (taken between 0 and capacity)
    )`.execute(db);
    await sql`create table holds (
      id uuid primary key,
      listing uuid not null,
      from_night date not null,
      to_night date not null check (to_night > from_night),
      units int not null check (units > 0),
      state text not null check (state in ('held', 'confirmed', 'released', 'expired')),
      expires_at timestamptz,
      placed_at timestamptz not null,
      check ((state = 'held') = (expires_at is not null))
    )`.execute(db);
    await sql`create index holds_of_listing_to_end on holds (listing, expires_at) where state = 'held'`.execute(db);
    await sql`create index holds_to_end on holds (expires_at) where state = 'held'`.execute(db);
  },
};

export const tables = store<Tables>({ migrations: { "001-first": first } });
