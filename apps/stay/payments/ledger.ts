import { randomUUIDv7 } from "node:crypto";
import type { Kysely } from "kysely";
import type { ReadStore } from "seamline";
import type { Entry } from "./contract.ts";
import type { Tables } from "./migrations.ts";

/**
 * The books, by double entry. Three accounts: `provider`, what the provider holds for us; `host`, what we owe hosts;
 * `fee`, what is ours. Debits are positive, credits negative, each transaction comes to 0.
 *
 *              provider      host                 fee
 *   capture    + amount    − (amount − fee)     − fee
 *   refund     − part      + (part − its fee)   + its fee
 *
 * A refund gives back the fee in proportion. It is reckoned from the sum of all refunds so far, so that parts of a won
 * never pile up: once everything has gone back, so has the whole fee.
 */

export const entriesPerPage = 60;

export interface Money {
  readonly id: string;
  readonly amount: number;
  readonly fee: number;
}

export function entriesOfCapture({ amount, fee }: Money): Amounts {
  return { provider: amount, host: fee - amount, fee: -fee };
}

/** @param refunded what had gone back before */
export function entriesOfRefund({ amount, fee }: Money, refunded: number, part: number): Amounts {
  const feeUpTo = (sum: number): number => Math.floor((fee * sum) / amount);
  const ofFee = feeUpTo(refunded + part) - feeUpTo(refunded);
  return { provider: -part, host: part - ofFee, fee: ofFee };
}

type Amounts = Readonly<Record<Entry["account"], number>>;

/** Writes one transaction; accounts that nothing happens to are left out. */
export async function post(
  store: Kysely<Tables>,
  payment: string,
  kind: Entry["kind"],
  amounts: Amounts,
  at: Date,
): Promise<void> {
  const transaction = randomUUIDv7();
  const entries = Object.entries(amounts).filter(([, amount]) => amount !== 0) as [Entry["account"], number][];
  await store
    .insertInto("entries")
    .values(entries.map(([account, amount]) => ({ transaction, account, payment, kind, amount, at })))
    .execute();
}

/** Entries, the newest first. */
export async function readLedger(store: ReadStore<Tables>, payment: string | undefined, page: number) {
  const chosen = payment ? store.selectFrom("entries").where("payment", "=", payment) : store.selectFrom("entries");
  const { count } = await chosen.select((of) => of.fn.countAll<number>().as("count")).executeTakeFirstOrThrow();
  const rows = await chosen
    .selectAll()
    .orderBy("at", "desc")
    .orderBy("transaction", "desc")
    .orderBy("account", "desc")
    .offset((page - 1) * entriesPerPage)
    .limit(entriesPerPage)
    .execute();
  return {
    entries: rows.map((row) => ({ ...row, at: row.at.toISOString() })),
    page,
    pages: Math.max(1, Math.ceil(count / entriesPerPage)),
  };
}
