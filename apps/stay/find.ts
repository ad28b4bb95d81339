import type { Client, Output, PageContext } from "seamline";
import type { search } from "../shared/search/contract.ts";
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
  readonly listings: string[];
  /** "any": no dates were asked for. "unknown": availability is away, so some of these may be taken. */
  readonly dates: "any" | "free" | "unknown";
  /** For more; null: there are no more. */
  readonly next: string | null;
}

interface Context extends Pick<PageContext, "part"> {
  readonly search: Pick<Client<typeof search>, "candidates">;
  readonly availability: Pick<Client<typeof availability>, "filter">;
}

/** Candidates looked at for one answer: three screens' worth, then in large steps. More makes a page wait for the rare house. */
const [firstBatch, furtherBatch, batches] = [3, 200, 5];

/** @throws CallError `invalidDates` of availability, `badCursor` of search, or that search is away */
export async function find(context: Context, question: Question): Promise<Found> {
  const { dates, limit = 20 } = question;
  if (!dates) {
    const { ids, next } = await candidates(context, question, question.cursor, limit);
    return { listings: ids, dates: "any", next };
  }
  const listings: string[] = [];
  let cursor = question.cursor;
  for (let batch = 0; batch < batches; batch++) {
    const page = await candidates(context, question, cursor, batch === 0 ? limit * firstBatch : furtherBatch);
    const free = await freeOf(context, page.ids, dates);
    for (const [at, id] of page.ids.entries()) {
      if (free?.has(id) === false) continue;
      listings.push(id);
      if (listings.length === limit) return { listings, dates: free ? "free" : "unknown", next: nextAfter(at, page) };
    }
    if (page.next === null || !free) return { listings, dates: free ? "free" : "unknown", next: page.next };
    cursor = page.next;
  }
  return { listings, dates: "free", next: cursor ?? null };
}

type Page = Output<(typeof search)["candidates"]>;

function nextAfter(at: number, { ids, cursors, next }: Page): string | null {
  return at === ids.length - 1 ? next : cursors[at]!;
}

function candidates(
  { search }: Context,
  { q, place, guests, price, amenities = [], sort }: Question,
  cursor: string | undefined,
  limit: number,
): Promise<Page> {
  return search.candidates({
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
async function freeOf(context: Context, listings: string[], dates: Dates): Promise<Set<string> | null> {
  return await context.part(
    "availability",
    async () => new Set(await context.availability.filter({ listings, ...dates })),
    () => null,
  );
}
