import { command, contract, event, query } from "seamline";
import { z } from "zod";
import { Author } from "../../shared/accounts/contract.ts";
import { letterOperations } from "../../shared/letters.ts";
import { At, Id, PageNumber, text } from "../../shared/text.ts";
import { Dates } from "../dates.ts";
import { Rating } from "../listings/contract.ts";

/** What guests say after their stay: one review a stay, and only of a stay that was. */

export const reviewsPerPage = 10;
export const ReviewDraft = z.object({ stars: z.number().int().min(1).max(5), content: text(2000) });

const Review = ReviewDraft.extend({
  id: Id,
  listing: Id,
  /** The booking. */
  stay: Id,
  author: Author,
  at: At,
  reply: z.object({ content: z.string(), at: At }).nullable(),
});
const Stay = z.object({ stay: Id, listing: Id, title: z.string(), ...Dates.shape, reviewed: z.boolean() });
const Forbidden = z.object({ reason: z.enum(["signIn", "notHost", "adminsOnly", "accountClosed"]) });

export type Review = z.infer<typeof Review>;

export const reviews = contract("reviews", {
  /** Published reviews, the newest first. A listing nobody has reviewed has none. */
  forListing: query({
    input: z.object({ listing: Id, page: PageNumber }),
    output: z.object({
      reviews: z.array(Review),
      rating: Rating,
      page: z.number().int(),
      /** At least 1. */
      pages: z.number().int(),
    }),
    http: "GET /api/listings/:listing/reviews",
  }),
  /** One that is published. */
  get: query({ input: z.object({ review: Id }), output: Review, errors: { notFound: z.object({ review: Id }) } }),
  /** By listing; one that nobody has reviewed is left out. */
  summaryMany: query({ input: z.object({ listings: z.array(Id).max(100) }), output: z.record(Id, Rating) }),
  /** The caller's completed stays, with or without a review, the newest first; of one listing, or of all. At most 100. */
  eligible: query({
    input: z.object({ listing: Id.optional() }),
    output: z.array(Stay),
    errors: { forbidden: Forbidden },
  }),
  submit: command({
    input: z.object({ stay: Id, ...ReviewDraft.shape }),
    output: Review,
    errors: {
      forbidden: Forbidden,
      /** There is no such completed stay of the caller (yet). */
      notAGuest: z.object({ stay: Id }),
      alreadyReviewed: z.object({ review: Id }),
    },
    http: "POST /api/reviews",
  }),
  /** By the host of the stay, once; a second reply takes the place of the first. */
  reply: command({
    input: z.object({ review: Id, content: text(2000) }),
    output: Review,
    errors: { forbidden: Forbidden, notFound: z.object({ review: Id }) },
    http: "POST /api/reviews/:review/reply",
  }),
  /** By admins. A hidden review counts for nothing and is shown to nobody. */
  hide: command({
    input: z.object({ review: Id, hidden: z.boolean().default(true) }),
    output: z.object({ hidden: z.boolean() }),
    errors: { forbidden: Forbidden, notFound: z.object({ review: Id }) },
  }),
  ...letterOperations,

  reviewPublished: event(Review.extend({ title: z.string(), host: Author }), { key: ({ id }) => id }),
  reviewHidden: event(z.object({ id: Id, listing: Id, hidden: z.boolean(), at: At }), { key: ({ id }) => id }),
  /** `version` grows with each change of one listing's rating. */
  ratingChanged: event(z.object({ listing: Id, ...Rating.shape, version: z.number().int(), at: At }), {
    key: ({ listing }) => listing,
  }),
});
