import { setTimeout as sleep } from "node:timers/promises";
import { monotonicMs } from "../contract/deadline.ts";
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
  readonly sum: bigint;
}

/** How many rows there are, and a sum over all of them that does not depend on their order. */
export async function digestOf(hand: Hand, { full }: Table, where = ""): Promise<Digest> {
  const text = `select count(*)::float8 as rows, coalesce(sum(hashtextextended(t::text, 0)), 0)::text as sum from ${full} t ${where}`;
  const { rows } = await hand.session.query(boundOf(digestMs), text);
  const { rows: count, sum } = rows[0] as { rows: number; sum: string };
  return { rows: count, sum: BigInt(sum) };
}

const digestMs = 600_000;

/**
 * The same without keeping the app waiting, which needs the processors more: a piece at a time, on one of them, and a rest
 * after each as long as it took.
 */
async function digestGently(hand: Hand, table: Table): Promise<Digest> {
  const [size] = await hand.rows<{ pages: number }>(
    "select (pg_relation_size($1) / current_setting('block_size')::int)::float8 as pages",
    [table.full],
  );
  let [rows, sum] = [0, 0n];
  for (let page = 0; page < size!.pages; page += pagesAtOnce) {
    const began = monotonicMs();
    const piece = `where ctid >= '(${page},0)' and ctid < '(${page + pagesAtOnce},0)'`;
    const digest = await digestOf(hand, table, piece);
    rows += digest.rows;
    sum += digest.sum;
    await sleep(monotonicMs() - began);
  }
  return { rows, sum };
}

/** 2 MB: some 20 ms. More: others wait longer for the processor. */
const pagesAtOnce = 256;

/**
 * Compares two sides, table by table.
 *
 * @param waiting whether somebody waits for it
 */
export async function compare(
  from: Hand,
  to: Hand,
  tables: readonly Table[],
  waiting: boolean,
): Promise<NonNullable<MoveReport["verified"]>> {
  const differences: TableDifference[] = [];
  let rows = 0;
  for (const table of tables.filter(({ partitioned }) => !partitioned)) {
    const [left, right] = waiting
      ? await Promise.all([digestOf(from, table), digestOf(to, table)])
      : [await digestGently(from, table), await digestGently(to, table)];
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
    for (const { hand } of [from, to]) await hand.run("set max_parallel_workers_per_gather = 0");
    return await compare(from.hand, to.hand, await tablesOf(from.hand), false);
  } finally {
    await Promise.all([from.hand.close(), to.hand.close()]);
  }
}
