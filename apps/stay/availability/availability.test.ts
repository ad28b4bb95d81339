import assert from "node:assert/strict";
import { randomUUIDv7 } from "node:crypto";
import { test } from "node:test";
import type { CallError, Client, Input } from "seamline";
import { Random } from "../../shared/seed/random.ts";
import { addDays, nightsOf, todayAt } from "../dates.ts";
import { houseDraft } from "../listings/testing.ts";
import { everywhere, fails, patiently, somebody } from "../testing.ts";
import { availability } from "./contract.ts";

const today = todayAt(new Date());
const minuteMs = 60_000;
type Holding = Parameters<Client<typeof availability>["hold"]>[0];
const day = (days: number) => addDays(today, days);

await everywhere(["availability"], ["listings"], (running) => {
  const ask = () => running().context.availability;
  const host = somebody("주인");

  async function house(units = 1) {
    const { listings } = running().as(host);
    const draft = houseDraft({ units, title: `집 ${randomUUIDv7()}` });
    const { id } = await patiently((options) => listings.create(draft, options));
    await patiently((options) => listings.publish({ id }, options));
    await running().settled();
    return id;
  }

  function hold(listing: string, from: string, to: string, more: Partial<Input<typeof availability.hold>> = {}) {
    return ask().hold({ hold: randomUUIDv7(), listing, from, to, ...more });
  }

  async function leftOf(listing: string, from: string, to: string) {
    return (await ask().calendar({ listing, from, to })).map(({ left }) => left);
  }

  /** The holds that came about; whoever has none was told that there are none left. */
  async function placedOf(asked: readonly Holding[], atOnce: number, then?: (hold: Holding) => Promise<void>) {
    const [waiting, placed] = [asked.values(), [] as string[]];
    const lane = async () => {
      for (const input of waiting)
        try {
          placed.push((await patiently((options) => ask().hold(input, options))).id);
          await then?.(input);
        } catch (error) {
          fails(availability.hold, "soldOut")(error);
        }
    };
    await Promise.all(Array.from({ length: atOnce }, lane));
    return placed;
  }

  test("of 200 guests who want one night at once, exactly as many get it as there are units", async () => {
    const listing = await house(7);
    const asked = Array.from({ length: 200 }, () => ({ hold: randomUUIDv7(), listing, from: day(5), to: day(6) }));
    assert.equal((await placedOf(asked, 200)).length, 7);
    assert.deepEqual(await leftOf(listing, day(5), day(6)), [0]);
  });

  test("2,000 attempts (or 400) at 20 at a time, over nights that overlap in every way, take no night twice and never get stuck", async () => {
    const listing = await house(3);
    const random = new Random("overlap");
    // Sent twice over the wire, or to another process, they take longer, and show the same.
    const attempts = running().placement === "joined" ? 2000 : 400;
    const asked = Array.from({ length: attempts }, () => {
      const from = random.below(40);
      return { hold: randomUUIDv7(), listing, from: day(from), to: day(from + 1 + random.below(9)) };
    });
    const kept = new Map<string, string[]>();
    const placed = await placedOf(asked, 20, async ({ hold, from, to }) => {
      if (random.chance(0.5)) await patiently((options) => ask().release({ hold }, options));
      else kept.set(hold, nightsOf({ from, to }));
    });
    assert.ok(placed.length > kept.size && kept.size > 20, `${placed.length} holds, ${kept.size} of them kept`);
    const taken = new Map<string, number>();
    for (const night of [...kept.values()].flat()) taken.set(night, (taken.get(night) ?? 0) + 1);
    const calendar = await ask().calendar({ listing, from: day(0), to: day(60) });
    assert.deepEqual(
      calendar.map(({ night, left }) => [night, 3 - left]),
      calendar.map(({ night }) => [night, taken.get(night) ?? 0]),
    );
    assert.ok(calendar.every(({ left }) => left >= 0));
  });

  test("all nights of a stay are taken, or none, and those that are gone are named", async () => {
    const listing = await house();
    await hold(listing, day(3), day(4));
    const refused = fails(availability.hold, "soldOut", { nights: [day(3)] });
    await assert.rejects(hold(listing, day(1), day(6)), refused);
    assert.deepEqual(await leftOf(listing, day(1), day(6)), [1, 1, 0, 1, 1]);
    await assert.rejects(hold(listing, day(7), day(8), { units: 2 }), fails(availability.hold, "soldOut"));
  });

  test("the same hold again is the same hold", async () => {
    const listing = await house();
    const id = randomUUIDv7();
    const first = await hold(listing, day(1), day(3), { hold: id });
    assert.deepEqual(await hold(listing, day(1), day(3), { hold: id }), first);
    assert.deepEqual(await ask().getHold({ hold: id }), first);
    assert.equal(await ask().getHold({ hold: randomUUIDv7() }), null);
  });

  test("a hold ends when its time is over, and what it had can be had at once", async () => {
    const listing = await house();
    const { id, expiresAt } = await hold(listing, day(20), day(22), { ttlSeconds: 600 });
    assert.ok(expiresAt);
    assert.deepEqual(await leftOf(listing, day(20), day(22)), [0, 0]);
    await running().moveClock(11 * minuteMs);
    assert.deepEqual(
      [(await ask().getHold({ hold: id }))?.state, await leftOf(listing, day(20), day(22))],
      ["expired", [1, 1]],
    );
    const state = { hold: id, state: "expired" };
    await assert.rejects(ask().confirm({ hold: id }), fails(availability.confirm, "holdGone", state));
    await assert.rejects(ask().keep({ hold: id, ttlSeconds: 60 }), fails(availability.keep, "holdGone", state));
    const next = await hold(listing, day(21), day(23));
    assert.equal(next.state, "held");
    assert.equal((await ask().release({ hold: id }))?.state, "expired");
    assert.deepEqual(await leftOf(listing, day(20), day(23)), [1, 0, 0]);
  });

  test("what is held too long is given back though nobody asks for it", async () => {
    const listing = await house();
    const { id } = await hold(listing, day(25), day(27), { ttlSeconds: 600 });
    const kept = await hold(listing, day(28), day(29), { ttlSeconds: 3600 });
    const free = () => ask().filter({ listings: [listing], from: day(25), to: day(27) });
    assert.deepEqual(await free(), []);
    await running().moveClock(11 * minuteMs);
    const end = Date.now() + 5000;
    while ((await free()).length === 0 && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual(await free(), [listing]);
    assert.equal((await ask().getHold({ hold: id }))?.state, "expired");
    assert.equal((await ask().getHold({ hold: kept.id }))?.state, "held");
    assert.deepEqual(await leftOf(listing, day(25), day(29)), [1, 1, 1, 0]);
  });

  test("a hold that is kept ends later, and never sooner", async () => {
    const listing = await house();
    const { id } = await hold(listing, day(2), day(3), { ttlSeconds: 600 });
    const kept = await ask().keep({ hold: id, ttlSeconds: 86_400 });
    assert.deepEqual(await ask().keep({ hold: id, ttlSeconds: 60 }), kept);
    await running().moveClock(20 * minuteMs);
    assert.equal((await ask().confirm({ hold: id })).state, "confirmed");
  });

  test("confirming twice is once; a confirmed hold has no end, and released it is gone for good", async () => {
    const listing = await house();
    const { id } = await hold(listing, day(2), day(4));
    const confirmed = await ask().confirm({ hold: id });
    assert.deepEqual([confirmed.state, confirmed.expiresAt], ["confirmed", null]);
    assert.deepEqual(await ask().confirm({ hold: id }), confirmed);
    await running().moveClock(20 * minuteMs);
    assert.deepEqual(await leftOf(listing, day(2), day(4)), [0, 0]);
    assert.equal((await ask().release({ hold: id }))?.state, "released");
    assert.equal((await ask().release({ hold: id }))?.state, "released");
    assert.deepEqual(await leftOf(listing, day(2), day(4)), [1, 1]);
    const gone = { hold: id, state: "released" };
    await assert.rejects(ask().confirm({ hold: id }), fails(availability.confirm, "holdGone", gone));
    const unknown = randomUUIDv7();
    assert.equal(await ask().release({ hold: unknown }), null);
    const never = fails(availability.confirm, "holdGone", { hold: unknown, state: null });
    await assert.rejects(ask().confirm({ hold: unknown }), never);
  });

  test("nights that the host keeps cannot be had; what was taken before stays taken", async () => {
    const listing = await house(2);
    await hold(listing, day(4), day(5));
    const { availability: asHost } = running().as(host);
    const nights = [day(4), day(5), day(5)];
    assert.deepEqual(await asHost.block({ listing, nights }), { blocked: 2 });
    assert.deepEqual(await asHost.block({ listing, nights }), { blocked: 0 });
    assert.deepEqual(await ask().calendar({ listing, from: day(4), to: day(7) }), [
      { night: day(4), left: 0, blocked: true },
      { night: day(5), left: 0, blocked: true },
      { night: day(6), left: 2, blocked: false },
    ]);
    const refused = fails(availability.hold, "soldOut", { nights: [day(4), day(5)] });
    await assert.rejects(hold(listing, day(4), day(7)), refused);
    assert.deepEqual(await asHost.unblock({ listing, nights: nights.slice(0, 2) }), { unblocked: 2 });
    assert.deepEqual(await leftOf(listing, day(4), day(7)), [1, 2, 2]);
    const stranger = running().as(somebody("딴사람")).availability.block({ listing, nights });
    await assert.rejects(stranger, fails(availability.block, "notHost", { listing }));
    await assert.rejects(ask().unblock({ listing, nights }), fails(availability.unblock, "notHost", { listing }));
  });

  test("nights of a house that is paused, or that nobody knows, cannot be taken", async () => {
    const listing = await house();
    const { id } = await hold(listing, day(1), day(2));
    await running().as(host).listings.pause({ id: listing });
    await running().settled();
    await assert.rejects(hold(listing, day(3), day(4)), fails(availability.hold, "unknownListing", { listing }));
    assert.equal((await ask().confirm({ hold: id })).state, "confirmed");
    const unknown = randomUUIDv7();
    const dates = { from: day(1), to: day(2) };
    const missing = { listing: unknown };
    await assert.rejects(hold(unknown, day(1), day(2)), fails(availability.hold, "unknownListing", missing));
    await assert.rejects(ask().calendar({ ...missing, ...dates }), fails(availability.calendar, "unknownListing"));
    const block = running()
      .as(host)
      .availability.block({ ...missing, nights: [day(1)] });
    await assert.rejects(block, fails(availability.block, "unknownListing", missing));
  });

  test("a host who takes rooms away breaks no promise, and gives none out again", async () => {
    const listing = await house(3);
    const [one, two] = [await hold(listing, day(6), day(7)), await hold(listing, day(6), day(7))];
    await running()
      .as(host)
      .listings.edit({ ...houseDraft({ units: 1 }), id: listing, version: 2 });
    await running().settled();
    for (const { id } of [one, two]) assert.equal((await ask().confirm({ hold: id })).state, "confirmed");
    await assert.rejects(hold(listing, day(6), day(7)), fails(availability.hold, "soldOut"));
    await ask().release({ hold: one.id });
    await assert.rejects(hold(listing, day(6), day(7)), fails(availability.hold, "soldOut"));
    await ask().release({ hold: two.id });
    assert.equal((await hold(listing, day(6), day(7))).state, "held");
  });

  test("listings that are free are found among many, in the order in which they were asked for", async () => {
    const [free, taken, blocked, large, paused] = await Promise.all([house(), house(), house(), house(2), house()]);
    await hold(taken!, day(9), day(11));
    await hold(large!, day(9), day(11));
    await running()
      .as(host)
      .availability.block({ listing: blocked!, nights: [day(10)] });
    await running().as(host).listings.pause({ id: paused! });
    await running().settled();
    const listings = [large!, paused!, taken!, blocked!, randomUUIDv7(), free!];
    const find = (from: string, to: string, units = 1) => ask().filter({ listings, from, to, units });
    assert.deepEqual(await find(day(10), day(12)), [large, free]);
    assert.deepEqual(await find(day(11), day(12)), [large, taken, blocked, free]);
    assert.deepEqual(await find(day(8), day(9), 2), [large]);
    assert.deepEqual(await find(day(8), day(10), 2), []);
    assert.deepEqual(await ask().filter({ listings: [], from: day(1), to: day(2) }), []);
  });

  test("dates at which nobody can stay are refused", async () => {
    const listing = await house();
    for (const [from, to, reason] of [
      [day(20), day(20), "inverted"],
      [day(-1), day(3), "past"],
      [day(20), day(51), "tooLong"],
      [day(380), day(381), "tooFar"],
    ] as const) {
      const refused = (operation: typeof availability.hold | typeof availability.filter) => (error: unknown) =>
        fails(operation, "invalidDates")(error) && (error as CallError & { data: any }).data.reason === reason;
      await assert.rejects(hold(listing, from, to), refused(availability.hold));
      await assert.rejects(ask().filter({ listings: [listing], from, to }), refused(availability.filter));
    }
    const long = ask().calendar({ listing, from: day(0), to: day(93) });
    await assert.rejects(long, fails(availability.calendar, "invalidDates"));
  });
});
