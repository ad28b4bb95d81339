import assert from "node:assert/strict";
import { test } from "node:test";
import type { User } from "seamline";
import { becomes, confirmed, dayMs, nightsFrom, openHouse, start, until } from "./bookings/testing.ts";
import { everywhere, somebody } from "./testing.ts";

await everywhere(
  ["notify"],
  ["accounts", "availability", "bookings", "listings", "moderation", "payments", "reviews"],
  (running) => {
    let movedMs = 0;
    const as = (user: User) => running().as(user);
    const by = (user: User) => () => as(user);
    const nights = (inDays: number) => nightsFrom(new Date(Date.now() + movedMs), inDays);

    /** Somebody's notes as soon as there are so many, the oldest first. */
    async function notesOf(user: User, count: number) {
      const notes = await until(`${user.name} has ${count} notes`, async () => {
        const { notes } = await as(user).notify.list({});
        return notes.length >= count && notes;
      });
      return notes.map(({ type, data, link }) => ({ type, data, link })).toReversed();
    }

    test("a booking is told to guest and host, and its cancelling to the host, its refund to the guest", async () => {
      const guest = somebody("손님");
      const house = await openHouse(as);
      const { id, reference, quote } = await confirmed(by(guest), house, nights(20));
      const data = { reference, title: quote.title, from: quote.from, to: quote.to };
      const forGuest = { data: { ...data, by: house.host.name }, link: `/trips/${id}` };
      const forHost = { data: { ...data, by: guest.name }, link: "/host/bookings" };
      assert.deepEqual(await notesOf(guest, 1), [{ type: "bookingConfirmed", ...forGuest }]);
      assert.deepEqual(await notesOf(house.host, 1), [{ type: "guestConfirmed", ...forHost }]);
      await as(guest).bookings.cancel({ id });
      const [, refunded] = await notesOf(guest, 2);
      const refund = String(quote.total);
      assert.deepEqual(refunded, { type: "bookingRefunded", data: { ...data, refund }, link: `/trips/${id}` });
      const [, cancelled] = await notesOf(house.host, 2);
      assert.deepEqual(cancelled, { type: "guestCancelled", ...forHost });
    });

    test("who cannot pay is told why the booking failed, and the host nothing", async () => {
      const guest = somebody("빈손");
      const house = await openHouse(as);
      const { id } = await start(by(guest), house, nights(20));
      await as(guest).bookings.pay({ id, card: "card-declined" });
      await becomes(by(guest), id, "failed");
      const [note] = await notesOf(guest, 1);
      assert.deepEqual([note!.type, note!.data["reason"]], ["bookingFailed", "declined"]);
      await running().settled();
      assert.deepEqual(await notesOf(house.host, 0), []);
    });

    test("after a stay its guest is told that they may review it, and then the host of the review", async () => {
      const guest = somebody("묵은이");
      const house = await openHouse(as);
      const { id, quote } = await confirmed(by(guest), house, nights(1));
      movedMs += 4 * dayMs;
      await running().moveClock(4 * dayMs);
      const [, completed] = await notesOf(guest, 2);
      assert.deepEqual([completed!.type, completed!.link], ["stayCompleted", `/reviews/new?stay=${id}`]);
      await until("the stay can be reviewed", async () => (await as(guest).reviews.eligible({})).length > 0);
      await as(guest).reviews.submit({ stay: id, stars: 5, content: "조용하고 깨끗합니다" });
      const [, reviewed] = await notesOf(house.host, 2);
      const data = { title: quote.title, stars: "5", by: guest.name };
      assert.deepEqual(reviewed, { type: "reviewPublished", data, link: `/listings/${house.id}#reviews` });
    });
  },
);
