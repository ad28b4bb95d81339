import { searchModule } from "../shared/search/search.ts";
import type { Change, Document } from "../shared/search/documents.ts";
import { listings, type Listing } from "./listings/contract.ts";
import { places } from "./places.ts";
import { reviews } from "./reviews/contract.ts";

type Told = Omit<Listing, "rating" | "createdAt">;

function toDocument({ id, version, title, description, place, host, nightly, capacity, amenities }: Told): Document {
  return {
    id,
    version,
    title,
    text: description,
    words: Object.values(places[place]),
    tags: [`place:${place}`, `host:${host.id}`, ...amenities.map((amenity) => `amenity:${amenity}`)],
    numbers: { price: nightly, capacity },
  };
}

function toFigures({ count, average }: Listing["rating"]): Record<string, number> {
  return { reviews: count, rating: average ?? 0 };
}

function toChange(listing: Told): Change {
  if (listing.state === "published") return { is: "there", kind: "listing", document: toDocument(listing) };
  return { is: "gone", kind: "listing", id: listing.id, version: listing.version };
}

/** What can be found on stay: houses that are published. */
export default searchModule({
  uses: { listings },
  kinds: {
    listing: {
      numbers: ["price", "rating", "capacity", "reviews"],
      scan: async ({ listings }, after) =>
        (await listings.scan({ after })).map((listing) => ({
          ...toDocument(listing),
          ...(listing.rating.count > 0 && { others: { reviews: toFigures(listing.rating) } }),
        })),
    },
  },
  on: (told) => [
    told(listings.listingPublished, toChange),
    told(listings.listingChanged, toChange),
    told(listings.listingPaused, toChange),
    told(reviews.ratingChanged, ({ listing, version, count, average }) => ({
      ...{ is: "figures", kind: "listing", id: listing, of: "reviews", version },
      numbers: toFigures({ count, average }),
    })),
  ],
});
