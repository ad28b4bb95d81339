import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type pg from "pg";
import type { StoreAddress } from "../../data/data.ts";
import { openStore } from "../../data/store.ts";
import { freshStores } from "../../data/testing.ts";
import type { Invariant, InvariantProgram } from "../../module/invariants.ts";
import { lettersOf, replayLetters } from "../letters.ts";
import { loginTo } from "../login.ts";
import { verify, type CheckReport, type Report } from "./verify.ts";

interface Fixture {
  readonly stores: Record<string, StoreAddress>;
  readonly shop: pg.Client;
  readonly cafe: pg.Client;
}

/** Two stores with a table each, as their modules would have made them. */
async function fixture(t: TestContext): Promise<Fixture> {
  const stores = await freshStores(["shop", "cafe"]);
  const clients: pg.Client[] = [];
  for (const [module, address] of Object.entries(stores)) {
    const definition = { migrations: {} };
    await (
      await openStore({ module, definition, address, guards: "guarded", subscribers: {}, warn() {} })
    ).close(Infinity);
    const client = await loginTo(address);
    clients.push(client);
    t.after(() => client.end());
    await client.query("create table things (id text primary key, n integer not null)");
  }
  return { stores, shop: clients[0]!, cafe: clients[1]! };
}

const says = { en: "it holds", ko: "지켜진다" };
const only = (run: Invariant["run"], quiescent = false): InvariantProgram => ({
  checks: [{ id: "I1", says, quiescent, run }],
});
const nothing: Invariant["run"] = async () => ({ checked: 1, violations: [] });
const of = (report: Report, id: string): CheckReport => report.checks.find((check) => check.id === id)!;
const settleMs = 300;

const letter = `insert into seamline_outbox (subscriber, key, id, event, payload, at, traceparent, attempts, last_error, dead_at)
  values ('cafe', 'k', $1, 'shop.sold', '{}', now(), '', 12, 'no such table', $2) returning id`;
const event = "0190a6f2-0000-7000-8000-000000000001";

test("a sound app is clean; a violation is listed with what is wrong, and nothing else is", async (t) => {
  const { stores, shop } = await fixture(t);
  await shop.query("insert into things values ('a', 1), ('b', 7)");
  const small = only(async ({ sql }) => {
    const rows = await sql("shop", "select id, n from things where n > $1 order by id", [5]);
    return { checked: 2, violations: rows.map(({ id, n }) => ({ id, what: { n } })) };
  });
  const report = await verify(small, stores);
  assert.equal(report.clean, false);
  assert.deepEqual(
    report.checks.map(({ id, state }) => `${id} ${state}`),
    ["I1 violated", "S1 holds", "S2 holds"],
  );
  assert.deepEqual(of(report, "I1").violations, [{ id: "b", what: { n: 7 } }]);
  await shop.query("delete from things where id = 'b'");
  assert.equal((await verify(small, stores)).clean, true);
});

test("a check cannot write, and sees only the store that it names", async (t) => {
  const { stores, cafe } = await fixture(t);
  for (const [text, message] of [
    ["insert into things values ('x', 1)", /read-only transaction/],
    ["select * from shop.things", /permission denied|does not exist/],
  ] as const) {
    const report = await verify(
      only(async ({ sql }) => ({ checked: (await sql("cafe", text)).length, violations: [] })),
      stores,
    );
    assert.deepEqual([of(report, "I1").state, report.clean], ["failed", false]);
    assert.match(of(report, "I1").why!, message);
    // What one check spoils, the next one does not notice.
    assert.equal(of(report, "S1").state, "holds");
  }
  assert.equal((await cafe.query("select from things")).rowCount, 0);
});

test("one run of a check reads one moment of a module, the next run a later one", async (t) => {
  const { stores, shop } = await fixture(t);
  const count = "select count(*) as n from things";
  const seen: number[] = [];
  const looking: Invariant["run"] = async ({ sql }) => {
    seen.push((await sql("shop", count))[0]!["n"]);
    await shop.query(`insert into things values ('${seen.length}', 1)`);
    seen.push((await sql("shop", count))[0]!["n"]);
    return { checked: 1, violations: [] };
  };
  await verify({ checks: ["I1", "I2"].map((id) => ({ id, says, run: looking })) }, stores);
  assert.deepEqual(seen, [0, 0, 1, 1]);
});

test("a check that throws, and one that asks for a store that is none, are named; the others are made", async (t) => {
  const { stores } = await fixture(t);
  const report = await verify(
    {
      checks: [
        { id: "I1", says, run: () => Promise.reject(new Error("I was written badly")) },
        {
          id: "I2",
          says,
          run: async ({ sql }) => ({ checked: (await sql("web", "select 1")).length, violations: [] }),
        },
        { id: "I3", says, run: nothing },
      ],
    },
    stores,
  );
  assert.match(of(report, "I1").why!, /I was written badly/);
  assert.match(of(report, "I2").why!, /"web".*there are shop, cafe/);
  assert.equal(of(report, "I3").state, "holds");
  assert.equal(report.clean, false);
});

