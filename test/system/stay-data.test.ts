import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { monolith, topology } from "seamline";
import stay from "../../apps/stay/app.ts";
import invariants from "../../apps/stay/invariants.ts";
import { lostOf } from "../../apps/stay/invariants/copies.ts";
import { demo } from "../../apps/stay/made/people.ts";
import { demoPassword } from "../../apps/stay/seed.ts";
import { seedFirst } from "../../src/cli/seeding.ts";
import { terminal } from "../../src/cli/terminal.ts";
import { loginTo } from "../../src/deploy/login.ts";
import { verify } from "../../src/deploy/verify/verify.ts";
import { bringUp, until, type Deployed } from "../suites/deployed.ts";
import type { TestContext } from "../suites/placements.ts";

/** Nights beyond all that are booked, held from now on for so long. */
const placeHold = (forAs: string): string => `
  with hold as (
    insert into holds (id, listing, from_night, to_night, units, state, expires_at, placed_at)
    select gen_random_uuid(), listing, '2099-01-01', '2099-01-02', 1, 'held', now() + interval '${forAs}', now()
    from nights order by listing limit 1 returning listing, from_night, units
  )
  insert into nights (listing, night, taken, capacity) select listing, from_night, units, units from hold`;
const takeHoldBack = `
  with hold as (delete from holds where from_night = '2099-01-01')
  delete from nights where night = '2099-01-01'`;

/** Stay as it is after its first start: filled, whole, and usable. And its invariants, each seen to be broken. */

const quiet = { ...terminal("en"), note() {}, out() {}, json() {} };

