import { command, contract, event, query } from "seamline";
import { z } from "zod";
import { letterOperations } from "../../shared/letters.ts";
import { At, Id } from "../../shared/text.ts";
import { Dates, InvalidDates, Night } from "../dates.ts";

/**
 * Which nights are free. A night of a listing is never taken more often than it has units, whoever asks at once: a hold
 * takes all its nights in one transaction or none.
 */

/** Nights that a calendar shows at most. */
export const maxCalendarNights = 92;
const Units = z.number().int().min(1).max(50);
const holdState = z.enum(["held", "confirmed", "released", "expired"]);
const Hold = z.object({
  id: Id,
  listing: Id,
  ...Dates.shape,
  units: Units,
  state: holdState,
  /** When a hold ends by itself; null: confirmed or over. */
  expiresAt: At.nullable(),
});
const told = z.object({ hold: Id, listing: Id, ...Dates.shape, units: Units, at: At });

const UnknownListing = z.object({ listing: Id });
const HoldGone = z.object({ hold: Id, state: holdState.nullable() });
/** Only the modules that may take nights for people. */
const Denied = z.object({ module: z.string() });

export type Hold = z.infer<typeof Hold>;

export const availability = contract("availability", {
  /** What is left of each night from `from` up to `to`, at most `maxCalendarNights`. A night that the host blocked has 0 left. */
  calendar: query({
    input: z.object({ listing: Id, ...Dates.shape }),
    output: z.array(z.object({ night: Night, left: z.number().int(), blocked: z.boolean() })),
    errors: { unknownListing: UnknownListing, invalidDates: InvalidDates },
    http: "GET /api/listings/:listing/calendar",
  }),
  /** Those of the listings that have `units` left on every night, in the order in which they were asked for. */
  filter: query({
    input: z.object({ listings: z.array(Id).max(500), ...Dates.shape, units: Units.default(1) }),
    output: z.array(Id),
    errors: { invalidDates: InvalidDates },
  }),
  getHold: query({ input: z.object({ hold: Id }), output: Hold.nullable() }),
  /** Takes the nights until `ttlSeconds` from now. The same `hold` again gives the same hold. Asked by bookings only. */
  hold: command({
    input: z.object({
      hold: Id,
      listing: Id,
      ...Dates.shape,
      units: Units.default(1),
      ttlSeconds: z.number().int().min(1).max(3600).default(600),
    }),
    output: Hold,
    errors: {
      soldOut: z.object({ nights: z.array(Night) }),
      unknownListing: UnknownListing,
      invalidDates: InvalidDates,
      denied: Denied,
    },
    // Those who want nights of one listing wait for one another.
    deadlineMs: 2000,
  }),
  /** Puts the end of a live hold off, while a payment is on its way. Never brings the end forward. */
  keep: command({
    input: z.object({ hold: Id, ttlSeconds: z.number().int().min(1).max(172_800) }),
    output: Hold,
    errors: { holdGone: HoldGone, denied: Denied },
  }),
  /** The nights are the guest's for good. Confirming twice is once. */
  confirm: command({ input: z.object({ hold: Id }), output: Hold, errors: { holdGone: HoldGone, denied: Denied } }),
  /** Gives the nights back, held or confirmed. Releasing what is over, or what never was, changes nothing. */
  release: command({ input: z.object({ hold: Id }), output: Hold.nullable(), errors: { denied: Denied } }),
  /** The host's own use: nobody can book these nights any more; what is taken stays taken. */
  block: command({
    input: z.object({ listing: Id, nights: z.array(Night).min(1).max(maxCalendarNights) }),
    output: z.object({ blocked: z.number().int() }),
    errors: { unknownListing: UnknownListing, notHost: z.object({ listing: Id }) },
    http: "POST /api/listings/:listing/block",
  }),
  unblock: command({
    input: z.object({ listing: Id, nights: z.array(Night).min(1).max(maxCalendarNights) }),
    output: z.object({ unblocked: z.number().int() }),
    errors: { unknownListing: UnknownListing, notHost: z.object({ listing: Id }) },
    http: "POST /api/listings/:listing/unblock",
  }),
  ...letterOperations,

  holdPlaced: event(told, { key: ({ hold }) => hold }),
  holdConfirmed: event(told, { key: ({ hold }) => hold }),
  holdReleased: event(told, { key: ({ hold }) => hold }),
  holdExpired: event(told, { key: ({ hold }) => hold }),
});
