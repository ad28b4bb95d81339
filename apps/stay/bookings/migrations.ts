import { sql, type ColumnType, type JSONColumnType, type Selectable } from "kysely";
import type { Migration } from "kysely/migration";
import { store } from "seamline";
import { createAuthors, type AuthorsTable } from "../../shared/authors.ts";
import type { Booking, BookingState } from "./contract.ts";

export type TimelineEntry = Booking["timeline"][number];
/** What was agreed, but for what has a column of its own. */
export type Terms = Omit<Booking["quote"], "listing" | "host" | "from" | "to" | "total">;

export interface Tables {
  bookings: {
    /** Also that of its hold, of its payment and of its refund. */
    id: string;
    reference: string;
    /** null: the account is closed. */
    guest_id: string | null;
    guest_name: string;
    listing: string;
    host_id: string | null;
    host_name: string;
    /** Nights are those from `arrival` up to `departure`. */
    arrival: string;
    departure: string;
    total: number;
    terms: JSONColumnType<Terms>;
    state: BookingState;
    hold_expires_at: Date | null;
    /** The token to pay with; kept no longer than it is needed. */
    card: string | null;
    failure: Booking["failure"];
    /** Both null unless a confirmed booking was cancelled. */
    refund_amount: number | null;
    refund_state: NonNullable<Booking["refund"]>["state"] | null;
    timeline: ColumnType<TimelineEntry[], string, string>;
    /** Since when it waits for money to move; null: it does not. */
    waiting_since: Date | null;
    created_at: Date;
  };
  authors: AuthorsTable;
}

export type BookingRow = Selectable<Tables["bookings"]>;

const first: Migration = {
  async up(db) {
    await sql`create table bookings (
      id uuid primary key,
      reference text not null unique,
      guest_id uuid,
      guest_name text not null,
      listing uuid not null,
      host_id uuid,
      host_name text not null,
      arrival date not null,
      departure date not null check (departure > arrival),
      total int8 not null check (total > 0),
      terms jsonb not null,
      state text not null
        check (state in ('held', 'paying', 'confirmed', 'completed', 'cancelled', 'failed', 'expired')),
      hold_expires_at timestamptz,
      card text,
      failure text check (failure in ('declined', 'holdGone', 'captureFailed')),
      refund_amount int8 check (refund_amount between 0 and total),
      refund_state text check (refund_state in ('none', 'pending', 'done')),
      timeline jsonb not null,
      waiting_since timestamptz,
      created_at timestamptz not null,
      check ((state = 'failed') = (failure is not null)),
      check ((refund_state is null) = (refund_amount is null))
    )`.execute(db);
    await sql`create index bookings_of_guest on bookings (guest_id, created_at desc, id)`.execute(db);
    await sql`create index bookings_of_host on bookings (host_id, arrival, id)`.execute(db);
    await sql`create index bookings_by_departure on bookings (departure) where state = 'confirmed'`.execute(db);
    await sql`create index bookings_waiting on bookings (waiting_since) where waiting_since is not null`.execute(db);
    await createAuthors.execute(db);
  },
};

export const tables = store<Tables>({ migrations: { "001-first": first } });
