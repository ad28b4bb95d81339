import { isError } from "seamline";
import { messagePage } from "../../../shared/web/failures.ts";
import type { Answer } from "../../../shared/web/routes.ts";
import { listings, type Listing } from "../../listings/contract.ts";
import { idIn } from "../addresses.ts";
import type { Visit } from "../visit.ts";

/** Who may see pages for members and for hosts, and what others see in their place. */

/** Goes on for who is signed in. A stranger signs in first, and comes back to `next`. */
export async function asMember(visit: Visit, next: string, go: () => Answer): Promise<unknown> {
  if (visit.session.state === "anonymous") return visit.signInFirst(next);
  if (visit.member === null) return away(visit, visit.text.unavailable, visit.text.stateUnknown, "session-needed");
  return go();
}

/** A page that says that what it is for is down. */
export function away(visit: Visit, title: string, why: string, id: string): Promise<unknown> {
  visit.retryAfter(5);
  return visit.show(messagePage(visit, title, why, id), 503);
}

/** Goes on with the listing of the address, if it is the visitor's own. */
export function withOwnHouse(visit: Visit, go: (listing: Listing) => Answer): Promise<unknown> {
  const { text } = visit;
  const id = idIn(visit);
  return asMember(visit, `/host/listings/${id}`, async () => {
    const listing = await visit.context.part(
      "listings",
      () => readHouse(visit, id),
      () => "absent" as const,
    );
    if (listing === "absent")
      return away(visit, text.hosting.listingsDown, text.hosting.listingsDownWhy, "listings-unavailable");
    if (listing === null)
      return visit.show(messagePage(visit, text.hosting.noHouse, text.notFoundWhy, "not-found"), 404);
    if (listing.host.id !== visit.member?.user.id)
      return visit.show(messagePage(visit, text.hosting.notYours, text.hosting.notYoursWhy, "forbidden"), 403);
    return go(listing);
  });
}

/** null: there is none, or the visitor may not see it. */
export async function readHouse(visit: Visit, id: string): Promise<Listing | null> {
  try {
    return await visit.context.listings.get({ id });
  } catch (error) {
    if (isError(error, listings.get, "notFound")) return null;
    throw error;
  }
}
