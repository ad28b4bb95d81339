import type { Kysely } from "kysely";

/** How often one author may write: at most so many rows within a sliding window. */
export interface Pace {
  readonly writes: number;
  readonly windowMs: number;
}

/**
 * Seconds until an author may write again; 0: now. The rows themselves are the count (they know whose they are, in
 * `column`, and `created_at`), so replicas share it and there is nothing to clean up.
 */
export async function paceSeconds(
  store: Pick<Kysely<any>, "selectFrom">,
  table: string,
  author: string,
  pace: Pace,
  now: Date,
  column: "author_id" | "guest_id" = "author_id",
): Promise<number> {
  const oldest = await (store as Kysely<Record<string, { [key in typeof column]: string } & { created_at: Date }>>)
    .selectFrom(table)
    .select("created_at")
    .where(column, "=", author)
    .where("created_at", ">", new Date(now.getTime() - pace.windowMs))
    .orderBy("created_at", "desc")
    .offset(pace.writes - 1)
    .limit(1)
    .executeTakeFirst();
  return oldest ? Math.ceil((oldest.created_at.getTime() + pace.windowMs - now.getTime()) / 1000) : 0;
}
