import { command, contract, event, query } from "seamline";
import { z } from "zod";
import { letterOperations } from "../../shared/letters.ts";
import { At, Id, PageNumber } from "../../shared/text.ts";
import { Won } from "../money.ts";

/**
 * Money of guests, by way of a payment provider. Asking for money to be moved is one thing and its being moved another:
 * each command notes the intent and returns at once, a saga carries it out with the provider, and `status` or the events
 * tell how it ended. An answer that the provider never gave is never guessed: it is asked for until it is known.
 */

export const paymentStates = [
  "authorizing",
  "authorized",
  "declined",
  "capturing",
  "captured",
  "captureFailed",
  "voiding",
  "voided",
] as const;
const Payment = z.object({
  id: Id,
  amount: Won,
  state: z.enum(paymentStates),
  /** Whether the provider has left the last question open, and is being asked again. */
  unknown: z.boolean(),
  /** Why it was declined, in the provider's word. */
  reason: z.string().nullable(),
  /** Sums of what was asked to go back and of what has gone back. */
  refundAsked: Won,
  refunded: Won,
  createdAt: At,
  changedAt: At,
});
const Entry = z.object({
  /** Entries of one transaction add up to 0. */
  transaction: Id,
  payment: Id,
  kind: z.enum(["capture", "refund"]),
  /** What the provider holds for us; what we owe hosts; what is ours. */
  account: z.enum(["provider", "host", "fee"]),
  /** Positive: debit; negative: credit. */
  amount: z.number().int(),
  at: At,
});
const NotFound = z.object({ payment: Id });
const WrongState = z.object({ payment: Id, state: z.enum(paymentStates) });
const Denied = z.object({ reason: z.enum(["module", "adminsOnly"]) });
const told = z.object({ payment: Id, amount: Won, at: At });
const keyed = { key: ({ payment }: { payment: string }) => payment };

export type Payment = z.infer<typeof Payment>;
export type Entry = z.infer<typeof Entry>;

export const payments = contract("payments", {
  /** Whether payments are taken just now: false while the provider has not answered for a while. */
  accepting: query({ output: z.object({ accepting: z.boolean() }) }),
  status: query({ input: z.object({ payment: Id }), output: Payment.nullable() }),
  /** Every move of money, the newest first: of one payment, or of all. For modules that asked for it, and for admins. */
  ledger: query({
    input: z.object({ payment: Id.optional(), page: PageNumber }),
    output: z.object({ entries: z.array(Entry), page: z.number().int(), pages: z.number().int() }),
    errors: { denied: Denied },
  }),
  /** Our books beside the provider's, payment by payment; only those that differ are listed, at most 100. */
  reconcileReport: query({
    output: z.object({
      compared: z.number().int(),
      differences: z.array(z.object({ payment: Id, ours: z.string(), theirs: z.string() })),
      at: At,
    }),
    errors: { denied: Denied },
    deadlineMs: 10_000,
  }),
  /** Refunds that are not through yet, the oldest first. Admins only. */
  openRefunds: query({
    output: z.array(z.object({ payment: Id, amount: Won, since: At, attempts: z.number().int() })),
    errors: { denied: Denied },
  }),
  /** Asks for `amount` to be set aside. The same `payment` again gives that payment. Asked by bookings only, like the rest. */
  authorize: command({
    input: z
      .object({
        payment: Id,
        amount: Won.min(1),
        /** What of it stays with the house; the rest is the host's. */
        fee: Won.default(0),
        card: z.string().min(1).max(64),
        reference: z.string().max(40),
      })
      .refine(({ amount, fee }) => fee <= amount, { path: ["fee"], message: "no more than the amount" }),
    output: Payment,
    errors: { denied: Denied },
  }),
  /** Takes what was set aside. */
  capture: command({
    input: z.object({ payment: Id }),
    output: Payment,
    errors: { notFound: NotFound, wrongState: WrongState, denied: Denied },
  }),
  /**
   * Lets go of what was set aside (or is being: then as soon as that is known). Nothing to let go is no error: what is
   * captured, or being captured, stays as it is, and is given back by `refund`.
   */
  void: command({ input: z.object({ payment: Id }), output: Payment.nullable(), errors: { denied: Denied } }),
  /**
   * Gives `amount` back, under the name `refund`: the same name again is the same refund, and `differs` if it is of
   * another amount. All refunds together are never more than was captured. Tried until it is through.
   */
  refund: command({
    input: z.object({ payment: Id, refund: Id, amount: Won.min(1) }),
    output: Payment,
    errors: {
      notFound: NotFound,
      wrongState: WrongState,
      tooMuch: z.object({ payment: Id, left: Won }),
      differs: z.object({ refund: Id, amount: Won }),
      denied: Denied,
    },
  }),
  /**
   * What the provider has to tell. It is a hint: it makes us ask for the status now, and its contents move no money. So
   * one that comes twice, late or in another order does no harm, and a forged one is refused by its signature.
   */
  webhook: command({
    input: z.object({
      id: z.string().min(1).max(100),
      type: z.string().max(40),
      payment: Id,
      at: At,
      /** HMAC-SHA256 over `id`, `type`, `payment` and `at`, each ended by a line feed; hex. */
      signature: z.string().max(128),
    }),
    output: z.object({ known: z.boolean() }),
    errors: { badSignature: z.object({}) },
    http: "POST /webhooks/payments",
  }),
  ...letterOperations,

  paymentAuthorized: event(told, keyed),
  paymentCaptured: event(told, keyed),
  paymentFailed: event(told.extend({ reason: z.string() }), keyed),
  paymentVoided: event(told, keyed),
  /** The provider left a question open; it is being asked until it is known. */
  paymentUnknown: event(told, keyed),
  paymentRefunded: event(told.extend({ refund: Id }), keyed),
});
