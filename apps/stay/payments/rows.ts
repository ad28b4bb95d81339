import type { Kysely, Selectable } from "kysely";
import type { ReadStore } from "seamline";
import type { Payment } from "./contract.ts";
import type { Tables } from "./migrations.ts";

export type PaymentRow = Selectable<Tables["payments"]>;
export type RequestRow = Selectable<Tables["requests"]>;

/** Payments as others see them. Works inside a transaction as well as outside. */
export async function readPayment(store: ReadStore<Tables>, id: string): Promise<Payment | null> {
  const row = await store
    .selectFrom("payments")
    .selectAll()
    .select((of) =>
      of
        .exists(
          of
            .selectFrom("requests")
            .select("key")
            .whereRef("requests.payment", "=", "payments.id")
            .where("unknown_since", "is not", null),
        )
        .as("unknown"),
    )
    .where("id", "=", id)
    .executeTakeFirst();
  if (!row) return null;
  return {
    id: row.id,
    amount: row.amount,
    state: row.state,
    unknown: Boolean(row.unknown),
    reason: row.reason,
    refundAsked: row.refund_asked,
    refunded: row.refunded,
    createdAt: row.created_at.toISOString(),
    changedAt: row.changed_at.toISOString(),
  };
}

/** The row, held until the transaction ends. What is decided about a payment is decided by whoever holds it. */
export function lockPayment(store: Kysely<Tables>, id: string): Promise<PaymentRow | undefined> {
  return store.selectFrom("payments").selectAll().where("id", "=", id).forUpdate().executeTakeFirst();
}

export async function changePayment(
  store: Kysely<Tables>,
  id: string,
  at: Date,
  change: Partial<Pick<PaymentRow, "state" | "reason" | "card" | "refund_asked" | "refunded">>,
): Promise<void> {
  await store
    .updateTable("payments")
    .set({ ...change, changed_at: at })
    .where("id", "=", id)
    .execute();
}
