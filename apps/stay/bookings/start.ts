import type { Kysely } from "kysely";
import type { Quote } from "../listings/contract.ts";
import type { Booking } from "./contract.ts";
import type { BookingRow, Tables } from "./migrations.ts";
import { newReference } from "./reference.ts";
import { authorNow, entriesOf } from "./rows.ts";

interface NewBooking {
  readonly id: string;
  readonly guest: Booking["guest"];
  readonly quote: Quote;
  readonly holdExpiresAt: Date;
  readonly at: Date;
}

/** Writes a booking whose nights are held. */
export async function addBooking(
  store: Kysely<Tables>,
  { id, guest, quote, holdExpiresAt, at }: NewBooking,
): Promise<BookingRow> {
  const { listing, host: lets, from, to, total, ...terms } = quote;
  const host = await authorNow(store, lets);
  const row = {
    id,
    guest_id: guest.id,
    guest_name: guest.name,
    listing,
    host_id: host.id,
    host_name: host.name,
    arrival: from,
    departure: to,
    total,
    terms: JSON.stringify(terms),
    state: "held" as const,
    hold_expires_at: holdExpiresAt,
    timeline: entriesOf(["held"], at),
    created_at: at,
  };
  // Where two in a billion draw the same reference, the second draws again.
  for (;;) {
    const added = await store
      .insertInto("bookings")
      .values({ ...row, reference: newReference() })
      .onConflict((conflict) => conflict.column("reference").doNothing())
      .returningAll()
      .executeTakeFirst();
    if (added) return added;
  }
}
