import type { Invariant, Violation } from "seamline";
import { toRated } from "../reviews/ratings.ts";
import { byIds, countOf, foundBy, idsOf, pagesOf } from "./read.ts";

/** That only guests say what a stay was like, and that it is counted as it was said. */

export const stayed: Invariant = {
  id: "I5",
  says: {
    en: "a review is of a completed stay of its author, and the only one of it",
    ko: "후기는 글쓴이가 끝낸 숙박의 것이고, 숙박마다 하나다",
  },
  async run(access) {
    const violations = await foundBy(
      access,
      "reviews",
      "select stay as id, count(*)::int as reviews from reviews group by stay having count(*) > 1 order by 1",
    );
    let checked = 0;
    // A stay stays completed, so bookings may be read at a later moment than reviews.
    for await (const rows of pagesOf(access, "reviews", "reviews", "stay, listing, author_id")) {
      checked += rows.length;
      const stays = rows.map(({ stay }) => stay as string);
      const bookings = await byIds(access, "bookings", "bookings", "state, listing, guest_id", stays);
      for (const { id, stay, listing, author_id } of rows) {
        const booking = bookings.get(stay);
        const guest = booking?.["guest_id"] ?? null;
        // Of a closed account nobody says any more whose it was.
        const own = author_id === null || guest === null || author_id === guest;
        if (booking?.["state"] !== "completed" || booking["listing"] !== listing || !own)
          violations.push({ id, what: { stay, listing, booking: booking?.["state"] ?? null, own } });
      }
    }
    return { checked, violations };
  },
};

export const ratings: Invariant = {
  id: "I6",
  says: {
    en: "a rating is the mean of the published reviews, wherever it is shown",
    ko: "평점은 어디에 보이든 공개된 후기의 평균이다",
  },
  quiescent: true,
  async run(access) {
    const violations: Violation[] = await foundBy(
      access,
      "reviews",
      `select coalesce(ratings.listing, said.listing) as id, ratings.count as "countKept", said.count, ratings.sum as "sumKept", said.sum
       from ratings full join (
         select listing, count(*)::int as count, sum(stars)::int as sum from reviews where not hidden group by listing
       ) as said using (listing)
       where (coalesce(ratings.count, 0), coalesce(ratings.sum, 0)) <> (coalesce(said.count, 0), coalesce(said.sum, 0))
       order by 1`,
    );
    let checked = 0;
    for await (const rows of pagesOf(access, "listings", "listings", "rating_count, rating_average")) {
      checked += rows.length;
      const kept = await byIds(access, "reviews", "ratings", "count, sum", idsOf(rows), "listing");
      for (const { id, rating_count, rating_average } of rows) {
        const { count, average } = toRated(kept.get(id) as { count: number; sum: number } | undefined);
        if (count !== rating_count || average !== rating_average)
          violations.push({ id, what: { shown: [rating_count, rating_average], rated: [count, average] } });
      }
    }
    return { checked, violations };
  },
};

export const hiddenStays: Invariant = {
  id: "I10",
  says: {
    en: "what is hidden or removed is kept from readers, in search and ratings too",
    ko: "가리거나 지운 것은 검색과 평점에서도 보이지 않는다",
  },
  quiescent: true,
  async run(access) {
    const hidden = await access.sql("moderation", "select kind, target from hidden");
    const of = (kind: string): string[] => hidden.filter((row) => row["kind"] === kind).map((row) => row["target"]);
    const reviews = await foundBy(
      access,
      "reviews",
      "select id, 'a hidden review is shown' as why from reviews where id = any($1::uuid[]) and not hidden order by id",
      [of("review")],
    );
    const listings = await foundBy(
      access,
      "listings",
      "select id, 'a hidden listing is ' || state as why from listings where id = any($1::uuid[]) and state = 'published' order by id",
      [of("listing")],
    );
    const search = await foundBy(
      access,
      "search",
      `select id, 'search has text of what it must not show' as why from documents
       where not shown and (title <> '' or body <> '' or folded <> '') order by id`,
    );
    const closed = await access.sql("accounts", "select id from users where closed_at is not null");
    const names = await Promise.all(
      [
        ["listings", "listings", "author_id"],
        ["reviews", "reviews", "author_id"],
        ["bookings", "bookings", "guest_id"],
      ].map(([module, table, column]) =>
        foundBy(
          access,
          module!,
          `select id, '${table}.${column} names a closed account' as why from ${table} where ${column} = any($1::uuid[]) order by id`,
          [idsOf(closed)],
        ),
      ),
    );
    const checked = hidden.length + closed.length + (await countOf(access, "search", "documents"));
    return { checked, violations: [...reviews, ...listings, ...search, ...names.flat()] };
  },
};
