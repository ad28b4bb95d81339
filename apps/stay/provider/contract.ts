import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { At, Id } from "../../shared/text.ts";
import { Won } from "../money.ts";

/**
 * What the payment provider may be asked over HTTP, and what it tells. It is a simulation, but it speaks as the real ones
 * do: every request that moves money carries an `Idempotency-Key`; the same key is the same request and has the same
 * answer, for ever. What became of a request whose answer got lost can be asked by its key.
 *
 *     POST /authorize  /capture  /void  /refund     → Charge, or 4xx { error }: nothing was done, and nothing is remembered
 *     GET  /requests/:key                           → Charge as it was answered, or 404: no such request has been carried out
 *     GET  /charges?after=<payment>                 → a page of charges, by payment
 *     GET  /livez
 *     GET, PUT /simulator                           → what goes wrong, see simulator.ts
 *
 * All but the last need `Authorization: Bearer <apiKey>`. 5xx, or no answer at all, says nothing about what was done.
 */

/** Cards to try things out with. Any other is declined as "unknown_card". */
export const cards: Readonly<Record<string, Card>> = {
  "card-ok": {},
  "card-declined": { declined: "card_declined" },
  "card-no-funds": { declined: "insufficient_funds" },
  /** Takes 700 ms to answer. */
  "card-slow": { slowMs: 700 },
  /** Everything that is asked for it is done, and the first answer to each request never comes. */
  "card-silent": { silent: true },
  /** Can be authorized, but is refused when the money is taken. */
  "card-lapses": { lapses: true },
};

export interface Card {
  readonly declined?: string;
  readonly slowMs?: number;
  readonly silent?: boolean;
  readonly lapses?: boolean;
}

/** undefined: nobody knows it. Tokens come from outside, so what every object has is no card. */
export function cardOf(token: string): Card | undefined {
  return Object.hasOwn(cards, token) ? cards[token] : undefined;
}

/**
 *   ─▶ authorized ─▶ captured (gives back up to what was captured)
 *   │      ├──▶ voided
 *   │      └──▶ lapsed: it could not be captured, and nothing is set aside any more
 *   └▶ declined
 */
export const Charge = z.object({
  payment: Id,
  amount: Won,
  state: z.enum(["authorized", "declined", "captured", "voided", "lapsed"]),
  reason: z.string().nullable(),
  captured: Won,
  refunded: Won,
  at: At,
});
export const ChargePage = z.object({
  charges: z.array(Charge),
  /** `after` of the next page; null: this is the last. */
  next: Id.nullable(),
});
export const chargesPerPage = 200;

export type Charge = z.infer<typeof Charge>;
export type ChargePage = z.infer<typeof ChargePage>;

const ofPayment = z.object({ payment: Id });
export const Requests = {
  authorize: ofPayment.extend({ amount: Won.min(1), card: z.string().max(64), reference: z.string().max(40) }),
  capture: ofPayment,
  void: ofPayment,
  refund: ofPayment.extend({ amount: Won.min(1) }),
} as const;

export type Operation = keyof typeof Requests;
export type RequestOf<O extends Operation> = z.infer<(typeof Requests)[O]>;

/** What the provider sends to `POST /webhooks/payments` of whoever uses it, until that answers 2xx or an hour is over. */
export interface Webhook {
  readonly id: string;
  readonly type: string;
  readonly payment: string;
  readonly at: string;
  readonly signature: string;
}

/** What stands for a caller. @param secret shared by the provider and its one customer */
export function apiKey(secret: Buffer): string {
  return createHmac("sha256", secret).update("api key").digest("hex");
}

export function signatureOf(secret: Buffer, { id, type, payment, at }: Omit<Webhook, "signature">): string {
  const key = createHmac("sha256", secret).update("webhook key").digest();
  return createHmac("sha256", key).update(`${id}\n${type}\n${payment}\n${at}\n`).digest("hex");
}

/** Compares what was given with what it must be, in a time that says nothing of where they differ. */
export function isSame(given: string, right: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(right)];
  return one.length === other.length && timingSafeEqual(one, other);
}
