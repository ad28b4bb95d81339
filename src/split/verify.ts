import { boundOf } from "../data/bound.ts";
import type { Table } from "./catalog.ts";
import { tablesOf } from "./catalog.ts";
import type { Hand } from "./hand.ts";
import type { MoveReport, TableDifference } from "./split.ts";

/** A side as it was at one moment: a transaction that goes on seeing it so, and holds nobody. */
export interface Look {
  readonly hand: Hand;
}

export async function beginLook(hand: Hand, ms: number): Promise<Look> {
  // The view is taken by the first statement, which must not touch the tables: they are locked.
  await hand.run("begin isolation level repeatable read read only; select 1", ms);
  return { hand };
}

interface Digest {
  readonly rows: number;
  readonly sum: string;
}

/** How many rows there are, and a sum over all of them that does not depend on their order. */
export async function digestOf(hand: Hand, { full }: Table): Promise<Digest> {
  const text = `select count(*)::float8 as rows, coalesce(sum(hashtextextended(t::text, 0)), 0)::text as sum from ${full} t`;
  const { rows } = await hand.session.query(boundOf(digestMs), text);
  return rows[0] as Digest;
}

const digestMs = 600_000;

/**
 * Compares two sides, table by table.
 *
 * @param both at once, for when somebody waits; else the app needs the processors more
 */
export async function compare(
  from: Hand,
  to: Hand,
  tables: readonly Table[],
  both: boolean,
): Promise<NonNullable<MoveReport["verified"]>> {
  const differences: TableDifference[] = [];
  let rows = 0;
  for (const table of tables) {
    const first = digestOf(from, table);
    if (!both) await first;
    const [left, right] = await Promise.all([first, digestOf(to, table)]);
    rows += left.rows;
    if (left.rows !== right.rows || left.sum !== right.sum)
      differences.push({ table: table.name, from: left.rows, to: right.rows });
  }
  return { tables: tables.length, rows, differences };
}

export async function verify({
  from,
  to,
}: {
  readonly from: Look;
  readonly to: Look;
}): Promise<NonNullable<MoveReport["verified"]>> {
  try {
    return await compare(from.hand, to.hand, await tablesOf(from.hand), false);
  } finally {
    await Promise.all([from.hand.close(), to.hand.close()]);
  }
}
