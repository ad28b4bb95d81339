import assert from "node:assert/strict";
import { randomUUIDv7 } from "node:crypto";
import { afterEach, test } from "node:test";
import { until } from "../../../test/suites/deployed.ts";
import { askStore } from "../../../test/suites/stops.ts";
import { everywhere, fails, somebody } from "../testing.ts";
import { payments, type Entry } from "./contract.ts";
import { authorize, becomes, captured, reaches, refunded, setFaults, type Switches } from "./testing.ts";

const admin = somebody("관리자", "admin");

await everywhere(["payments"], [], (running) => {
  const clients = () => running().context.payments;
  const asAdmin = () => running().as(admin).payments;
  const faults = (settings: Switches): Promise<void> => setFaults(running().url("payment-provider"), settings);
  const rows = (text: string) => askStore(running().stores["payments"]!, text);
  const booksAgree = async (): Promise<void> => {
    const { compared, differences } = await asAdmin().reconcileReport();
    assert.deepEqual(differences, []);
    assert.ok(compared > 0);
  };
  const stepsOf = async (key: string): Promise<string[]> =>
    (await rows(`select step from seamline_saga_steps where id = '${key}' order by position`)).map(({ step }) => step);
  const entriesOf = async (payment: string): Promise<Entry[]> => (await asAdmin().ledger({ payment })).entries;
  const sumsOf = async (payment: string): Promise<Record<string, number>> => {
    const sums: Record<string, number> = {};
    for (const { account, amount } of await entriesOf(payment)) sums[account] = (sums[account] ?? 0) + amount;
    return sums;
  };
  afterEach(() => faults({}));

  test("money is set aside, taken and given back in parts, and every part is in the books", async () => {
    const payment = await captured(clients, { amount: 10_000, fee: 999 });
    assert.deepEqual(await sumsOf(payment), { provider: 10_000, host: -9001, fee: -999 });
    for (const part of [3333, 3333, 3334]) await clients().refund({ payment, refund: randomUUIDv7(), amount: part });
    await refunded(clients, payment, 10_000);
    assert.deepEqual(await sumsOf(payment), { provider: 0, host: 0, fee: 0 });
    assert.equal(new Set((await entriesOf(payment)).map(({ transaction }) => transaction)).size, 4);
    await booksAgree();
  });

  test("a declined card says why, and that is final", async () => {
    for (const [card, reason] of [
      ["card-declined", "card_declined"],
      ["4242", "unknown_card"],
    ] as const) {
      const payment = await authorize(clients, { card });
      assert.equal((await reaches(clients, payment, "declined")).reason, reason);
      const refused = fails(payments.capture, "wrongState", { payment, state: "declined" });
      await assert.rejects(clients().capture({ payment }), refused);
      assert.equal((await clients().void({ payment }))?.state, "declined");
      assert.deepEqual(await entriesOf(payment), []);
    }
  });

  test("an authorization that lapses is no money taken", async () => {
    const payment = await authorize(clients, { card: "card-lapses" });
    await reaches(clients, payment, "authorized");
    await clients().capture({ payment });
    assert.equal((await reaches(clients, payment, "captureFailed")).reason, "authorization_lapsed");
    assert.deepEqual(await entriesOf(payment), []);
    await booksAgree();
  });

  test("asking twice is asking once", async () => {
    const payment = await captured(clients);
    const again = { payment, amount: 77, card: "card-declined", reference: "OTHER" };
    assert.deepEqual(await clients().authorize(again), await clients().status({ payment }));
    assert.equal((await clients().capture({ payment })).state, "captured");
    const refund = { payment, refund: randomUUIDv7(), amount: 4000 };
    await clients().refund(refund);
    assert.equal((await clients().refund(refund)).refundAsked, 4000);
    await refunded(clients, payment, 4000);
    assert.equal((await clients().refund(refund)).refunded, 4000);
    const differs = fails(payments.refund, "differs", { refund: refund.refund, amount: 4000 });
    await assert.rejects(clients().refund({ ...refund, amount: 5000 }), differs);
  });

  test("what is set aside can be let go of, before it is known and after, and what is taken cannot", async () => {
    const known = await authorize(clients);
    await reaches(clients, known, "authorized");
    const early = await authorize(clients, { card: "card-slow" });
    const refused = await authorize(clients, { card: "card-declined" });
    for (const payment of [known, early, refused]) await clients().void({ payment });
    assert.equal((await reaches(clients, known, "voided")).reason, null);
    await reaches(clients, early, "voided");
    await reaches(clients, refused, "declined");
    const wrong = fails(payments.capture, "wrongState", { payment: early, state: "voided" });
    await assert.rejects(clients().capture({ payment: early }), wrong);

    const taken = await captured(clients);
    assert.equal((await clients().void({ payment: taken }))?.state, "captured");
    assert.equal(await clients().void({ payment: randomUUIDv7() }), null);
    await booksAgree();
  });

  test("refunds that race never give back more than was taken", async () => {
    const payment = await captured(clients, { amount: 1000, fee: 80 });
    const racing = Array.from({ length: 10 }, () =>
      clients()
        .refund({ payment, refund: randomUUIDv7(), amount: 300 })
        .then(
          () => "taken",
          (error: { code: string; data: unknown }) => error.code,
        ),
    );
    const ends = await Promise.all(racing);
    assert.deepEqual([ends.filter((end) => end === "taken").length, new Set(ends)], [3, new Set(["taken", "tooMuch"])]);
    await refunded(clients, payment, 900);
    const more = clients().refund({ payment, refund: randomUUIDv7(), amount: 101 });
    await assert.rejects(more, fails(payments.refund, "tooMuch", { payment, left: 100 }));
    await booksAgree();
  });

  test("what makes no sense is refused", async () => {
    const payment = randomUUIDv7();
    await assert.rejects(clients().capture({ payment }), fails(payments.capture, "notFound", { payment }));
    const refund = clients().refund({ payment, refund: randomUUIDv7(), amount: 1 });
    await assert.rejects(refund, fails(payments.refund, "notFound", { payment }));
    const uncaptured = await authorize(clients);
    const early = clients().refund({ payment: uncaptured, refund: randomUUIDv7(), amount: 1 });
    await assert.rejects(early, { code: "wrongState" });
    for (const wrong of [{ amount: 0 }, { amount: -1 }, { amount: 1.5 }, { amount: 5, fee: 6 }])
      await assert.rejects(authorize(clients, wrong), { code: "invalid" });
  });

  test("books are for admins", async () => {
    for (const user of [null, somebody("손님")]) {
      const asked = user ? running().as(user).payments : clients();
      const refused = { code: "denied", data: { reason: "adminsOnly" } };
      await assert.rejects(asked.ledger({}), refused);
      await assert.rejects(asked.reconcileReport(), refused);
      await assert.rejects(asked.openRefunds(), refused);
    }
  });

  test("what is done and never answered is found out, and done once", async () => {
    await faults({ timeoutAfterCharge: 1, webhooks: { lose: 1 } });
    const payment = await authorize(clients);
    await reaches(clients, payment, "authorized");
    assert.deepEqual(await stepsOf(`${payment}:authorize`), ["send", "noteUnknown", "findOut", "book"]);
    await clients().capture({ payment });
    await reaches(clients, payment, "captured");
    await clients().refund({ payment, refund: randomUUIDv7(), amount: 2500 });
    await refunded(clients, payment, 2500);
    assert.deepEqual(await sumsOf(payment), { provider: 7500, host: -6750, fee: -750 });
    await booksAgree();
  });

  test("an error before anything is done is no outcome: it is asked for again", async () => {
    await faults({ errorBeforeCharge: 1 });
    const payment = await authorize(clients);
    await becomes(clients, payment, "unknown", ({ state, unknown }) => state === "authorizing" && unknown);
    await faults({});
    await reaches(clients, payment, "authorized");
    await booksAgree();
  });

  test("webhooks that come twice, late, in any order or never change nothing of how it ends", async () => {
    for (const webhooks of [{ duplicate: 1 }, { lateMs: 400, shuffle: true, duplicate: 0.5 }, { lose: 1 }]) {
      await faults({ webhooks });
      const payment = await captured(clients);
      await clients().refund({ payment, refund: randomUUIDv7(), amount: 10_000 });
      await refunded(clients, payment, 10_000);
      assert.deepEqual(await sumsOf(payment), { provider: 0, host: 0, fee: 0 });
    }
    await booksAgree();
  });

  test("a true webhook is heard, once, and a forged one is refused and changes nothing", async () => {
    await faults({ webhooks: { duplicate: 1 } });
    const payment = await authorize(clients);
    await reaches(clients, payment, "authorized");
    const heard = () => rows(`select id from webhooks where id = 'hook:${payment}:authorize'`);
    await until("its webhook is heard", async () => (await heard()).length > 0);
    assert.equal((await heard()).length, 1);

    const hook = { id: "forged", type: "charge.captured", payment, at: new Date().toISOString() };
    for (const signature of ["", "00".repeat(32)]) {
      const response = await fetch(`${running().url("payments")}/webhooks/payments`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ ...hook, signature }),
      });
      assert.ok(response.status >= 400 && response.status < 500);
      assert.match(JSON.stringify(await response.json()), /badSignature/);
    }
    assert.equal((await clients().status({ payment }))?.state, "authorized");
    assert.deepEqual(await rows("select id from webhooks where id = 'forged'"), []);
  });

  test("an outage during any operation delays it, closes the house, and ends", async () => {
    const [toCapture, toVoid] = [await authorize(clients), await authorize(clients)];
    const toRefund = await captured(clients);
    for (const payment of [toCapture, toVoid]) await reaches(clients, payment, "authorized");
    await faults({ outage: true });
    const toAuthorize = await authorize(clients);
    await clients().capture({ payment: toCapture });
    await clients().void({ payment: toVoid });
    await clients().refund({ payment: toRefund, refund: randomUUIDv7(), amount: 100 });
    for (const payment of [toAuthorize, toCapture, toVoid, toRefund])
      await becomes(clients, payment, "unknown", ({ unknown }) => unknown);
    const open = (await asAdmin().openRefunds()).find(({ payment }) => payment === toRefund);
    assert.equal(open?.amount, 100);
    await until(
      "it is noticed",
      async () => (await rows("select from provider_health where failing_since < now()")).length > 0,
    );
    await running().moveClock(3000);
    assert.deepEqual(await clients().accepting(), { accepting: false });

    await faults({});
    await reaches(clients, toAuthorize, "authorized");
    await reaches(clients, toCapture, "captured");
    await reaches(clients, toVoid, "voided");
    await refunded(clients, toRefund, 100);
    await until("the house is open", async () => (await clients().accepting()).accepting);
    assert.deepEqual(await asAdmin().openRefunds(), []);
    await booksAgree();
  });

  test("no hand writes into the ledger what does not balance, or changes what is there", async () => {
    const payment = await captured(clients);
    const entry = `'${randomUUIDv7()}', 'host', '${payment}', 'capture', 5, now()`;
    await assert.rejects(rows(`insert into entries values (${entry})`), /does not balance/);
    await assert.rejects(rows(`update entries set amount = 1 where payment = '${payment}'`), /only ever added/);
    await assert.rejects(rows(`delete from entries where payment = '${payment}'`), /only ever added/);
    assert.deepEqual(await sumsOf(payment), { provider: 10_000, host: -9000, fee: -1000 });
  });

  test("the report names what differs", async () => {
    const payment = await captured(clients);
    await rows(`update payments set refund_asked = 7, refunded = 7 where id = '${payment}'`);
    const { differences } = await asAdmin().reconcileReport();
    const [ours, theirs] = ["refunded 7", "refunded 0"].map((end) => `captured 10000, captured 10000, ${end}`);
    assert.deepEqual(differences, [{ payment, ours, theirs }]);
    await rows(`update payments set refund_asked = 0, refunded = 0 where id = '${payment}'`);
  });
});
