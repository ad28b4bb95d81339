import assert from "node:assert/strict";
import { test } from "node:test";
import { search } from "../shared/search/contract.ts";
import { availability } from "./availability/contract.ts";
import { addDays, todayAt } from "./dates.ts";
import { find, type Question } from "./find.ts";
import { houseDraft } from "./listings/testing.ts";
import { everywhere, fails, patiently, somebody } from "./testing.ts";

const dates = { from: addDays(todayAt(new Date()), 30), to: addDays(todayAt(new Date()), 33) };

await everywhere(["search", "availability"], ["listings"], (running) => {
  const host = somebody("주인");
  /** Houses in Namhae by price, each third of them taken for one of the nights. */
  const houses: { id: string; taken: boolean }[] = [];

  async function fill() {
    for (let index = houses.length; index < 12; index++) {
      const { listings } = running().as(host);
      const draft = houseDraft({ place: "namhae", nightly: 50_000 + index * 10_000, capacity: 1 + (index % 4) });
      const { id } = await patiently((options) => listings.create(draft, options));
      await patiently((options) => listings.publish({ id }, options));
      houses.push({ id, taken: index % 3 === 0 });
    }
    await running().settled();
    const [from, to] = [addDays(dates.from, 1), addDays(dates.from, 2)];
    for (const { id: listing } of houses.filter(({ taken }) => taken))
      await patiently((options) =>
        running().context.availability.hold({ hold: listing, listing, from, to, ttlSeconds: 3600 }, options),
      );
  }

  function look(question: Question) {
    return find(running().context, { place: "namhae", sort: "price", ...question });
  }

  test("houses that are free are found, a few at a time and each once", async () => {
    await fill();
    const expected = houses.filter(({ taken }) => !taken).map(({ id }) => id);
    const seen: string[] = [];
    for (let cursor: string | undefined; cursor !== null;) {
      const { listings, dates: known, next } = await look({ dates, limit: 1, cursor });
      assert.equal(known, "free");
      seen.push(...listings);
      cursor = next!;
    }
    assert.deepEqual(seen, expected);
    const all = await look({ dates });
    assert.deepEqual([all.listings, all.next], [expected, null]);
  });

  test("without dates there are all of them, and with guests and prices those that fit", async () => {
    const any = await look({});
    assert.deepEqual([any.listings, any.dates, any.next], [houses.map(({ id }) => id), "any", null]);
    const { listings } = await look({ dates, guests: 3, price: { min: 70_000, max: 130_000 }, amenities: ["sea"] });
    assert.deepEqual(
      listings,
      [2, 7].map((index) => houses[index]!.id),
    );
    assert.deepEqual((await look({ dates, amenities: ["parking"] })).listings, []);
  });

  test("when availability does not answer, houses are shown with their dates unknown", async () => {
    const { context } = running();
    const { filter } = context.availability;
    const availability = { filter: (input: Parameters<typeof filter>[0]) => filter(input, { deadlineMs: 0.001 }) };
    const late = { search: context.search, availability, part: context.part.bind(context) };
    const found = await find(late, { place: "namhae", sort: "price", dates, limit: 5 });
    assert.deepEqual([found.listings, found.dates], [houses.slice(0, 5).map(({ id }) => id), "unknown"]);
    assert.notEqual(found.next, null);
  });

  test("dates at which nobody can stay, and cursors that are none, are refused", async () => {
    const past = { from: addDays(dates.from, -60), to: dates.to };
    await assert.rejects(look({ dates: past }), fails(availability.filter, "invalidDates"));
    await assert.rejects(look({ dates, cursor: "nothing" }), fails(search.candidates, "badCursor"));
  });
});
