import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { command, contract, query } from "../contract/contract.ts";
import { start, type Seen } from "./testing.ts";

const shop = contract("shop", {
  find: query({
    input: z.object({
      number: z.number(),
      exact: z.boolean().optional(),
      tags: z.array(z.string()).optional(),
      since: z.date().optional(),
      text: z.string().optional(),
      page: z.number().nullable().optional(),
    }),
    output: z.any(),
    http: "GET /things/:number",
  }),
  list: query({ output: z.array(z.object({ id: z.number() })), http: "GET /list" }),
  comment: command({
    input: z.object({ number: z.number(), body: z.string(), at: z.date().optional() }),
    output: z.any(),
    http: "POST /things/:number/comments",
  }),
  remove: command({
    input: z.object({ number: z.number(), hard: z.boolean().optional() }),
    http: "DELETE /things/:number",
  }),
  rich: query({
    output: z.object({
      at: z.date(),
      big: z.bigint(),
      bytes: z.instanceof(Uint8Array),
      map: z.map(z.string(), z.date()),
      set: z.set(z.bigint()),
      nothing: z.null(),
      left: z.string().optional(),
    }),
    http: "GET /rich",
  }),
  put: command({
    input: z.object({
      at: z.date(),
      big: z.bigint(),
      bytes: z.instanceof(Uint8Array),
      map: z.map(z.number(), z.bigint()),
      set: z.set(z.date()),
    }),
    http: "PUT /rich",
  }),
  all: command({ input: z.array(z.number()), output: z.any(), http: "POST /all" }),
});

const echo = (input: unknown): unknown => input;
const json = { "content-type": "application/json" };

test("path and query text become the input's types, and what does not fit is left to the contract", async () => {
  await using edge = await start({ operations: [[shop.find, echo]] });
  const ask = async (path: string): Promise<unknown> => (await fetch(edge.url + path)).json();
  assert.deepEqual(await ask("/things/7?exact=true&tags=a&text=12&page=3"), {
    number: 7,
    exact: true,
    tags: ["a"],
    text: "12",
    page: 3,
  });
  assert.deepEqual(await ask("/things/7?tags=a&tags=%EA%B8%80&exact=false"), {
    number: 7,
    tags: ["a", "글"],
    exact: false,
  });
  assert.deepEqual(await ask("/things/x?exact=yes&page="), { number: "x", exact: "yes", page: "" });
  assert.deepEqual(await ask("/things/0x10?number=5"), { number: "0x10" }, "the path wins over the query string");
});

test("a date in a query string reaches the contract as a Date", async () => {
  let got: any;
  await using edge = await start({ operations: [[shop.find, (input) => void (got = input)]] });
  await fetch(`${edge.url}/things/1?since=2026-11-22T00:00:00.000Z`);
  assert.deepEqual(got.since, new Date("2026-11-22T00:00:00Z"));
});

test("a field called __proto__ stays a field and changes no prototype", async () => {
  let got: any;
  await using edge = await start({ operations: [[shop.find, (input) => void (got = input)]] });
  await fetch(`${edge.url}/things/1?__proto__=x&constructor=y`);
  assert.equal(Object.getPrototypeOf(got), Object.prototype);
  assert.equal(({} as any).x, undefined);
  assert.deepEqual(Object.keys(got).toSorted(), ["__proto__", "constructor", "number"]);
});

test("a body and the path together are the input, and the path wins", async () => {
  await using edge = await start({ operations: [[shop.comment, echo]] });
  const response = await fetch(`${edge.url}/things/7/comments`, {
    method: "POST",
    headers: json,
    body: JSON.stringify({ number: 9, body: "12", at: "2026-11-22T00:00:00.000Z" }),
  });
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type")!, /^application\/json/);
  assert.deepEqual(await response.json(), { number: 7, body: "12", at: "2026-11-22T00:00:00.000Z" });
});

test("numbers in a body are not read from text", async () => {
  await using edge = await start({ operations: [[shop.all, echo]] });
  const response = await fetch(`${edge.url}/all`, { method: "POST", headers: json, body: '["1", 2]' });
  assert.deepEqual(await response.json(), ["1", 2]);
});

