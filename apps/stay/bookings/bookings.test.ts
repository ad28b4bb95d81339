import assert from "node:assert/strict";
import { randomUUID, randomUUIDv7 } from "node:crypto";
import { test } from "node:test";
import type { User } from "seamline";
import { stopAt } from "../../../test/suites/stops.ts";
import { closedName } from "../../shared/accounts/contract.ts";
import { policies } from "../listings/contract.ts";
import { addDays } from "../dates.ts";
import { houseDraft } from "../listings/testing.ts";
import { setFaults } from "../payments/testing.ts";
import { everywhere, fails, somebody } from "../testing.ts";
import { bookings, type Booking } from "./contract.ts";
import { becomes, confirmed, dayMs, left, nightsFrom, openHouse, start, until } from "./testing.ts";

const minuteMs = 60_000;

await everywhere(["bookings"], ["accounts", "availability", "listings", "payments"], (running) => {
  let movedMs = 0;
  const now = () => new Date(Date.now() + movedMs);
  const later = async (ms: number): Promise<void> => {
    movedMs += ms;
    await running().moveClock(ms);
  };
  const as = (user: User) => running().as(user);
  const by = (user: User) => () => as(user);
  const steps = ({ timeline }: Booking) => timeline.map(({ step }) => step);

  test("who holds nights and pays gets them, and the money is taken once", async () => {
    const [house, guest] = [await openHouse(as), somebody("손님")];
    const dates = nightsFrom(now(), 20);
    const held = await start(by(guest), house, dates);
    assert.deepEqual([held.state, steps(held), held.delayed], ["held", ["held"], false]);
    assert.match(held.reference, /^[A-Z2-9]{4}-[A-Z2-9]{4}$/);
    assert.equal(Date.parse(held.holdExpiresAt!) - Date.parse(held.createdAt) > 9 * minuteMs, true);
    assert.deepEqual(await left(by(guest), house, dates), [0, 0]);

    assert.equal((await as(guest).bookings.pay({ id: held.id, card: "card-ok" })).state, "paying");
    const done = await becomes(by(guest), held.id, "confirmed");
    assert.deepEqual(steps(done), ["held", "paying", "authorized", "nightsConfirmed", "captured", "confirmed"]);
    assert.deepEqual([done.holdExpiresAt, done.failure, done.refund], [null, null, null]);
    const payment = await as(guest).payments.status({ payment: held.id });
    assert.deepEqual([payment!.state, payment!.amount, payment!.refunded], ["captured", held.quote.total, 0]);
    assert.deepEqual(await left(by(guest), house, dates), [0, 0]);
    assert.deepEqual((await as(guest).bookings.tripsOf({})).bookings, [done]);
    const seen = await as(house.host).bookings.ofHost({ listing: house.id, state: "confirmed" });
    assert.deepEqual([seen.bookings.map(({ id }) => id), seen.total, seen.pages], [[held.id], 1, 1]);
    assert.deepEqual((await as(house.host).bookings.ofHost({ state: "cancelled" })).bookings, []);
  });

  test("what nobody can stay at is refused with what is wrong about it, and takes no nights", async () => {
    const [house, guest] = [await openHouse(as), somebody("손님")];
    const dates = nightsFrom(now(), 20);
    const { total } = await as(guest).listings.quote({ listing: house.id, ...dates, guests: 2 });
    const fine = { listing: house.id, ...dates, guests: 2, total };
    const today = nightsFrom(now(), 0).from;
    const unknown = randomUUIDv7();
    const refused: [object, string, unknown][] = [
      [{ ...nightsFrom(now(), -1) }, "invalidDates", { reason: "past", today }],
      [{ from: dates.to, to: dates.from }, "invalidDates", { reason: "inverted", today }],
      [{ to: dates.from }, "invalidDates", { reason: "inverted", today }],
      [{ ...nightsFrom(now(), 20, 31) }, "invalidDates", { reason: "tooLong", today }],
      [{ guests: 0 }, "guests", { min: 1, max: 4 }],
      [{ guests: 5 }, "guests", { min: 1, max: 4 }],
      [{ listing: unknown }, "unknownListing", { listing: unknown }],
      [{ total: 1 }, "priceChanged", { total }],
      [{ total: total + 1 }, "priceChanged", { total }],
    ];
    for (const [change, code, data] of refused)
      await assert.rejects(as(guest).bookings.start({ ...fine, ...change }), fails(bookings.start, code, data));
    const own = as(house.host).bookings.start(fine);
    await assert.rejects(own, fails(bookings.start, "ownListing", { listing: house.id }));
    const nobody = running().context.bookings.start(fine);
    await assert.rejects(nobody, fails(bookings.start, "forbidden", { reason: "signIn" }));
    assert.deepEqual(await left(by(guest), house, dates), [1, 1]);
    assert.equal((await as(guest).bookings.tripsOf({})).total, 0);
  });

  test("a house that was paused, or never was published, cannot be booked", async () => {
    const [house, guest] = [await openHouse(as), somebody("손님")];
    const dates = nightsFrom(now(), 20);
    const { total } = await as(guest).listings.quote({ listing: house.id, ...dates, guests: 2 });
    await as(house.host).listings.pause({ id: house.id });
    const late = as(guest).bookings.start({ listing: house.id, ...dates, guests: 2, total });
    await assert.rejects(late, fails(bookings.start, "unknownListing", { listing: house.id }));
  });

  test("another's booking can be neither seen, paid nor cancelled; its host sees it", async () => {
    const [house, guest, stranger] = [await openHouse(as), somebody("손님"), somebody("딴사람")];
    const { id } = await start(by(guest), house, nightsFrom(now(), 20));
    const notGuest = { reason: "notGuest" };
    await assert.rejects(as(stranger).bookings.get({ id }), fails(bookings.get, "forbidden", notGuest));
    const pay = as(stranger).bookings.pay({ id, card: "card-ok" });
    await assert.rejects(pay, fails(bookings.pay, "forbidden", notGuest));
    await assert.rejects(as(stranger).bookings.cancel({ id }), fails(bookings.cancel, "forbidden", notGuest));
    await assert.rejects(as(house.host).bookings.cancel({ id }), fails(bookings.cancel, "forbidden", notGuest));
    const signIn = { reason: "signIn" };
    await assert.rejects(running().context.bookings.get({ id }), fails(bookings.get, "forbidden", signIn));
    for (const reader of [guest, house.host, somebody("운영", "admin")])
      assert.equal((await as(reader).bookings.get({ id })).state, "held");
    const unknown = randomUUIDv7();
    await assert.rejects(as(guest).bookings.get({ id: unknown }), fails(bookings.get, "notFound", { id: unknown }));
    await assert.rejects(as(guest).bookings.cancel({ id: unknown }), fails(bookings.cancel, "notFound"));
  });

  test("a hold whose time is over cannot be paid, and its nights are free again", async () => {
    const [house, guest] = [await openHouse(as), somebody("손님")];
    const dates = nightsFrom(now(), 20);
    const { id } = await start(by(guest), house, dates);
    await later(10 * minuteMs + 1000);
    const late = as(guest).bookings.pay({ id, card: "card-ok" });
    await assert.rejects(late, fails(bookings.pay, "holdExpired", { id }));
    const expired = await becomes(by(guest), id, "expired");
    assert.deepEqual([steps(expired), expired.holdExpiresAt], [["held", "expired"], null]);
    await assert.rejects(as(guest).bookings.pay({ id, card: "card-ok" }), fails(bookings.pay, "holdExpired"));
    assert.equal((await start(by(somebody("다음")), house, dates)).state, "held");
    assert.equal(await as(guest).payments.status({ payment: id }), null);
  });

  test("the same submission twice is one booking, and another one finds the nights taken", async () => {
    const [house, guest] = [await openHouse(as), somebody("손님")];
    const dates = nightsFrom(now(), 20);
    const { total } = await as(guest).listings.quote({ listing: house.id, ...dates, guests: 2 });
    const wanted = { listing: house.id, ...dates, guests: 2, total };
    const key = randomUUID();
    const twice = await Promise.all([1, 2].map(() => as(guest).bookings.start(wanted, { key })));
    assert.equal(twice[0]!.id, twice[1]!.id);
    // Also when the house costs something else by now.
    const { version } = await as(house.host).listings.get({ id: house.id });
    await as(house.host).listings.edit({ ...houseDraft({ nightly: 200_000 }), id: house.id, version });
    assert.equal((await as(guest).bookings.start(wanted, { key })).id, twice[0]!.id);
    const other = start(by(guest), house, dates);
    await assert.rejects(other, fails(bookings.start, "soldOut", { nights: [dates.from, addDays(dates.from, 1)] }));
    assert.equal((await as(guest).bookings.tripsOf({})).total, 1);
  });

  test("paying twice is paying once", async () => {
    const [house, guest] = [await openHouse(as), somebody("손님")];
    const { id } = await start(by(guest), house, nightsFrom(now(), 20));
    const pay = { id, card: "card-ok" };
    const key = randomUUID();
    await Promise.all([1, 2, 3].map(() => as(guest).bookings.pay(pay, { key })));
    await assert.rejects(as(guest).bookings.pay(pay), fails(bookings.pay, "wrongState"));
    const done = await becomes(by(guest), id, "confirmed");
    await assert.rejects(as(guest).bookings.pay(pay), fails(bookings.pay, "wrongState", { state: "confirmed" }));
    assert.equal(steps(done).filter((step) => step === "captured").length, 1);
  });

  test("of many guests who race for the last night exactly one gets it", async () => {
    const house = await openHouse(as);
    const dates = nightsFrom(now(), 20, 1);
    const guests = Array.from({ length: 20 }, (_, place) => somebody(`손님${place}`));
    const races = await Promise.allSettled(guests.map((guest) => start(by(guest), house, dates)));
    const lost = races.filter((race) => race.status === "rejected");
    assert.equal(lost.length, 19);
    for (const { reason } of lost) fails(bookings.start, "soldOut", { nights: [dates.from] })(reason);
    assert.deepEqual(await left(by(guests[0]!), house, dates), [0]);
  });

  for (const [card, failure, what] of [
    ["card-declined", "declined", "is declined"],
    ["card-lapses", "captureFailed", "cannot be charged in the end"],
  ] as const)
    test(`a card that ${what} fails the booking, costs nothing and gives the nights back`, async () => {
      const [house, guest] = [await openHouse(as), somebody("손님")];
      const dates = nightsFrom(now(), 20);
      const { id } = await start(by(guest), house, dates);
      await as(guest).bookings.pay({ id, card });
      const failed = await becomes(by(guest), id, "failed", "confirmed");
      assert.deepEqual([failed.state, failed.failure, failed.holdExpiresAt], ["failed", failure, null]);
      assert.equal(steps(failed).at(-1), "failed");
      assert.deepEqual(await left(by(guest), house, dates), [1, 1]);
      assert.notEqual((await as(guest).payments.status({ payment: id }))!.state, "captured");
      await assert.rejects(
        as(guest).bookings.cancel({ id }),
        fails(bookings.cancel, "wrongState", { state: "failed" }),
      );
    });

  test("a charge whose answer never came is found out about, and confirms the booking once", async () => {
    const [house, guest] = [await openHouse(as), somebody("손님")];
    const { id } = await start(by(guest), house, nightsFrom(now(), 20));
    await as(guest).bookings.pay({ id, card: "card-silent" });
    const done = await becomes(by(guest), id, "confirmed", "failed");
    assert.equal(done.state, "confirmed");
    assert.equal(steps(done).filter((step) => step === "confirmed").length, 1);
    assert.equal((await as(guest).payments.status({ payment: id }))!.state, "captured");
  });

  test("while the provider is away no nights are held, and the guest is told why", async () => {
    const [house, guest] = [await openHouse(as), somebody("손님")];
    const dates = nightsFrom(now(), 20);
    const provider = running().url("payment-provider");
    await setFaults(provider, { outage: true });
    try {
      await until("payments are closed", async () => {
        await later(4000);
        return !(await running().context.payments.accepting()).accepting;
      });
      await assert.rejects(start(by(guest), house, dates), fails(bookings.start, "paymentsClosed", {}));
    } finally {
      await setFaults(provider, {});
    }
    assert.deepEqual(await left(by(guest), house, dates), [1, 1]);
    await until("payments are open", async () => (await running().context.payments.accepting()).accepting);
    assert.equal((await start(by(guest), house, dates)).state, "held");
  });

  test("a hold that is given back frees its nights at once, and costs nothing", async () => {
    const [house, guest] = [await openHouse(as), somebody("손님")];
    const dates = nightsFrom(now(), 20);
    const { id, ifCancelled } = await start(by(guest), house, dates);
    assert.deepEqual(ifCancelled, { refund: 0 });
    const cancelled = await as(guest).bookings.cancel({ id });
    assert.deepEqual([cancelled.state, cancelled.refund, cancelled.ifCancelled], ["cancelled", null, null]);
    assert.equal((await as(guest).bookings.cancel({ id })).state, "cancelled");
    await until("the nights are free", async () => (await left(by(guest), house, dates)).every((one) => one === 1));
    const late = as(guest).bookings.pay({ id, card: "card-ok" });
    await assert.rejects(late, fails(bookings.pay, "wrongState", { state: "cancelled" }));
    assert.equal(await as(guest).payments.status({ payment: id }), null);
  });

  test("a cancelled booking gives back what its policy says, to the won", async () => {
    const percent = { flexible: 100, moderate: 50, strict: 0 };
    for (const policy of policies) {
      const [house, guest] = [await openHouse(as, { policy, nightly: 33_333 }), somebody("손님")];
      const dates = nightsFrom(now(), 3);
      const { id, quote, ifCancelled } = await confirmed(by(guest), house, dates);
      const refund = Math.floor((quote.total * percent[policy]) / 100);
      assert.deepEqual(ifCancelled, { refund });
      const cancelled = await as(guest).bookings.cancel({ id });
      assert.equal(cancelled.state, "cancelled");
      assert.deepEqual(cancelled.refund!.amount, refund);
      const state = refund === 0 ? "none" : "done";
      await until(`the refund of ${policy} is through`, async () => {
        return (await as(guest).bookings.get({ id })).refund!.state === state;
      });
      assert.equal((await as(guest).bookings.cancel({ id })).refund!.amount, refund);
      const payment = await as(guest).payments.status({ payment: id });
      assert.deepEqual([payment!.state, payment!.refunded, payment!.refundAsked], ["captured", refund, refund]);
      await until("the nights are free", async () => (await left(by(guest), house, dates)).every((one) => one === 1));
    }
  });

  test("while money is on its way nothing is cancelled, and what takes long is said to the guest and to admins", async () => {
    const [house, guest, admin] = [await openHouse(as), somebody("손님"), somebody("운영", "admin")];
    const { id, reference } = await start(by(guest), house, nightsFrom(now(), 20));
    await using stop = await stopAt(running().stores["bookings"]!, "booking", "authorize", "before");
    await as(guest).bookings.pay({ id, card: "card-ok" });
    await assert.rejects(as(guest).bookings.cancel({ id }), fails(bookings.cancel, "wrongState", { state: "paying" }));
    assert.equal((await as(guest).bookings.get({ id })).delayed, false);
    await until("the saga has come to the stop", async () => (await stop.reached()).includes(id));
    await later(31_000);
    const waiting = await as(guest).bookings.get({ id });
    assert.deepEqual([waiting.state, waiting.delayed], ["paying", true]);
    const stuck = (await as(admin).bookings.stuck()).filter(({ booking }) => booking === id);
    assert.deepEqual(
      stuck.map(({ reference, saga, step }) => [reference, saga, step]),
      [[reference, "booking", "authorize"]],
    );
    await assert.rejects(as(guest).bookings.stuck(), fails(bookings.stuck, "forbidden", { reason: "adminsOnly" }));
    await stop.remove();
    assert.equal((await becomes(by(guest), id, "confirmed")).delayed, false);
    assert.deepEqual(await as(admin).bookings.stuck(), []);
  });

  test("a stay is over on the day of its departure, and then nothing of it can be cancelled", async () => {
    const [house, guest] = [await openHouse(as), somebody("손님")];
    const dates = nightsFrom(now(), 2);
    const { id } = await confirmed(by(guest), house, dates);
    await later(2 * dayMs);
    assert.deepEqual((await as(guest).bookings.get({ id })).ifCancelled, { refund: 0 });
    await later(dayMs);
    const wrongState = fails(bookings.cancel, "wrongState", { state: "confirmed" });
    await assert.rejects(as(guest).bookings.cancel({ id }), wrongState);
    assert.deepEqual(await as(guest).bookings.stayedAt({}), []);
    await later(dayMs);
    const done = await becomes(by(guest), id, "completed");
    assert.equal(steps(done).at(-1), "completed");
    const stay = { booking: id, listing: house.id, title: done.quote.title, ...dates };
    assert.deepEqual(await as(guest).bookings.stayedAt({}), [stay]);
    assert.deepEqual(await as(guest).bookings.stayedAt({ listing: randomUUIDv7() }), []);
  });

  test("who holds one house after the other has to pause", async () => {
    const [house, guest] = [await openHouse(as, { units: 50 }), somebody("손님")];
    const dates = nightsFrom(now(), 20);
    for (let taken = 0; taken < 20; taken++) await start(by(guest), house, dates);
    await assert.rejects(start(by(guest), house, dates), fails(bookings.start, "tooOften"));
    assert.deepEqual(await left(by(guest), house, dates), [30, 30]);
    await later(10 * minuteMs);
    assert.equal((await start(by(guest), house, dates)).state, "held");
  });

  test("a guest who takes a new name has it in every booking, and one who leaves is named nowhere", async () => {
    const password = "긴 비밀번호 하나 둘 셋";
    const username = `떠날이${Math.floor(Math.random() * 1e6)}`;
    const { user } = await running().context.accounts.register({ username, password });
    const house = await openHouse(as);
    const { id } = await start(by(user), house, nightsFrom(now(), 20));
    const name = `${username}2`;
    await as(user).accounts.rename({ username: name });
    await running().settled();
    assert.deepEqual((await as(house.host).bookings.get({ id })).guest, { id: user.id, name });
    await as(user).accounts.close({ password });
    await running().settled();
    assert.deepEqual((await as(house.host).bookings.get({ id })).guest, { id: null, name: closedName });
    const late = start(by(user), house, nightsFrom(now(), 30));
    await assert.rejects(late, fails(bookings.start, "forbidden", { reason: "accountClosed" }));
  });
});
