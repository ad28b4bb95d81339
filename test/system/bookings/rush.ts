import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { CallError, isError } from "seamline";
import { bookings } from "../../../apps/stay/bookings/contract.ts";
import {
  becomes,
  insist,
  nightsFrom,
  openHouse,
  until,
  type Ask,
  type House,
} from "../../../apps/stay/bookings/testing.ts";
import { Random } from "../../../apps/shared/seed/random.ts";
import type { Street } from "./street.ts";

/** Many guests at once. */

const workers = 20;
/** How many of a hundred guests pay with which card, or do something else with their hold. */
const doings = [
  ...Array.from({ length: 60 }, () => "card-ok"),
  ...Array.from({ length: 10 }, () => "card-declined"),
  ...Array.from({ length: 5 }, () => "card-lapses"),
  ...Array.from({ length: 5 }, () => "card-silent"),
  ...Array.from({ length: 5 }, () => "card-slow"),
  ...Array.from({ length: 10 }, () => "gives back"),
  ...Array.from({ length: 5 }, () => "walks away"),
];

export type End = "soldOut" | "confirmed" | "failed" | "refunded" | "given back" | "walked away";

/** So many bookings, 20 at a time; who finds the nights taken does not count. @returns how many ended how */
export async function rush(street: Street, count: number, seed: string): Promise<Record<End, number>> {
  const random = new Random(seed);
  const houses = await Promise.all(
    Array.from({ length: Math.max(8, Math.ceil(count / 60)) }, (_, place) =>
      openHouse(
        (user) => street.as(user),
        { units: 1 + (place % 3), policy: place % 2 === 0 ? "flexible" : "moderate" },
        street.somebody(),
      ),
    ),
  );
  const ends: Record<End, number> = {
    soldOut: 0,
    confirmed: 0,
    failed: 0,
    refunded: 0,
    "given back": 0,
    "walked away": 0,
  };
  let begun = 0;
  const worker = async (): Promise<void> => {
    while (begun++ < count) {
      const end = await visit(street, random.pick(houses), random);
      ends[end]++;
      if (end === "soldOut") begun--;
    }
  };
  await Promise.all(Array.from({ length: workers }, worker));
  return ends;
}

/** One guest: looks, holds, and pays or not. */
async function visit(street: Street, house: House, random: Random): Promise<End> {
  const guest = street.somebody();
  const ask: Ask = () => street.as(guest);
  const dates = nightsFrom(new Date(), 2 + random.below(80), 1 + random.below(3));
  const [doing, changesMind] = [random.pick(doings), random.chance(0.25)];
  const id = await hold(ask, house, dates);
  if (id === null) return "soldOut";
  if (doing === "walks away") return "walked away";
  if (doing === "gives back") {
    await insist((options) => ask().bookings.cancel({ id }, options));
    return "given back";
  }
  await insist((options) => ask().bookings.pay({ id, card: doing }, options));
  const { state, failure } = await becomes(ask, id, "confirmed", "failed");
  if (state === "failed") {
    assert.notEqual(failure, "holdGone", "its nights were promised");
    return "failed";
  }
  if (!changesMind) return "confirmed";
  await insist((options) => ask().bookings.cancel({ id }, options));
  await until("the refund is through", async () => (await ask().bookings.get({ id })).refund!.state !== "pending");
  return "refunded";
}

/** @returns the booking; null: the nights are taken */
export async function hold(ask: Ask, house: House, dates: { from: string; to: string }): Promise<string | null> {
  const wanted = { listing: house.id, ...dates, guests: 2 };
  const { total } = await until("the price is known", () => ask().listings.quote(wanted));
  for (;;) {
    try {
      return (await insist((options) => ask().bookings.start({ ...wanted, total }, options))).id;
    } catch (error) {
      if (isError(error, bookings.start, "soldOut")) return null;
      if (!isError(error, bookings.start, "paymentsClosed")) throw error;
      await sleep(100);
    }
  }
}

/** So many guests want one night of a house that has `units`. @returns who got it */
export async function race(street: Street, guests: number, units: number): Promise<string[]> {
  const house = await openHouse((user) => street.as(user), { units }, street.somebody());
  const dates = nightsFrom(new Date(), 30, 1);
  const wanted = { listing: house.id, ...dates, guests: 2 };
  const { total } = await until("the price is known", () => street.as(house.host).listings.quote(wanted));
  const tries = Array.from({ length: guests }, async () => {
    const guest = street.somebody();
    return insist((options) => street.as(guest).bookings.start({ ...wanted, total }, options));
  });
  const ended = await Promise.allSettled(tries);
  for (const one of ended)
    if (one.status === "rejected")
      assert.ok(one.reason instanceof CallError && one.reason.code === "soldOut", String(one.reason));
  return ended.flatMap((one) => (one.status === "fulfilled" ? [one.value.id] : []));
}
