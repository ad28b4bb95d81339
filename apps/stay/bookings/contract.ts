import { command, contract, event, query } from "seamline";
import { z } from "zod";
import { Author } from "../../shared/accounts/contract.ts";
import { letterOperations } from "../../shared/letters.ts";
import { At, Id, PageNumber } from "../../shared/text.ts";
import { Dates, InvalidDates, Night } from "../dates.ts";
import { Quote } from "../listings/contract.ts";
import { Won } from "../money.ts";

/**
 * Bookings: from a hold, over the payment, to the stay. Each is a saga whose steps can be seen in its timeline.
 *
 *   held ──pay──▶ paying ──▶ confirmed ──the stay is over──▶ completed
 *    │              │            └──cancel──▶ cancelled (its refund: pending ──▶ done)
 *    │              └──declined, or the nights are gone──▶ failed
 *    ├──time passes──▶ expired
 *    └──cancel──▶ cancelled
 */

export const holdSeconds = 600;
export const tripsPerPage = 20;
export const bookingStates = ["held", "paying", "confirmed", "completed", "cancelled", "failed", "expired"] as const;
const failures = ["declined", "holdGone", "captureFailed"] as const;

const Refund = z.object({ amount: Won, state: z.enum(["none", "pending", "done"]) });
const Booking = z.object({
  id: Id,
  /** For people to name it by: "7KQ2-M9XD". */
  reference: z.string(),
  guest: Author,
  /** What was agreed; later changes of the listing do not touch it. */
  quote: Quote,
  state: z.enum(bookingStates),
  /** Until when the nights are held; null when they are not (any more). */
  holdExpiresAt: At.nullable(),
  failure: z.enum(failures).nullable(),
  refund: Refund.nullable(),
  /** What would come back if its guest cancelled it now; null: it cannot be cancelled (any more). */
  ifCancelled: z.object({ refund: Won }).nullable(),
  /** What has happened so far, the oldest first. */
  timeline: z.array(
    z.object({
      step: z.enum([
        "held",
        "paying",
        "authorized",
        "nightsConfirmed",
        "captured",
        "confirmed",
        "completed",
        "cancelled",
        "refundPending",
        "refunded",
        "failed",
        "expired",
      ]),
      at: At,
    }),
  ),
  /** Whether it waits for an answer longer than it should; it goes on by itself. */
  delayed: z.boolean(),
  createdAt: At,
});
const Page = z.object({
  bookings: z.array(Booking),
  page: z.number().int(),
  /** At least 1. */
  pages: z.number().int(),
  total: z.number().int(),
});

export type Booking = z.infer<typeof Booking>;
export type BookingState = (typeof bookingStates)[number];

const NotFound = z.object({ id: Id });
const Forbidden = z.object({ reason: z.enum(["signIn", "notGuest", "notHost", "adminsOnly", "accountClosed"]) });
const WrongState = z.object({ state: z.enum(bookingStates) });
const changeErrors = { notFound: NotFound, forbidden: Forbidden };
const told = z.object({
  booking: Id,
  reference: z.string(),
  listing: Id,
  title: z.string(),
  guest: Author,
  host: Author,
  ...Dates.shape,
  total: Won,
  at: At,
});
const keyed = { key: ({ booking }: { booking: string }) => booking };

export const bookings = contract("bookings", {
  /** For its guest, its host and admins. */
  get: query({
    input: z.object({ id: Id }),
    output: Booking,
    errors: changeErrors,
    http: "GET /api/bookings/:id",
  }),
  /** The caller's own, the newest first. */
  tripsOf: query({
    input: z.object({ page: PageNumber }),
    output: Page,
    errors: { forbidden: Forbidden },
    http: "GET /api/my/trips",
  }),
  /** Of the caller's houses, by arrival. `during`: with a night among these. */
  ofHost: query({
    input: z.object({
      page: PageNumber,
      listing: Id.optional(),
      state: z.enum(bookingStates).optional(),
      during: Dates.optional(),
    }),
    output: Page,
    errors: { forbidden: Forbidden },
    http: "GET /api/my/guests",
  }),
  /** What the caller's houses have earned by completed stays, our fee left out: last month and this one, by departure. */
  earned: query({
    output: z.array(z.object({ month: z.string(), stays: z.number().int(), won: z.number().int() })),
    errors: { forbidden: Forbidden },
  }),
  /** The caller's completed stays, at most 100, the newest first; of one listing, or of all. */
  stayedAt: query({
    input: z.object({ listing: Id.optional() }),
    output: z.array(z.object({ booking: Id, listing: Id, title: z.string(), ...Dates.shape })),
    errors: { forbidden: Forbidden },
  }),
  /** Bookings that wait for something longer than they should, with the step and its last error. Admins only. */
  stuck: query({
    output: z.array(
      z.object({
        booking: Id,
        reference: z.string(),
        saga: z.string(),
        step: z.string(),
        attempts: z.number().int(),
        error: z.string(),
        since: At,
      }),
    ),
    errors: { forbidden: Forbidden },
  }),
  /**
   * Holds the nights for ten minutes. `total` is what the guest was shown; where the listing now costs something else,
   * nothing is held. While payments cannot be taken, nothing is held either.
   */
  start: command({
    input: z.object({ listing: Id, ...Dates.shape, guests: z.number().int(), total: Won }),
    output: Booking,
    errors: {
      forbidden: Forbidden,
      ownListing: z.object({ listing: Id }),
      unknownListing: z.object({ listing: Id }),
      invalidDates: InvalidDates,
      guests: z.object({ min: z.number().int(), max: z.number().int() }),
      priceChanged: z.object({ total: Won }),
      soldOut: z.object({ nights: z.array(Night) }),
      paymentsClosed: z.object({}),
      tooOften: z.object({ retryAfterSeconds: z.number().int() }),
    },
    deadlineMs: 2000,
    http: "POST /api/bookings",
  }),
  /** Pays, once: `card` is a token that the provider gave the guest's browser. The rest happens by itself. */
  pay: command({
    input: z.object({ id: Id, card: z.string().min(1).max(64) }),
    output: Booking,
    errors: { ...changeErrors, holdExpired: z.object({ id: Id }), wrongState: WrongState },
    http: "POST /api/bookings/:id/pay",
  }),
  /** By the guest: gives the nights back, and the money by the policy agreed upon. Cancelling twice is once. */
  cancel: command({
    input: z.object({ id: Id }),
    output: Booking,
    errors: { ...changeErrors, wrongState: WrongState },
    http: "POST /api/bookings/:id/cancel",
  }),
  ...letterOperations,

  bookingRequested: event(told, keyed),
  bookingConfirmed: event(told, keyed),
  bookingFailed: event(told.extend({ reason: z.enum(failures) }), keyed),
  /** One that was confirmed: of holds that are given back nobody else knows. */
  bookingCancelled: event(told.extend({ refund: Won }), keyed),
  bookingRefunded: event(told.extend({ refund: Won }), keyed),
  stayCompleted: event(told, keyed),
});
