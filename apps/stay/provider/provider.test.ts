import assert from "node:assert/strict";
import { randomBytes, randomUUIDv7 } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, test } from "node:test";
import type { ProgramHost, StartedProgram } from "seamline";
import { Books } from "./books.ts";
import { apiKey, signatureOf, type Charge, type ChargePage, type Webhook } from "./contract.ts";
import provider from "./provider.ts";

const secret = randomBytes(32);
const log = { debug() {}, info() {}, warn() {}, error: console.error };
let directory: string;
let started: StartedProgram;
let listener: Awaited<ReturnType<typeof listen>>;

beforeEach(async () => {
  directory = await mkdtemp("/dev/shm/provider-");
  listener = await listen();
  started = await start();
});
afterEach(async () => {
  await started.close();
  await listener.close();
  await rm(directory, { recursive: true, force: true });
});

function start(): Promise<StartedProgram> {
  const host: ProgramHost = {
    name: "payment-provider",
    directory,
    secret,
    port: 0,
    urlOf: () => listener.url,
    log,
    now: () => new Date(),
    signal: new AbortController().signal,
  };
  return provider.start(host);
}

/** Somebody to be told: keeps what comes, and refuses as long as it is told to. */
async function listen() {
  const taken: Webhook[] = [];
  const state = { refuse: false };
  const server = createServer((request, response) => {
    void request.toArray().then((pieces) => {
      if (!state.refuse) taken.push(JSON.parse(pieces.join("")) as Webhook);
      response.writeHead(state.refuse ? 503 : 200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { taken, state, close, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

interface Given {
  readonly key?: string;
  readonly body?: unknown;
  readonly authorization?: string;
  readonly timeoutMs?: number;
}

async function ask<T>(method: string, path: string, given: Given = {}): Promise<{ status: number; body: T }> {
  const { key, body, timeoutMs = 5000, authorization = `Bearer ${apiKey(secret)}` } = given;
  const response = await fetch(`http://127.0.0.1:${started.port}${path}`, {
    method,
    headers: {
      authorization,
      ...(key && { "idempotency-key": key }),
      ...(body !== undefined && { "content-type": "application/json" }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(timeoutMs),
  });
  return { status: response.status, body: (await response.json()) as T };
}

const order = (payment: string, more: object = {}) => ({
  payment,
  amount: 5000,
  card: "card-ok",
  reference: "TEST",
  ...more,
});
const authorize = (payment: string, more?: object) =>
  ask<Charge & { error: string }>("POST", "/authorize", { key: `${payment}:authorize`, body: order(payment, more) });
const move = (operation: string, payment: string, more: object = {}, key = `${payment}:${operation}`) =>
  ask<Charge & { error: string }>("POST", `/${operation}`, { key, body: { payment, ...more } });
const faults = (settings: object) => ask("PUT", "/simulator", { body: settings });

async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 10_000; !holds(); await new Promise((resolve) => setTimeout(resolve, 10)))
    assert.ok(Date.now() < end, "waited 10 s in vain");
}

test("money is set aside, taken, and given back up to what was taken", async () => {
  const payment = randomUUIDv7();
  assert.equal((await authorize(payment)).body.state, "authorized");
  assert.deepEqual((await move("refund", payment, { amount: 1 })).body, { error: "payment_is_authorized" });
  assert.equal((await move("capture", payment)).body.captured, 5000);
  assert.equal((await move("void", payment)).status, 422);
  assert.equal((await move("refund", payment, { amount: 3000 }, "a")).body.refunded, 3000);
  assert.deepEqual((await move("refund", payment, { amount: 2001 }, "b")).body, { error: "more_than_captured" });
  assert.equal((await move("refund", payment, { amount: 2000 }, "c")).body.refunded, 5000);
});

test("cards say what becomes of them, and a card that nobody knows is declined", async () => {
  for (const [card, state, reason] of [
    ["card-declined", "declined", "card_declined"],
    ["card-no-funds", "declined", "insufficient_funds"],
    ["4242424242424242", "declined", "unknown_card"],
    ["constructor", "declined", "unknown_card"],
    ["card-slow", "authorized", null],
  ] as const) {
    const { body } = await authorize(randomUUIDv7(), { card });
    assert.deepEqual([body.state, body.reason], [state, reason]);
  }
  const payment = randomUUIDv7();
  await authorize(payment, { card: "card-lapses" });
  assert.equal((await move("capture", payment)).body.state, "lapsed");
});

test("one key is one request: the same answer after a restart, and no other body", async () => {
  const payment = randomUUIDv7();
  const first = await authorize(payment);
  await move("capture", payment);
  await started.close();
  started = await start();
  assert.deepEqual(await authorize(payment), first);
  assert.deepEqual((await authorize(payment, { amount: 6000 })).body, { error: "key_reused" });
  assert.equal((await ask("POST", "/authorize", { body: order(payment) })).status, 400);
  assert.equal((await move("authorize", payment, order(payment), "another key")).body.error, "payment_exists");
});

test("what was done and never answered can be asked for by its key", async () => {
  await faults({ timeoutAfterCharge: 1 });
  const payment = randomUUIDv7();
  const key = `${payment}:authorize`;
  const asked = ask("POST", "/authorize", { key, body: order(payment), timeoutMs: 300 });
  await assert.rejects(asked, { name: "TimeoutError" });
  assert.equal((await ask<Charge>("GET", `/requests/${key}`)).body.state, "authorized");
});

test("an error before the charge leaves nothing but the right to try again", async () => {
  await faults({ errorBeforeCharge: 1 });
  const payment = randomUUIDv7();
  assert.equal((await authorize(payment)).status, 500);
  assert.equal((await ask("GET", `/requests/${payment}:authorize`)).status, 404);
  await faults({});
  assert.equal((await authorize(payment)).body.state, "authorized");
});

test("an outage answers nothing, and outlives a restart", async () => {
  await faults({ outage: true });
  await started.close();
  started = await start();
  assert.equal((await authorize(randomUUIDv7())).status, 503);
  assert.equal((await ask("GET", "/livez")).status, 503);
  await faults({});
  assert.equal((await ask("GET", "/livez")).status, 200);
});

test("chance is the same for the same seed, whatever the order", async () => {
  await faults({ decline: 0.5, seed: 7 });
  const ids = Array.from({ length: 20 }, () => randomUUIDv7());
  const states = await Promise.all(ids.map(async (id) => (await authorize(id)).body.state));
  assert.deepEqual(new Set(states), new Set(["authorized", "declined"]));
  await started.close();
  await rm(directory, { recursive: true });
  started = await start();
  await faults({ decline: 0.5, seed: 7 });
  for (const [index, id] of [...ids.entries()].toReversed())
    assert.equal((await authorize(id)).body.state, states[index]);
});

test("only who shares the secret is answered", async () => {
  for (const authorization of ["", "Bearer x", `Bearer ${apiKey(randomBytes(32))}`])
    assert.equal((await ask("GET", "/charges", { authorization })).status, 401);
});

test("webhooks are signed, and sent until they are taken, over a restart too", async () => {
  listener.state.refuse = true;
  const payment = randomUUIDv7();
  await authorize(payment);
  await started.close();
  listener.state.refuse = false;
  started = await start();
  await until(() => listener.taken.length > 0);
  const [hook] = listener.taken;
  assert.deepEqual([hook!.type, hook!.payment], ["charge.authorized", payment]);
  assert.equal(hook!.signature, signatureOf(secret, hook!));
});

test("webhooks come twice, or never, as they are told to", async () => {
  await faults({ webhooks: { duplicate: 1 } });
  const [first, second] = [randomUUIDv7(), randomUUIDv7()];
  await authorize(first);
  await until(() => listener.taken.length === 2);
  assert.equal(listener.taken[0]!.id, listener.taken[1]!.id);
  await faults({ webhooks: { lose: 1 } });
  await authorize(second);
  await faults({});
  await move("capture", second);
  await until(() => listener.taken.length === 3);
  assert.equal(listener.taken[2]!.type, "charge.captured");
});

test("charges are listed in pages, each once", async () => {
  const ids = Array.from({ length: 230 }, () => randomUUIDv7());
  await Promise.all(ids.map((id) => authorize(id)));
  const first = (await ask<ChargePage>("GET", "/charges")).body;
  const second = (await ask<ChargePage>("GET", `/charges?after=${first.next}`)).body;
  assert.equal(second.next, null);
  assert.deepEqual(
    [...first.charges, ...second.charges].map(({ payment }) => payment),
    ids.toSorted(),
  );
});

test("charges that were made elsewhere are taken over, once, and can be given back", async () => {
  const payment = randomUUIDv7();
  const made = { payment, amount: 700, state: "captured", reason: null, captured: 700, refunded: 0 } as const;
  const books = new Books(directory);
  books.take([{ ...made, at: new Date().toISOString() }]);
  books.take([{ ...made, amount: 1, captured: 1, at: new Date().toISOString() }]);
  books.close();
  assert.equal((await move("refund", payment, { amount: 700 })).body.refunded, 700);
});

test("its page shows the charges and the switches, in two languages, and takes no form of another site", async () => {
  const payment = randomUUIDv7();
  await authorize(payment);
  const url = `http://127.0.0.1:${started.port}/`;
  const get = async (language: string): Promise<string> =>
    (await fetch(url, { headers: { "accept-language": language } })).text();
  assert.match(await get("ko-KR"), new RegExp(`모의 프로그램[^]*${payment}`));
  assert.match(await get("en-US"), /Simulated payment provider/);
  const form = (origin: string) =>
    fetch(url, { method: "POST", headers: { origin }, body: new URLSearchParams({ outage: "on", decline: "0.25" }) });
  assert.equal((await form("https://evil.example")).status, 403);
  assert.equal((await form(url.slice(0, -1))).status, 200);
  const set = (await ask<{ outage: boolean; decline: number }>("GET", "/simulator")).body;
  assert.deepEqual([set.outage, set.decline], [true, 0.25]);
});
