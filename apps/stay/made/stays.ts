import { fill } from "../../shared/seed/grammar.ts";
import type { Random } from "../../shared/seed/random.ts";
import type { Booking, BookingState } from "../bookings/contract.ts";
import { refundOf } from "../bookings/policy.ts";
import { addDays, daysBetween, type Dates } from "../dates.ts";
import { priceOf } from "../listings/pricing.ts";
import { wordsOf, type House } from "./houses.ts";
import type { Person } from "./people.ts";
import { complaints, praise, replies, reservations } from "./words.ts";

/** Made-up bookings: who stayed, or will stay, or thought better of it. */

export interface Stay extends Dates {
  readonly id: string;
  readonly reference: string;
  readonly house: House;
  readonly guest: Person;
  readonly guests: number;
  readonly price: ReturnType<typeof priceOf>;
  /** Nobody is in the middle of paying: that takes seconds, and is for real bookings. */
  readonly state: Exclude<BookingState, "held" | "paying">;
  readonly createdMs: number;
  /** null unless it was confirmed and then cancelled. */
  readonly refund: { readonly amount: number; readonly atMs: number } | null;
  readonly review: Review | null;
}

export interface Review {
  readonly id: string;
  readonly stars: number;
  readonly atMs: number;
  readonly repliedMs: number | null;
  /** By moderation. */
  readonly hidden: boolean;
}

const dayMs = 86_400_000;
const hourMs = 3_600_000;
const minuteMs = 60_000;
/** How far ahead people have booked already. */
const aheadDays = 75;

/** The first moment of a day in Korea. */
export function startOf(day: string): number {
  return Date.parse(`${day}T00:00:00+09:00`);
}

/**
 * `count` stays in a house. Its time is cut into equal pieces, one stay in each, so no unit is ever taken twice however
 * the stays end.
 */
export function* staysIn(
  random: Random,
  house: House,
  count: number,
  guest: () => Person,
  today: string,
  references: Set<string>,
): Generator<Stay> {
  const first = addDays(today, Math.ceil((house.createdMs - startOf(today)) / dayMs) + 2);
  const days = daysBetween(first, today) + aheadDays;
  const units = Math.min(house.units, count);
  for (let unit = 0; unit < units; unit++) {
    const stays = Math.min(Math.floor(count / units) + (unit < count % units ? 1 : 0), Math.floor(days / 2));
    const piece = Math.floor(days / stays);
    for (let index = 0; index < stays; index++) {
      const nights = 1 + random.below(Math.min(4, piece - 1));
      const from = addDays(first, index * piece + random.below(piece - nights));
      const dates = { from, to: addDays(from, nights) };
      yield makeStay(random, house, dates, guest(), today, references);
    }
  }
}

function makeStay(
  random: Random,
  house: House,
  dates: Dates,
  guest: Person,
  today: string,
  references: Set<string>,
): Stay {
  const endMs = startOf(today);
  const latestMs = Math.min(startOf(dates.from) - 8 * hourMs, endMs - hourMs);
  const createdMs = Math.floor(
    Math.max(house.createdMs + hourMs, latestMs - random.below(45) * dayMs - random.below(86_000) * 1000),
  );
  const price = priceOf(house, dates);
  const fate = random.unit();
  const ends = dates.to <= today ? "completed" : "confirmed";
  const state = fate < 0.84 ? ends : fate < 0.92 ? "cancelled" : fate < 0.96 ? "failed" : "expired";
  // Somewhere between the booking and the day before arrival, or today if that is sooner.
  const cancelledMs = Math.floor(createdMs + hourMs / 2 + random.unit() * (latestMs - createdMs));
  const agreed = { policy: house.policy, total: price.total, from: dates.from, bookedAt: new Date(createdMs) };
  const refund = state === "cancelled" ? { amount: refundOf(agreed, new Date(cancelledMs)), atMs: cancelledMs } : null;
  return {
    ...dates,
    id: random.uuid(createdMs),
    reference: newReference(random, references),
    house,
    guest,
    guests: 1 + random.below(house.capacity),
    price,
    state,
    createdMs,
    refund,
    review: state === "completed" ? reviewOf(random, startOf(dates.to), endMs) : null,
  };
}

export function timelineOf({ state, createdMs, to, refund }: Stay): Booking["timeline"] {
  const entry = (step: Booking["timeline"][number]["step"], atMs: number) => ({ step, at: iso(atMs) });
  const paidMs = createdMs + 2 * minuteMs;
  const begun = [entry("held", createdMs)];
  if (state === "expired") return [...begun, entry("expired", createdMs + 10 * minuteMs)];
  if (state === "failed") return [...begun, entry("paying", paidMs), entry("failed", paidMs + 900)];
  const confirmed = [
    ...begun,
    entry("paying", paidMs),
    entry("authorized", paidMs + 300),
    entry("nightsConfirmed", paidMs + 350),
    entry("captured", paidMs + 700),
    entry("confirmed", paidMs + 700),
  ];
  if (state === "completed") return [...confirmed, entry("completed", startOf(to))];
  if (refund === null) return confirmed;
  const cancelled = [...confirmed, entry("cancelled", refund.atMs)];
  if (refund.amount === 0) return cancelled;
  return [...cancelled, entry("refundPending", refund.atMs), entry("refunded", refund.atMs + 1200)];
}

/** null: the guest said nothing, or has not yet. */
function reviewOf(random: Random, overMs: number, endMs: number): Review | null {
  const atMs = Math.floor(overMs + 9 * hourMs + random.unit() * 9 * dayMs);
  const [says, stars, replies, hidden] = [random.unit(), random.unit(), random.unit(), random.unit()];
  const id = random.uuid(atMs);
  if (says > 0.6 || atMs >= endMs) return null;
  const repliedMs = atMs + 5 * hourMs;
  return {
    id,
    stars: stars < 0.55 ? 5 : stars < 0.83 ? 4 : stars < 0.93 ? 3 : stars < 0.98 ? 2 : 1,
    atMs,
    repliedMs: replies < 0.35 && repliedMs < endMs ? repliedMs : null,
    hidden: hidden < 0.02,
  };
}

/** What the guest says, and what the host answers. Made only where it is written. */
export function reviewTexts(random: Random, { house }: Stay, { stars }: Review): { content: string; reply: string } {
  const words = wordsOf(house);
  const say = (list: readonly string[], count: number): string[] =>
    random
      .shuffled(list)
      .slice(0, count)
      .map((pattern) => fill(random, words, pattern));
  const good = say(praise, stars >= 4 ? 2 + random.below(2) : stars === 3 ? 1 : 0);
  const bad = stars === 5 ? [] : stars >= 3 ? say(reservations, 1) : say(complaints, 3 - stars + 1);
  return { content: [...good, ...bad].join(" "), reply: say(replies, 1)[0]! };
}

const signs = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

function newReference(random: Random, taken: Set<string>): string {
  for (;;) {
    const letters = Array.from({ length: 8 }, () => signs[random.below(signs.length)]).join("");
    const reference = `${letters.slice(0, 4)}-${letters.slice(4)}`;
    if (taken.has(reference)) continue;
    taken.add(reference);
    return reference;
  }
}

export function iso(ms: number): string {
  return new Date(ms).toISOString();
}
