import { sql } from "kysely";
import type { ReadStore } from "seamline";
import { addDays } from "../dates.ts";
import type { Tables } from "./migrations.ts";

interface Month {
  /** "2026-11" */
  readonly month: string;
  readonly stays: number;
  readonly won: number;
}

/** What a host's houses earned in the month of a day and in the one before, the earlier first. */
export async function earnedBy(read: ReadStore<Tables>, host: string, today: string): Promise<Month[]> {
  const first = `${today.slice(0, 7)}-01`;
  const before = `${addDays(first, -1).slice(0, 7)}-01`;
  const month = sql<string>`to_char(departure, 'YYYY-MM')`;
  const rows = await read
    .selectFrom("bookings")
    .select(({ fn }) => [
      month.as("month"),
      fn.countAll<number>().as("stays"),
      sql<string>`sum(total - (
        select coalesce(sum((line->>'total')::int8), 0) from jsonb_array_elements(terms->'lines') line
        where line->>'kind' = 'fee'
      ))`.as("won"),
    ])
    .where("host_id", "=", host)
    .where("state", "=", "completed")
    .where("departure", ">=", before)
    .groupBy(month)
    .execute();
  return [before, first].map((day) => {
    const found = rows.find((row) => row.month === day.slice(0, 7));
    return { month: day.slice(0, 7), stays: Number(found?.stays ?? 0), won: Number(found?.won ?? 0) };
  });
}
