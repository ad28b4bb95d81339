import { command, contract, event, query } from "seamline";
import { z } from "zod";
import { Author } from "../../shared/accounts/contract.ts";
import { letterOperations } from "../../shared/letters.ts";
import { At, Id, line, PageNumber, text } from "../../shared/text.ts";
import { Dates, InvalidDates } from "../dates.ts";
import { Won } from "../money.ts";
import { Place } from "../places.ts";

/** Houses to stay in: what they are, what they cost, and who lets them. */

export const listingsPerPage = 20;
export const amenities = [
  "wifi",
  "kitchen",
  "parking",
  "washer",
  "aircon",
  "bath",
  "sea",
  "mountain",
  "pet",
  "accessible",
] as const;
/** How much comes back when a guest cancels: see `refundOf` in bookings/policy.ts. */
export const policies = ["flexible", "moderate", "strict"] as const;

const Photo = z.object({ media: Id, alt: line(200) });
/** What a host writes. */
export const ListingDraft = z.object({
  title: line(80),
  description: text(4000),
  place: Place,
  /** Guests at most. */
  capacity: z.number().int().min(1).max(16),
  /** Equal rooms or houses, each let by itself. */
  units: z.number().int().min(1).max(50),
  nightly: Won.min(1000),
  cleaning: Won,
  amenities: z.array(z.enum(amenities)).max(amenities.length),
  policy: z.enum(policies),
  photos: z.array(Photo).max(8),
});
const state = z.enum(["draft", "published", "paused"]);
/** The mean of all stars, to one hundredth; null: nobody has said anything yet. */
export const Rating = z.object({ count: z.number().int(), average: z.number().nullable() });

const Listing = ListingDraft.extend({
  id: Id,
  host: Author,
  state,
  /** As reviews told it last, which may be some ms ago: for when reviews cannot be asked. */
  rating: Rating,
  createdAt: At,
  /** Counts changes; an edit names the version that it began with. */
  version: z.number().int(),
});
const ListingCard = Listing.pick({
  id: true,
  title: true,
  place: true,
  capacity: true,
  nightly: true,
  state: true,
  rating: true,
  host: true,
}).extend({ photo: Photo.nullable() });
const Page = z.object({
  listings: z.array(ListingCard),
  page: z.number().int(),
  /** At least 1. */
  pages: z.number().int(),
  total: z.number().int(),
});
const Line = z.object({ kind: z.enum(["nights", "cleaning", "fee"]), count: z.number().int(), each: Won, total: Won });
export const Quote = z.object({
  listing: Id,
  title: z.string(),
  place: Place,
  photo: Photo.nullable(),
  host: Author,
  policy: z.enum(policies),
  ...Dates.shape,
  nights: z.number().int(),
  guests: z.number().int(),
  lines: z.array(Line),
  total: Won,
});

export type Listing = z.infer<typeof Listing>;
export type ListingCard = z.infer<typeof ListingCard>;
export type Quote = z.infer<typeof Quote>;

/** What of a bill stays with us. */
export function feeOf({ lines }: Pick<Quote, "lines">): number {
  return lines.find(({ kind }) => kind === "fee")?.total ?? 0;
}

const NotFound = z.object({ id: Id });
/** "hidden": moderation has hidden it, so it cannot be published until that is taken back. */
const Forbidden = z.object({ reason: z.enum(["signIn", "notHost", "accountClosed", "hidden"]) });
const changeErrors = { notFound: NotFound, forbidden: Forbidden };
/** What others keep of a listing. `version` grows with each of its events. */
const Snapshot = Listing.omit({ rating: true, createdAt: true }).extend({ at: At });

export const listings = contract("listings", {
  /** One that is not published is there for its host and for admins only. */
  get: query({
    input: z.object({ id: Id }),
    output: Listing,
    errors: { notFound: NotFound },
    http: "GET /api/listings/:id",
  }),
  /** Those of the listings that are published, in the order in which they were asked for. */
  getMany: query({ input: z.object({ ids: z.array(Id).max(100) }), output: z.array(ListingCard) }),
  /** Published listings, the newest first: what there is to see while the search is away. */
  browse: query({
    input: z.object({ place: Place.optional(), page: PageNumber }),
    output: Page,
    http: "GET /api/listings",
  }),
  /** Published listings by id, `limit` after `after`, for filling an index. */
  scan: query({
    input: z.object({ after: Id.nullable().default(null), limit: z.number().int().min(1).max(200).default(100) }),
    output: z.array(Listing),
  }),
  /** What a stay costs. Every won of it is in one of the lines. */
  quote: query({
    input: z.object({ listing: Id, ...Dates.shape, guests: z.number().int() }),
    output: Quote,
    errors: {
      notFound: NotFound,
      invalidDates: InvalidDates,
      guests: z.object({ min: z.number().int(), max: z.number().int() }),
    },
    http: "GET /api/listings/:listing/quote",
  }),
  /** The same for many, for lists: those of the listings that can be had so, in the order in which they were asked for. */
  quoteMany: query({
    input: z.object({ listings: z.array(Id).max(100), ...Dates.shape, guests: z.number().int() }),
    output: z.array(Quote),
    errors: { invalidDates: InvalidDates },
  }),
  /** The caller's own, in every state. */
  byHost: query({
    input: z.object({ page: PageNumber }),
    output: Page,
    errors: { forbidden: Forbidden },
    http: "GET /api/my/listings",
  }),
  create: command({
    input: ListingDraft,
    output: Listing,
    errors: { forbidden: Forbidden, tooOften: z.object({ retryAfterSeconds: z.number().int() }) },
    http: "POST /api/listings",
  }),
  /** `units` may fall below what is taken already: availability goes on honouring what it promised, and gives out no more. */
  edit: command({
    input: z.object({ id: Id, version: z.number().int(), ...ListingDraft.shape }),
    output: Listing,
    errors: { ...changeErrors, editConflict: z.object({ version: z.number().int() }) },
    http: "PUT /api/listings/:id",
  }),
  /** Also ends a pause. Publishing what is published changes nothing. */
  publish: command({
    input: z.object({ id: Id }),
    output: Listing,
    errors: { ...changeErrors, notReady: z.object({ missing: z.array(z.enum(["photos", "description"])) }) },
    http: "POST /api/listings/:id/publish",
  }),
  /** Nobody can find or book it until it is published again. What is booked stays booked. */
  pause: command({
    input: z.object({ id: Id }),
    output: Listing,
    errors: changeErrors,
    http: "POST /api/listings/:id/pause",
  }),
  ...letterOperations,

  listingPublished: event(Snapshot, { key: ({ id }) => id }),
  listingChanged: event(Snapshot, { key: ({ id }) => id }),
  listingPaused: event(Snapshot, { key: ({ id }) => id }),
});
