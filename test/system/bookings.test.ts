import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openHouse, type House } from "../../apps/stay/bookings/testing.ts";
import { setFaults } from "../../apps/stay/payments/testing.ts";
import { Random } from "../../apps/shared/seed/random.ts";
import { killsOf, nameOf, survives } from "./bookings/kills.ts";
import { race, rush } from "./bookings/rush.ts";
import { shapes, type Shape } from "./bookings/shapes.ts";
import { openStreet, type Street } from "./bookings/street.ts";

/**
 * Whether nights are ever let twice and money ever does not add up: guests by the hundred, a provider that fails on
 * purpose, and everything killed at every step of a booking, in three topologies. `npm test` tries a selection that
 * follows from a seed (SEAMLINE_SEED); `npm run test:long` tries all.
 */

const long = process.env["SEAMLINE_LONG"] === "1";
const seed = process.env["SEAMLINE_SEED"] ?? "1";
/** Kills in each topology, of which there are between 100 and 240. */
const kills = long ? Infinity : 5;

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
      const count = long ? 1000 : 120;
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

    describe("whatever is killed, the booking ends as it would have", () => {
      let house: House;
      let slowest = { ms: 0, name: "" };
      test("…", async (t) => {
        house = await openHouse((user) => street.as(user), { units: 50, policy: "flexible" });
        const all = killsOf(street);
        const random = new Random(`kills ${seed} ${shape}`);
        const order = all.map((kill) => ({ kill, at: random.unit() })).toSorted((a, b) => a.at - b.at);
        for (const [place, { kill }] of order.slice(0, kills).entries())
          await t.test(nameOf(kill), async () => {
            const ms = await survives(street, house, 2 + place, kill);
            if (ms > slowest.ms) slowest = { ms, name: nameOf(kill) };
          });
        t.diagnostic(`longest from the end of the fault: ${Math.round(slowest.ms)} ms: ${slowest.name}`);
      });
      test("and at the end everything adds up", () => street.addsUp());
    });
  });
