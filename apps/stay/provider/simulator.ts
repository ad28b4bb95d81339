import { createHash } from "node:crypto";
import { z } from "zod";

/** What goes wrong at the provider, on purpose. A share is a probability from 0 to 1. */

const Share = z.coerce.number().min(0).max(1).default(0);
const Ms = z.coerce.number().int().min(0).max(60_000).default(0);

export const Faults = z.object({
  /** Of authorizations: declined. */
  decline: Share,
  /** Of requests that move money: carried out, but the answer never comes. */
  timeoutAfterCharge: Share,
  /** Of requests that move money: 500, and nothing was done. */
  errorBeforeCharge: Share,
  webhooks: z
    .object({
      /** Of webhooks: sent twice. */
      duplicate: Share,
      /** Every webhook is held back for so long. */
      lateMs: Ms,
      /** Webhooks come in any order: each is held back for some part of `lateMs`, at least 300 ms. */
      shuffle: z.boolean().default(false),
      /** Of webhooks: never sent. */
      lose: Share,
    })
    .prefault({}),
  /** Everything is answered 503, and no webhooks are sent. */
  outage: z.boolean().default(false),
  /** Every answer takes so much longer. */
  slowMs: Ms,
  /** The same seed and the same requests have the same faults, whatever the order in which they come. */
  seed: z.coerce.number().int().min(0).default(1),
});

export type Faults = z.infer<typeof Faults>;

/** A number from 0 up to 1 that follows from what it is about. */
export function drawn(seed: number, ...about: readonly (string | number)[]): number {
  return (
    createHash("sha256")
      .update(JSON.stringify([seed, ...about]))
      .digest()
      .readUInt32BE(0) /
    2 ** 32
  );
}
