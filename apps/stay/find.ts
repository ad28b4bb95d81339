import type { Client, PageContext } from "seamline";
import type { Hit, search } from "../shared/search/contract.ts";
import type { availability } from "./availability/contract.ts";
import type { Dates } from "./dates.ts";
import type { Place } from "./places.ts";

/**
 * Finds houses for pages in two steps: search knows what fits by words, place, price and size, availability which of
 * those are free. Neither asks the other, so when availability is away there are still houses to see, with their dates
 * unknown. When search is away this throws; `listings.browse` is what there is to see then.
 */

export const findSorts = ["newest", "price", "-price", "-rating"] as const;

export interface Question {
  readonly q?: string;
  readonly place?: Place;
  /** Left out: whether or not anything is free. */
  readonly dates?: Dates;
  readonly guests?: number;
  /** Of one night. */
  readonly price?: { readonly min?: number; readonly max?: number };
  readonly amenities?: readonly string[];
  readonly sort?: (typeof findSorts)[number];
  /** The `next` of the answer that this one goes on after. */
  readonly cursor?: string;
  readonly limit?: number;
}

export interface Found {
  /** At most `limit`; whoever shows them asks listings for them. */
  readonly hits: readonly Hit[];
  /** "any": no dates were asked for. "unknown": availability is away, so some of these may be taken. */
  readonly dates: "any" | "free" | "unknown";
  /** For more; null: there are no more. */
  readonly next: string | null;
}

interface Context extends Pick<PageContext, "part"> {
  readonly search: Pick<Client<typeof search>, "search">;
  readonly availability: Pick<Client<typeof availability>, "filter">;
}

/** Candidates looked at for one answer: three screens' worth, then in large steps. More makes a page wait for the rare house. */
const [firstBatch, furtherBatch, batches] = [3, 200, 5];

/** @throws CallError `invalidDates` of availability, `badCursor` of search, or that search is away */
export async function find(context: Context, question: Question): Promise<Found> {
  const { dates, limit = 20 } = question;
  if (!dates) {
    const { hits, next } = await candidates(context, question, question.cursor, limit);
    return { hits, dates: "any", next };
  }
  const hits: Hit[] = [];
  let cursor = question.cursor;
  for (let batch = 0; batch < batches; batch++) {
    const page = await candidates(context, question, cursor, batch === 0 ? limit * firstBatch : furtherBatch);
    const free = await freeOf(context, page.hits, dates);
    for (const hit of page.hits) {
      if (free?.has(hit.id) === false) continue;
      hits.push(hit);
      if (hits.length === limit) return { hits, dates: free ? "free" : "unknown", next: nextAfter(hit, page) };
    }
    if (page.next === null || !free) return { hits, dates: free ? "free" : "unknown", next: page.next };
    cursor = page.next;
  }
  return { hits, dates: "free", next: cursor ?? null };
}

interface Page {
  readonly hits: readonly Hit[];
  readonly next: string | null;
}

function nextAfter(hit: Hit, page: Page): string | null {
  return hit === page.hits.at(-1) ? page.next : hit.cursor;
}

function candidates(
  { search }: Context,
  { q, place, guests, price, amenities = [], sort }: Question,
  cursor: string | undefined,
  limit: number,
): Promise<Page> {
  return search.search({
    kind: "listing",
    q,
    tags: [...(place ? [`place:${place}`] : []), ...amenities.map((amenity) => `amenity:${amenity}`)],
    ranges: { ...(guests && { capacity: { min: guests } }), ...(price && { price }) },
    sort,
    cursor,
    limit: Math.min(limit, furtherBatch),
  });
}

/** null: it cannot be found out now. */
async function freeOf(context: Context, hits: readonly Hit[], dates: Dates): Promise<Set<string> | null> {
  const listings = hits.map(({ id }) => id);
  return await context.part(
    "availability",
    async () => new Set(await context.availability.filter({ listings, ...dates })),
    () => null,
  );
}