test("an operation without a result answers 204, and DELETE takes its input from the address", async () => {
  let got: unknown;
  await using edge = await start({ operations: [[shop.remove, (input) => void (got = input)]] });
  const response = await fetch(`${edge.url}/things/3?hard=true`, { method: "DELETE", headers: json });
  assert.equal(response.status, 204);
  assert.equal(await response.text(), "");
  assert.deepEqual(got, { number: 3, hard: true });
});

test("values that JSON has no form for go out as plain JSON", async () => {
  const value = {
    at: new Date(0),
    big: 2n ** 70n,
    bytes: new Uint8Array([1, 2, 255]),
    map: new Map([["a", new Date(1)]]),
    set: new Set([1n]),
    nothing: null,
    left: undefined,
  };
  await using edge = await start({ operations: [[shop.rich, () => value]] });
  assert.deepEqual(await (await fetch(`${edge.url}/rich`)).json(), {
    at: "1970-01-01T00:00:00.000Z",
    big: "1180591620717411303424",
    bytes: "AQL/",
    map: { a: "1970-01-01T00:00:00.001Z" },
    set: ["1"],
    nothing: null,
  });
});

test("the same plain JSON is read back into those values", async () => {
  let got: unknown;
  await using edge = await start({ operations: [[shop.put, (input) => void (got = input)]] });
  const body = JSON.stringify({
    at: "1970-01-01T00:00:00.000Z",
    big: "1180591620717411303424",
    bytes: "AQL/",
    map: { 5: "7" },
    set: ["1970-01-01T00:00:00.001Z"],
  });
  const response = await fetch(`${edge.url}/rich`, { method: "PUT", headers: json, body });
  assert.equal(response.status, 204);
  assert.deepEqual(got, {
    at: new Date(0),
    big: 2n ** 70n,
    bytes: new Uint8Array([1, 2, 255]),
    map: new Map([[5, 7n]]),
    set: new Set([new Date(1)]),
  });
});

test("bearer, idempotency key and the operation's deadline reach the call; a query gets no key", async () => {
  const seen: Seen[] = [];
  const look = (_: unknown, one: Seen): void => void seen.push(one);
  await using edge = await start({
    operations: [
      [shop.remove, look],
      [shop.find, look],
    ],
  });
  const headers = { authorization: "Bearer abc.def", "idempotency-key": '"k-1"' };
  await fetch(`${edge.url}/things/3`, { method: "DELETE", headers });
  await fetch(`${edge.url}/things/3`, { headers });
  await fetch(`${edge.url}/things/3`, { method: "DELETE", headers: { authorization: "Basic eDp5" } });
  assert.deepEqual(
    seen.map(({ bearer, key, scope }) => [bearer, key, scope.deadlineMs]),
    [
      ["abc.def", "k-1", 1000],
      ["abc.def", "", 1000],
      ["", "", 1000],
    ],
  );
});

test("an idempotency key of more than 200 characters is refused", async () => {
  await using edge = await start({ operations: [[shop.remove, () => assert.fail("must not be called")]] });
  const response = await fetch(`${edge.url}/things/3`, {
    method: "DELETE",
    headers: { "idempotency-key": "k".repeat(201) },
  });
  assert.equal(response.status, 400);
  assert.match(((await response.json()) as any).detail, /201 characters/);
});

test("a naive topology has no deadline", async () => {
  let deadlineMs = 0;
  const list = (_: unknown, { scope }: Seen): unknown[] => ((deadlineMs = scope.deadlineMs), []);
  await using edge = await start({ guards: "naive", operations: [[shop.list, list]] });
  await fetch(`${edge.url}/list`);
  assert.equal(deadlineMs, Infinity);
});

