import { sql, type Kysely, type Updateable } from "kysely";
import type { ReadStore, User } from "seamline";
import { closedName } from "../../shared/accounts/contract.ts";
import { currentName } from "../../shared/authors.ts";
import { todayAt, type Dates } from "../dates.ts";
import { tripsPerPage, type Booking } from "./contract.ts";
import type { BookingRow, Tables, TimelineEntry } from "./migrations.ts";
import { refundOf } from "./policy.ts";

/** How long money may be on its way before a booking counts as delayed. Less alarms for nothing; more hides trouble. */
export const patienceMs = 30_000;

type Step = TimelineEntry["step"];
type Author = Booking["guest"];

export function readBooking(read: ReadStore<Tables>, id: string): Promise<BookingRow | undefined> {
  return read.selectFrom("bookings").selectAll().where("id", "=", id).executeTakeFirst();
}

/** A booking, held until the transaction ends. */
export function lockBooking(store: Kysely<Tables>, id: string): Promise<BookingRow | undefined> {
  return store.selectFrom("bookings").selectAll().where("id", "=", id).forUpdate().executeTakeFirst();
}

/** Changes a booking, and writes the steps that it has come to into its timeline. */
export function changeBooking(
  store: Kysely<Tables>,
  id: string,
  at: Date,
  steps: readonly Step[],
  change: Updateable<Tables["bookings"]>,
): Promise<BookingRow> {
  return store
    .updateTable("bookings")
    .set({ ...change, timeline: sql`timeline || ${entriesOf(steps, at)}::jsonb` })
    .where("id", "=", id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

export function entriesOf(steps: readonly Step[], at: Date): string {
  return JSON.stringify(steps.map((step) => ({ step, at: at.toISOString() }) satisfies TimelineEntry));
}

/** One page of some person's bookings. */
export async function pageOf(
  read: ReadStore<Tables>,
  whose: {
    column: "guest_id" | "host_id";
    id: string;
    listing?: string | undefined;
    state?: Booking["state"] | undefined;
    during?: Dates | undefined;
  },
  page: number,
  at: Date,
): Promise<{ bookings: Booking[]; page: number; pages: number; total: number }> {
  const theirs = read
    .selectFrom("bookings")
    .where(whose.column, "=", whose.id)
    .$if(whose.listing !== undefined, (query) => query.where("listing", "=", whose.listing!))
    .$if(whose.state !== undefined, (query) => query.where("state", "=", whose.state!))
    .$if(whose.during !== undefined, (query) =>
      query.where("arrival", "<", whose.during!.to).where("departure", ">", whose.during!.from),
    );
  const { total } = await theirs.select(({ fn }) => fn.countAll<number>().as("total")).executeTakeFirstOrThrow();
  const rows = await theirs
    .selectAll()
    .$if(whose.column === "guest_id", (query) => query.orderBy("created_at", "desc"))
    .$if(whose.column === "host_id", (query) => query.orderBy("arrival"))
    .orderBy("id")
    .offset((page - 1) * tripsPerPage)
    .limit(tripsPerPage)
    .execute();
  const bookings = rows.map((row) => toBooking(row, at));
  return { bookings, page, pages: Math.max(1, Math.ceil(total / tripsPerPage)), total };
}

export function toBooking(row: BookingRow, at: Date): Booking {
  const { id, listing, arrival: from, departure: to, total } = row;
  return {
    id,
    reference: row.reference,
    guest: guestOf(row),
    quote: { ...row.terms, listing, host: hostOf(row), from, to, total },
    state: row.state,
    holdExpiresAt: row.hold_expires_at?.toISOString() ?? null,
    failure: row.failure,
    refund: row.refund_state && { amount: row.refund_amount!, state: row.refund_state },
    ifCancelled: mayCancel(row, at) ? { refund: refundNow(row, at) } : null,
    timeline: row.timeline,
    delayed: row.waiting_since !== null && at.getTime() - row.waiting_since.getTime() > patienceMs,
    createdAt: row.created_at.toISOString(),
  };
}

/** What every event of bookings tells. */
export function toTold(row: BookingRow, at: Date) {
  return {
    booking: row.id,
    reference: row.reference,
    listing: row.listing,
    title: row.terms.title,
    guest: guestOf(row),
    host: hostOf(row),
    from: row.arrival,
    to: row.departure,
    total: row.total,
    at: at.toISOString(),
  };
}

/** While nothing is paid, and until the day of arrival is over. */
export function mayCancel({ state, arrival }: BookingRow, at: Date): boolean {
  return state === "held" || (state === "confirmed" && todayAt(at) <= arrival);
}

/** What comes back if it is cancelled now. */
export function refundNow({ state, terms, total, arrival, created_at }: BookingRow, at: Date): number {
  if (state !== "confirmed") return 0;
  return refundOf({ policy: terms.policy, total, from: arrival, bookedAt: created_at }, at);
}

/** Why somebody may not see a booking, or change it as its guest; null: they may. */
export function refusal(row: BookingRow, user: User | null, as: "guest" | "reader"): "signIn" | "notGuest" | null {
  if (!user) return "signIn";
  if (row.guest_id === user.id) return null;
  const reads = as === "reader" && (row.host_id === user.id || user.roles.includes("admin"));
  return reads ? null : "notGuest";
}

/** Who somebody is by now: others may have told us of them before accounts told us of a new name or of their leaving. */
export async function authorNow(store: Kysely<Tables>, { id, name }: Author): Promise<Author> {
  if (id === null) return { id, name };
  const current = await currentName(store, { id, name, roles: [] });
  return current === null ? { id: null, name: closedName } : { id, name: current };
}

function guestOf({ guest_id, guest_name }: BookingRow): Author {
  return { id: guest_id, name: guest_name };
}

function hostOf({ host_id, host_name }: BookingRow): Author {
  return { id: host_id, name: host_name };
}
