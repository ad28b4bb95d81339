import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { isAbsence } from "seamline";
import { left, nightsFrom, openHouse, start, until } from "../../apps/stay/bookings/testing.ts";
import { setFaults } from "../../apps/stay/payments/testing.ts";
import { killsOf, nameOf, survives } from "./bookings/kills.ts";
import { long } from "../suites/long.ts";
import { race, rush } from "./bookings/rush.ts";
import { shapes, type Shape } from "./bookings/shapes.ts";
import { openStreet, type Street } from "./bookings/street.ts";

/**
 * Whether nights are ever let twice and money ever does not add up: guests by the hundred, a provider that fails on
 * purpose, and everything killed at every step of a booking, in three topologies. `npm test` tries a selection that
 * follows from a seed (SEAMLINE_SEED); `npm run test:long` tries all.
 */

const seed = process.env["SEAMLINE_SEED"] ?? "1";
/** Moments at which each process and server dies, of which there are 34. */
const moments = long ? Infinity : 1;

for (const shape of Object.keys(shapes) as Shape[])
  describe(`stay as ${shape}`, () => {
    let street: Street;
    before(async () => {
      street = await openStreet(shape);
    });
    after(() => street?.[Symbol.asyncDispose]());

    test("of 200 guests who race for one night exactly as many get it as there are rooms", async () => {
      assert.equal((await race(street, 200, 3)).length, 3);
    });

    if (long || shape === "microservices") {
      const count = long ? 1000 : 60;
      test(`${count} bookings at 20 at a time end well while the provider fails in every way`, async (t) => {
        const share = 0.1;
        await setFaults(street.provider(), {
          ...{ decline: share, timeoutAfterCharge: share, errorBeforeCharge: share },
          webhooks: { duplicate: share, lateMs: 300, shuffle: true, lose: share },
        });
        try {
          const ends = await rush(street, count, `rush ${seed}`);
          t.diagnostic(JSON.stringify(ends));
          for (const [end, times] of Object.entries(ends)) assert.ok(times > 0, `none ended as ${end}`);
        } finally {
          await setFaults(street.provider(), {});
        }
        // Who walked away has held nights for long enough.
        await street.later(11 * 60_000);
        await street.addsUp();
      });
    }

    if (shape === "microservices")
      test("while payments are away nothing is held, and who asks is told what is missing", async () => {
        const house = await openHouse((user) => street.as(user), {}, street.somebody());
        const guest = street.somebody();
        const ask = () => street.as(guest);
        const wanted = { listing: house.id, ...nightsFrom(new Date(), 20), guests: 2 };
        const { total } = await until("the price is known", () => ask().listings.quote(wanted));
        const { killed, release } = street.up.keepDown("payments#0");
        try {
          await assert.rejects(ask().bookings.start({ ...wanted, total }), (error) => {
            assert.ok(isAbsence(error), String(error));
            assert.deepEqual(error.data, { module: "payments" });
            return true;
          });
          assert.deepEqual(await until("the nights are known", () => left(ask, house, wanted)), [1, 1]);
        } finally {
          release();
        }
        await street.up.isBack("payments#0", killed);
        assert.equal((await start(ask, house, wanted)).state, "held");
      });

    test("whatever dies at whichever step, the booking ends as it would have", async (t) => {
      const house = await openHouse((user) => street.as(user), { units: 50, policy: "flexible" }, street.somebody());
      const kills = killsOf(street, `kills ${seed} ${shape}`).flatMap((ofOne) => ofOne.slice(0, moments));
      let slowest = { ms: 0, name: "" };
      for (const [place, kill] of kills.entries())
        await t.test(nameOf(kill), async () => {
          const ms = await survives(street, house, 2 + place, kill);
          if (ms > slowest.ms) slowest = { ms, name: nameOf(kill) };
        });
      t.diagnostic(`longest from the end of the fault: ${Math.round(slowest.ms)} ms: ${slowest.name}`);
    });

    test("at the end everything adds up", () => street.addsUp());
  });