test("a store that is away is told, and does not hide what the others hold", async (t) => {
  const { stores } = await fixture(t);
  const away = { ...stores, cafe: { ...stores["cafe"]!, port: 1 } };
  const report = await verify(
    only(async ({ sql }) => ({ checked: (await sql("shop", "select 1")).length, violations: [] })),
    away,
  );
  assert.deepEqual([of(report, "I1").state, of(report, "S1").state, report.clean], ["holds", "failed", false]);
  assert.match(of(report, "S1").why!, /ECONNREFUSED/);
});

test("a check of quiet data is not made while an event, a running saga or a due wait is on its way", async (t) => {
  const { stores, shop, cafe } = await fixture(t);
  const quiet = async (now = new Date()): Promise<CheckReport> =>
    of(await verify(only(nothing, true), stores, { settleMs, now: () => now }), "I1");
  assert.equal((await quiet()).state, "holds");
  await shop.query(letter, [event, null]);
  assert.deepEqual([(await quiet()).state, (await quiet()).why], ["busy", "shop: 1 event"]);
  await shop.query("delete from seamline_outbox");
  const saga = "insert into seamline_sagas (saga, id, state, wake_at, traceparent) values ('book', '1', $1, $2, '')";
  await cafe.query(saga, ["running", null]);
  assert.deepEqual([(await quiet()).state, (await quiet()).why], ["busy", "cafe: 1 saga"]);
  const later = new Date(Date.now() + 3_600_000);
  await cafe.query("update seamline_sagas set state = 'waiting', wake_at = $1", [later]);
  assert.equal((await quiet()).state, "holds");
  assert.equal((await quiet(new Date(later.getTime() + 1))).state, "busy");
});

test("what a check of quiet data sees only once was on its way, and is no violation", async (t) => {
  const { stores } = await fixture(t);
  let runs = 0;
  const once: Invariant["run"] = async () => ({
    checked: 1,
    violations: runs++ === 0 ? [{ id: "passing", what: {} }] : [],
  });
  const always: Invariant["run"] = async () => ({ checked: 1, violations: [{ id: "staying", what: {} }] });
  assert.equal(of(await verify(only(once, true), stores, { settleMs }), "I1").state, "holds");
  assert.equal(runs, 2);
  assert.deepEqual(of(await verify(only(always, true), stores, { settleMs }), "I1").violations, [
    { id: "staying", what: {} },
  ]);
});

test("dead letters and stuck sagas are violations of any app; a letter can be replayed", async (t) => {
  const { stores, shop, cafe } = await fixture(t);
  await shop.query(letter, [event, new Date()]);
  await cafe.query(
    `insert into seamline_sagas (saga, id, step, stuck, error, since, traceparent) values ('book', '7', 'hold', true, 'no', now(), '')`,
  );
  const report = await verify(null, stores);
  assert.deepEqual(
    report.checks.map(({ violations }) => violations.map(({ id }) => id)),
    [[`shop: shop.sold ${event} → cafe`], ["cafe: book 7"]],
  );
  const [found, ...others] = await lettersOf(stores);
  assert.deepEqual(
    [found!.module, found!.id, found!.subscriber, found!.error, others],
    ["shop", event, "cafe", "no such table", []],
  );
  assert.equal(await replayLetters(stores, event.replace("1", "2")), 0);
  assert.equal((await lettersOf(stores)).length, 1);
  assert.equal(await replayLetters(stores, event), 1);
  assert.deepEqual(await lettersOf(stores), []);
  const { rows } = await shop.query("select attempts, next_at <= now() as due from seamline_outbox");
  assert.deepEqual(rows, [{ attempts: 0, due: true }]);
});

test("a program that is not well formed is refused with what to change", async () => {
  for (const [checks, message] of [
    [undefined, /must be \{ checks/],
    [[{ id: "", says, run: nothing }], /give it one/],
    [[{ id: "S1", says, run: nothing }], /Seamline's own/],
    [[{ id: "I1", says: { en: "x" }, run: nothing }], /says: \{ en, ko \}/],
    [[{ id: "I1", says, run: nothing, kind: "odd" }], /"odd"; leave it out, or choose oversold, torn, orphan/],
    [[1, 2].map(() => ({ id: "I1", says, run: nothing })), /two checks have the id "I1"/],
  ] as const)
    await assert.rejects(verify({ checks: checks as never }, {}), { code: "app_invalid", message });
});
