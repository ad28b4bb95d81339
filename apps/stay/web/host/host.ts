import type { Part } from "../visit.ts";
import { hostBookingPages } from "./bookings.ts";
import { hostCalendarPages } from "./calendar.ts";
import { hostHome } from "./home.ts";
import { hostListingPages } from "./listing.ts";
import { photoPages } from "./photos.ts";
import { hostReviewPages } from "./reviews.ts";

/** All pages for hosts. */
export const hostPages: readonly Part[] = [
  hostHome,
  hostListingPages,
  photoPages,
  hostCalendarPages,
  hostBookingPages,
  hostReviewPages,
];