test("the call's signal fires when the client goes away, and not when it got its answer", async () => {
  const gone = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const signals: AbortSignal[] = [];
  await using edge = await start({
    operations: [
      [shop.list, (_, { scope }) => (signals.push(scope.signal), [])],
      [
        shop.find,
        (_, { scope }) => {
          scope.signal.addEventListener("abort", () => gone.resolve());
          begun.resolve();
          return gone.promise;
        },
      ],
    ],
  });
  await (await fetch(`${edge.url}/list`)).text();
  const client = new AbortController();
  const answer = fetch(`${edge.url}/things/1`, { signal: client.signal });
  await begun.promise;
  client.abort();
  await assert.rejects(answer);
  await gone.promise;
  assert.equal(signals[0]!.aborted, false);
});

test("a traceparent is passed on when it is valid and ignored when it is not", async () => {
  const seen: string[] = [];
  await using edge = await start({ operations: [[shop.list, (_, { scope }) => (seen.push(scope.traceparent), [])]] });
  const good = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;
  const future = `cc-${"a".repeat(32)}-${"b".repeat(16)}-01-what-comes`;
  const bad = [
    "x",
    good.toUpperCase(),
    `ff${good.slice(2)}`,
    `${good}-more`,
    `00-${"0".repeat(32)}-${"b".repeat(16)}-01`,
  ];
  for (const traceparent of [good, future, ...bad]) await fetch(`${edge.url}/list`, { headers: { traceparent } });
  await fetch(`${edge.url}/list`);
  assert.deepEqual(seen, [good, good, "", "", "", "", "", ""]);
});

test("anyone's script may read a GET route, and a preflight says so", async () => {
  await using edge = await start({
    operations: [
      [shop.list, () => []],
      [shop.find, echo],
      [shop.remove, echo],
    ],
  });
  const origin = "http://elsewhere.example";
  const response = await fetch(`${edge.url}/list`, { headers: { origin } });
  assert.equal(response.headers.get("access-control-allow-origin"), "*");
  assert.equal(response.headers.get("access-control-allow-credentials"), null);
  const preflight = (method: string): Promise<Response> =>
    fetch(`${edge.url}/things/1`, { method: "OPTIONS", headers: { origin, "access-control-request-method": method } });
  const reading = await preflight("GET");
  assert.equal(reading.status, 204);
  assert.equal(reading.headers.get("access-control-allow-origin"), "*");
  assert.equal(reading.headers.get("allow"), "GET, DELETE, HEAD, OPTIONS");
  assert.equal((await preflight("DELETE")).headers.get("access-control-allow-origin"), null);
  const removed = await fetch(`${edge.url}/things/1`, { method: "DELETE", headers: { origin } });
  assert.equal(removed.headers.get("access-control-allow-origin"), null);
});

test("a problem of a GET route can be read by other origins too", async () => {
  await using edge = await start({ operations: [[shop.list, () => Promise.reject(new Error("x"))]] });
  const response = await fetch(`${edge.url}/list`, { headers: { origin: "http://elsewhere.example" } });
  assert.equal(response.status, 500);
  assert.equal(response.headers.get("access-control-allow-origin"), "*");
});

test("an unchanged answer is 304, and a long one is compressed when the client can read it", async () => {
  const list = Array.from({ length: 200 }, (_, id) => ({ id }));
  await using edge = await start({ operations: [[shop.list, () => list]] });
  const first = await fetch(`${edge.url}/list`, { headers: { "accept-encoding": "gzip;q=0.5, br" } });
  assert.equal(first.headers.get("content-encoding"), "br");
  assert.match(first.headers.get("vary")!, /accept-encoding/);
  assert.deepEqual(await first.json(), list);
  const plain = await fetch(`${edge.url}/list`, { headers: { "accept-encoding": "identity" } });
  assert.equal(plain.headers.get("content-encoding"), null);
  assert.deepEqual(await plain.json(), list);
  const etag = first.headers.get("etag")!;
  const again = await fetch(`${edge.url}/list`, { headers: { "if-none-match": etag } });
  assert.equal(again.status, 304);
});

test("HEAD answers like GET, without the body", async () => {
  await using edge = await start({ operations: [[shop.list, () => [{ id: 1 }]]] });
  const response = await fetch(`${edge.url}/list`, { method: "HEAD" });
  assert.equal(response.status, 200);
  assert.equal(await response.text(), "");
});
