import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { isAbsence, type Client, type User } from "seamline";
import { addDays, todayAt, type Dates } from "../dates.ts";
import type { availability } from "../availability/contract.ts";
import type { listings } from "../listings/contract.ts";
import { houseDraft } from "../listings/testing.ts";
import type { payments } from "../payments/contract.ts";
import { somebody } from "../testing.ts";
import type { Booking, bookings } from "./contract.ts";

/** What hosts and guests do, for tests of what follows from it. */

export interface Clients {
  readonly availability: Client<typeof availability>;
  readonly bookings: Client<typeof bookings>;
  readonly listings: Client<typeof listings>;
  readonly payments: Client<typeof payments>;
}

/** Gives clients for one call: what is waited for may take longer than one caller has. */
export type Ask = () => Clients;

export interface House {
  readonly id: string;
  readonly host: User;
}

/** Far beyond what a busy machine needs; only what never happens gets there. */
const patienceMs = 60_000;
/** Pauses grow up to this, so that many who wait leave something of the machine for what they wait for. */
const longestPauseMs = 400;
export const dayMs = 86_400_000;

export async function until<T>(what: string, find: () => Promise<T | null | undefined | false>): Promise<T> {
  let pauseMs = 10;
  for (const end = performance.now() + patienceMs; ; await sleep(pauseMs * (0.5 + Math.random()))) {
    pauseMs = Math.min(pauseMs * 1.5, longestPauseMs);
    const found = await find().catch(unlessAway);
    if (found) return found;
    assert.ok(performance.now() < end, `waited ${patienceMs / 1000} s in vain: ${what}`);
  }
}

/** What a patient person does: the same again under the same key, while it is not known whether it was done. */
export async function insist<T>(
  call: (options: { key: string }) => Promise<T>,
  key: string = randomUUID(),
): Promise<T> {
  return (await until("a command is answered", async () => ({ answer: await call({ key }) }))).answer;
}

function unlessAway(error: unknown): null {
  if (isAbsence(error)) return null;
  throw error;
}

/** Nights from so many days after a moment on. */
export function nightsFrom(now: Date, inDays: number, nights = 2): Dates {
  const from = addDays(todayAt(now), inDays);
  return { from, to: addDays(from, nights) };
}

/** A house that can be booked: published, and known to whom keeps its nights. */
export async function openHouse(
  as: (user: User) => Clients,
  change: Parameters<typeof houseDraft>[0] = {},
  host = somebody("주인"),
): Promise<House> {
  const draft = houseDraft(change);
  const { id } = await insist((options) => as(host).listings.create(draft, options));
  await insist((options) => as(host).listings.publish({ id }, options));
  // So far ahead that it is to come however a test moves the clock.
  const nights = nightsFrom(new Date(), 200);
  await until("its nights can be taken", async () => {
    return (await as(host).availability.filter({ listings: [id], ...nights })).length > 0;
  });
  return { id, host };
}

/** Holds nights for two, at the price that the house asks. */
export async function start(ask: Ask, house: House, dates: Dates): Promise<Booking> {
  const wanted = { listing: house.id, ...dates, guests: 2 };
  const { total } = await until("the price is known", () => ask().listings.quote(wanted));
  return insist((key) => ask().bookings.start({ ...wanted, total }, key));
}

/** A booking as soon as it is in one of these states. */
export async function becomes(ask: Ask, id: string, ...states: Booking["state"][]): Promise<Booking> {
  return until(`booking ${id} becomes ${states.join(" or ")}`, async () => {
    const booking = await ask().bookings.get({ id });
    return states.includes(booking.state) && booking;
  });
}

/** A booking that is paid and confirmed. */
export async function confirmed(ask: Ask, house: House, dates: Dates): Promise<Booking> {
  const { id } = await start(ask, house, dates);
  await insist((options) => ask().bookings.pay({ id, card: "card-ok" }, options));
  return becomes(ask, id, "confirmed");
}

/** What is left of each night. */
export async function left(ask: Ask, house: House, dates: Dates): Promise<number[]> {
  return (await ask().availability.calendar({ listing: house.id, ...dates })).map((night) => night.left);
}
