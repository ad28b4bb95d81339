import type { App, PageContext, User } from "seamline";
import { eachPlacement, type TestApp } from "../../test/suites/placements.ts";
import type { accounts } from "../shared/accounts/contract.ts";
import type { media } from "../shared/media/contract.ts";
import type { moderation } from "../shared/moderation/contract.ts";
import type { notify } from "../shared/notify/contract.ts";
import type { search } from "../shared/search/contract.ts";
import type { availability } from "./availability/contract.ts";
import type { bookings } from "./bookings/contract.ts";
import type { listings } from "./listings/contract.ts";
import type { payments } from "./payments/contract.ts";
import type { reviews } from "./reviews/contract.ts";

/** What tests of the modules of stay have in common. */

type Clients = PageContext<{
  accounts: typeof accounts;
  availability: typeof availability;
  bookings: typeof bookings;
  listings: typeof listings;
  media: typeof media;
  moderation: typeof moderation;
  notify: typeof notify;
  payments: typeof payments;
  reviews: typeof reviews;
  search: typeof search;
}>;

export interface Running extends Omit<TestApp, "context" | "as"> {
  readonly context: Clients;
  as(user: User): Clients;
}

/**
 * Runs the tests that `body` declares under every placement of some modules of stay. Where processes are apart, each of
 * `apart` has its own, and those `besides` share one.
 */
export async function everywhere(
  apart: readonly string[],
  besides: readonly string[],
  body: (running: () => Running) => void,
): Promise<void> {
  const url = import.meta.resolve(`./part.testing.ts?modules=${[...apart, ...besides].join(",")}`);
  const { default: app } = (await import(url)) as { default: App };
  eachPlacement(app, url, (running) => body(running as unknown as () => Running), { apart });
}

export { fails, patiently, somebody } from "../shared/testing.ts";