describe("a stay that was filled at its first start", () => {
  let deployed: Deployed;
  let ask: () => TestContext;

  const sql = async (module: string, text: string, values: unknown[] = []): Promise<Record<string, any>[]> => {
    const client = await loginTo(deployed.deployment.stores()[module]!);
    try {
      return (await client.query(text, values)).rows;
    } finally {
      await client.end();
    }
  };
  const begin = (stayEmpty = false): Promise<void> =>
    seedFirst(stay, deployed.deployment, { stayEmpty, json: false }, quiet, new AbortController().signal);
  const broken = async (): Promise<string[]> => {
    const { checks } = await verify(invariants, deployed.deployment.stores(), { settleMs: 30_000 });
    const failed = checks.filter(({ state }) => state === "failed" || state === "busy");
    assert.deepEqual(failed, []);
    return checks.filter(({ state }) => state === "violated").map(({ id }) => id);
  };
  const signIn = async (username: string): Promise<TestContext> => {
    const { token } = await ask().accounts.login({ username, password: demoPassword });
    const { identity } = await ask().accounts.verifySession({ token });
    return ask().as(identity) as TestContext;
  };

  before(async () => {
    const { processes } = monolith(stay);
    const one = topology({
      processes: Object.fromEntries(
        Object.entries(processes).map(([name, { modules }]) => [name, { modules: [...modules], port: 0 }]),
      ),
    });
    deployed = await bringUp({ app: stay, appUrl: import.meta.resolve("../../apps/stay/app.ts"), topology: one });
    ask = await deployed.asks(stay);
    await begin();
    await until("search knows all houses", async () => (await ask().search.rebuild()).state === "done");
  });
  after(() => deployed?.stop());

  test("is filled once, and never where there is data", async () => {
    const users = async (): Promise<number> => (await sql("accounts", "select count(*)::int as n from users"))[0]!["n"];
    const filled = await users();
    assert.ok(filled > 70);
    await begin();
    await rm(join(deployed.deployment.directory, "started.json"));
    await begin();
    assert.equal(await users(), filled);
  });

  test("holds all invariants", async () => {
    assert.deepEqual(await broken(), []);
  });

  test("lets its people sign in, find houses, see pictures and their trips", async () => {
    const guest = await signIn(demo.guest);
    const { bookings } = await guest.bookings.tripsOf({});
    assert.ok(bookings.length > 3);
    const { hits } = await ask().search.search({ kind: "listing", q: "한옥", tags: ["place:jeonju"] });
    assert.ok(hits.length > 0);
    const house = await ask().listings.get({ id: hits[0].id });
    const picture = await ask().media.picture({ id: house.photos[0].media, size: "large" });
    assert.deepEqual([picture.type, picture.bytes.length > 5000], ["image/webp", true]);
    const { listings } = await (await signIn(demo.host)).listings.byHost({});
    assert.ok(listings.length > 0);
  });

  test("agrees with the payment provider, which gives money of made-up bookings back", async () => {
    const admin = await signIn(demo.admin);
    const { compared, differences } = await admin.payments.reconcileReport();
    assert.deepEqual([compared > 100, differences], [true, []]);

    const guest = await signIn(demo.guest);
    const { bookings } = await guest.bookings.tripsOf({});
    const coming = bookings.find((one: any) => one.state === "confirmed" && one.ifCancelled?.refund > 0);
    assert.ok(coming, "the guest has no booking that can be cancelled");
    await guest.bookings.cancel({ id: coming.id });
    await until(
      "the refund is done",
      async () => (await guest.bookings.get({ id: coming.id })).refund.state === "done",
    );
    assert.deepEqual((await admin.payments.reconcileReport()).differences, []);
    assert.deepEqual(await broken(), []);
  });

  test("shows what of a log of acknowledged writes is lost, and what is not as it was told", async () => {
    const [row] = await sql("bookings", "select id, reference from bookings order by id limit 1");
    const { id, reference } = row as { id: string; reference: string };
    const there = { module: "bookings", table: "bookings", id };
    assert.deepEqual(await lostOf([there, { ...there, has: { reference } }], { sql }), []);
    const gone = { ...there, id: "00000000-0000-7000-8000-000000000000" };
    const lost = await lostOf([gone, { ...there, has: { reference: "AAAA-AAAA" } }, there], { sql });
    assert.deepEqual(
      lost.map((each) => each.id),
      [gone.id, id],
    );
  });

  /** What breaks each, behind the modules' backs, and what mends it; more than one where one thing is several wrongs. */
  const plants: { breaks: string[]; module: string; plant: string; mend: string }[] = [
    {
      breaks: ["I1", "I2", "I2b"],
      module: "availability",
      plant: `insert into holds (id, listing, from_night, to_night, units, state, placed_at)
        select gen_random_uuid(), listing, from_night, to_night, 49, 'confirmed', '2020-01-01' from holds
        where state = 'confirmed' order by id limit 1`,
      mend: "delete from holds where units = 49",
    },
    {
      breaks: ["I2"],
      module: "availability",
      plant:
        "update nights set taken = taken - 1 where (listing, night) = (select listing, night from nights order by 1, 2 limit 1)",
      mend: "update nights set taken = taken + 1 where (listing, night) = (select listing, night from nights order by 1, 2 limit 1)",
    },
    {
      breaks: ["I2b"],
      module: "bookings",
      plant:
        "update bookings set departure = departure + 1 where id = (select min(id::text)::uuid from bookings where state = 'confirmed')",
      mend: "update bookings set departure = departure - 1 where id = (select min(id::text)::uuid from bookings where state = 'confirmed')",
    },
    {
      breaks: ["I2b"],
      module: "availability",
      plant: placeHold("1 day"),
      mend: takeHoldBack,
    },
    {
      breaks: ["I3"],
      module: "bookings",
      plant:
        "update bookings set total = total + 100 where id = (select min(id::text)::uuid from bookings where state = 'completed')",
      mend: "update bookings set total = total - 100 where id = (select min(id::text)::uuid from bookings where state = 'completed')",
    },
    {
      breaks: ["I3"],
      module: "bookings",
      plant:
        "update bookings set refund_amount = refund_amount - 1 where id = (select min(id::text)::uuid from bookings where refund_state = 'done')",
      mend: "update bookings set refund_amount = refund_amount + 1 where id = (select min(id::text)::uuid from bookings where refund_state = 'done')",
    },
    {
      breaks: ["I3"],
      module: "payments",
      plant:
        "insert into payments values ('00000000-0000-7000-8000-000000000001', 100, 0, 'X', null, 'voided', null, 0, 0, '2020-01-01', '2020-01-01')",
      mend: "delete from payments where reference = 'X'",
    },
    {
      breaks: ["I4"],
      module: "payments",
      plant: `alter table entries disable trigger user;
        update entries set amount = amount + 1 where (transaction, account) = (select transaction, account from entries order by 1, 2 limit 1);
        alter table entries enable trigger user`,
      mend: `alter table entries disable trigger user;
        update entries set amount = amount - 1 where (transaction, account) = (select transaction, account from entries order by 1, 2 limit 1);
        alter table entries enable trigger user`,
    },
    {
      breaks: ["I5"],
      module: "reviews",
      plant:
        "alter table reviews add column was uuid; update reviews set was = author_id, author_id = gen_random_uuid() where id = (select min(id::text)::uuid from reviews)",
      mend: "update reviews set author_id = was where was is not null; alter table reviews drop column was",
    },
    {
      breaks: ["I6"],
      module: "reviews",
      plant:
        "update ratings set count = count + 1, sum = sum + 5 where listing = (select min(listing::text)::uuid from ratings)",
      mend: "update ratings set count = count - 1, sum = sum - 5 where listing = (select min(listing::text)::uuid from ratings)",
    },
    {
      breaks: ["I6"],
      module: "listings",
      plant:
        "update listings set rating_count = rating_count + 1 where id = (select min(id::text)::uuid from listings)",
      mend: "update listings set rating_count = rating_count - 1 where id = (select min(id::text)::uuid from listings)",
    },
    {
      breaks: ["I7"],
      module: "availability",
      plant: "update listings set open = not open where id = (select min(id::text)::uuid from listings)",
      mend: "update listings set open = not open where id = (select min(id::text)::uuid from listings)",
    },
    {
      breaks: ["I7"],
      module: "search",
      plant:
        "update documents set title = title || '!' where id = (select min(id::text)::uuid from documents where shown)",
      mend: "update documents set title = rtrim(title, '!') where title like '%!'",
    },
    {
      breaks: ["I8"],
      module: "reviews",
      plant: `create table lost as select * from stays where id not in (select stay from reviews) order by id limit 1;
        delete from stays where id in (select id from lost)`,
      mend: "insert into stays select * from lost; drop table lost",
    },
    {
      breaks: ["I9"],
      module: "notify",
      plant: `insert into notes (id, user_id, type, data, link, at)
        select gen_random_uuid(), '00000000-0000-7000-8000-000000000002', 'bookingConfirmed', '{"reference":"XXXX-XXXX"}', '/', '2100-01-01'
        from generate_series(1, 2)`,
      mend: "delete from notes where user_id = '00000000-0000-7000-8000-000000000002'",
    },
    {
      breaks: ["I10"],
      module: "search",
      plant: `insert into documents (kind, id, version, shown, title, rebuild)
        values ('listing', '00000000-0000-7000-8000-000000000003', 1, false, '지워진 집', 2)`,
      mend: "delete from documents where id = '00000000-0000-7000-8000-000000000003'",
    },
    {
      breaks: ["I2b", "I11"],
      module: "bookings",
      plant:
        "update bookings set state = 'held', hold_expires_at = '2020-01-01' where id = (select min(id::text)::uuid from bookings where state = 'expired')",
      mend: "update bookings set state = 'expired', hold_expires_at = null where state = 'held'",
    },
  ];
  test("I10: a review that moderation has hidden and that is shown is found, and nothing else", async () => {
    const [shown] = await sql("reviews", "select id from reviews where not hidden order by id limit 1");
    await sql("moderation", "insert into hidden (kind, target) values ('review', $1)", [shown!["id"]]);
    try {
      assert.deepEqual(await broken(), ["I10"]);
    } finally {
      await sql("moderation", "delete from hidden where target = $1", [shown!["id"]]);
    }
  });

  test("I2b: nights in their first ten minutes that no booking came for are nothing wrong", async () => {
    await sql("availability", placeHold("10 minutes"));
    try {
      assert.deepEqual(await broken(), []);
    } finally {
      await sql("availability", takeHoldBack);
    }
  });

  for (const { breaks, module, plant, mend } of plants)
    test(`${breaks.join(", ")}: what is spoilt in ${module} is found, and nothing else`, async () => {
      await sql(module, plant);
      try {
        assert.deepEqual(await broken(), breaks);
      } finally {
        await sql(module, mend);
      }
    });
});
