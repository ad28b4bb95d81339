import type { Kysely, Selectable } from "kysely";
import type { Tables } from "./migrations.ts";

export interface Rated {
  readonly count: number;
  /** To one hundredth; null: nobody has said anything. */
  readonly average: number | null;
}

/** Adds a review's stars to its listing's rating, or takes them away. */
export async function rate(
  store: Kysely<Tables>,
  { listing, stars }: { listing: string; stars: number },
  by: 1 | -1,
): Promise<Rated & { listing: string; version: number }> {
  await store
    .insertInto("ratings")
    .values({ listing, count: 0, sum: 0, version: 0 })
    .onConflict((conflict) => conflict.column("listing").doNothing())
    .execute();
  const row = await store
    .updateTable("ratings")
    .set((eb) => ({
      count: eb("count", "+", by),
      sum: eb("sum", "+", by * stars),
      version: eb("version", "+", 1),
    }))
    .where("listing", "=", listing)
    .returningAll()
    .executeTakeFirstOrThrow();
  return { listing, version: row.version, ...toRated(row) };
}

export function toRated(row: Pick<Selectable<Tables["ratings"]>, "count" | "sum"> | undefined): Rated {
  const { count, sum } = row ?? { count: 0, sum: 0 };
  return { count, average: count === 0 ? null : Math.round((100 * sum) / count) / 100 };
}
