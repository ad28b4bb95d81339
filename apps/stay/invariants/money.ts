import type { Invariant, InvariantAccess, Violation } from "seamline";
import { refundOf } from "../bookings/policy.ts";
import { byIds, countOf, foundBy, idsOf, pagesOf, type Row } from "./read.ts";

/** That guests paid what was agreed, once, and that the books say so. */

export const paid: Invariant = {
  id: "I3",
  says: {
    en: "a confirmed booking is paid once and in full; a cancelled one has back what its policy says",
    ko: "확정 예약은 정확히 한 번 전액 결제되고, 취소된 예약은 정책대로 환불된다",
  },
  kind: "torn",
  quiescent: true,
  async run(access) {
    const violations: Violation[] = [];
    let checked = 0;
    const columns =
      "state, total::float8, terms ->> 'policy' as policy, arrival::text, refund_amount::float8, refund_state, timeline, created_at";
    for await (const rows of pagesOf(access, "bookings", "bookings", columns)) {
      checked += rows.length;
      const payments = await byIds(access, "payments", "payments", "state, amount, refunded", idsOf(rows));
      for (const row of rows) {
        const why = unpaid(row, payments.get(row["id"]));
        if (why !== null) violations.push({ id: row["id"], what: why });
      }
    }
    return { checked, violations: [...violations, ...(await ofNobody(access))] };
  },
};

type What = Record<string, unknown>;

/** What is wrong with the money of a booking; null: nothing. */
function unpaid(booking: Row, payment: Row | undefined): What | null {
  const { state, total } = booking;
  const net = payment?.["state"] === "captured" ? payment["amount"] - payment["refunded"] : 0;
  const is = { booking: state, payment: payment?.["state"] ?? null, net };
  if (state === "held" || state === "paying") return null;
  if (state === "confirmed" || state === "completed")
    return net === total && payment!["amount"] === total ? null : { ...is, total };
  const refund = cancelled(booking);
  if (refund === null) return net === 0 ? null : is;
  const { refund_amount, refund_state } = booking;
  const settled = refund_state === (refund === 0 ? "none" : "done");
  if (refund_amount === refund && net === total - refund && settled) return null;
  return { ...is, total, byPolicy: refund, refund: refund_amount, refundState: refund_state };
}

/** What comes back of a booking that was confirmed and cancelled; null: it was not. */
function cancelled({ state, policy, total, arrival, timeline, created_at, refund_state }: Row): number | null {
  if (state !== "cancelled" || refund_state === null) return null;
  const { at } = (timeline as { step: string; at: string }[]).find(({ step }) => step === "cancelled")!;
  return refundOf({ policy, total, from: arrival, bookedAt: created_at }, new Date(at));
}

/** Money that was taken for no booking. */
async function ofNobody(access: InvariantAccess): Promise<Violation[]> {
  const violations: Violation[] = [];
  for await (const rows of pagesOf(access, "payments", "payments", "state, amount")) {
    const bookings = await byIds(access, "bookings", "bookings", "state", idsOf(rows));
    for (const { id, state, amount } of rows)
      if (!bookings.has(id)) violations.push({ id, what: { booking: null, payment: state, amount } });
  }
  return violations;
}

export const ledger: Invariant = {
  id: "I4",
  says: { en: "every ledger entry balances, and so does every payment", ko: "모든 장부 항목과 결제의 합이 맞는다" },
  kind: "torn",
  async run(access) {
    const unbalanced = await foundBy(
      access,
      "payments",
      `select transaction as id, sum(amount)::float8 as left from entries
       group by transaction having sum(amount) <> 0 order by 1`,
    );
    const wrong = await foundBy(
      access,
      "payments",
      `select payments.id, payments.state, amount - refunded as kept, coalesce(booked, 0)::float8 as booked
       from payments left join (
         select payment as id, sum(amount) as booked from entries where account = 'provider' group by payment
       ) as books using (id)
       where coalesce(booked, 0) <> case when state = 'captured' then amount - refunded else 0 end order by 1`,
    );
    return { checked: await countOf(access, "payments", "payments"), violations: [...unbalanced, ...wrong] };
  },
};

export const onceEach: Invariant = {
  id: "I9",
  says: {
    en: "nothing was done twice: one capture and one refund a booking, one note an event",
    ko: "같은 일이 두 번 되지 않는다: 예약마다 결제와 환불 한 번, 일마다 알림 한 번",
  },
  async run(access) {
    const moves = await foundBy(
      access,
      "payments",
      `select payment || ' ' || kind as id, count(distinct transaction)::int as times from entries
       group by payment, kind having count(distinct transaction) > 1 order by 1`,
    );
    const notes = await foundBy(
      access,
      "notify",
      `select user_id || ' ' || type || ' ' || (data ->> 'reference') as id, count(*)::int as times from notes
       where data ? 'reference' group by user_id, type, data ->> 'reference' having count(*) > 1 order by 1`,
    );
    return { checked: await countOf(access, "payments", "payments"), violations: [...moves, ...notes] };
  },
};
