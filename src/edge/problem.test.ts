import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { z } from "zod";
import { command, contract, query } from "../contract/contract.ts";
import { CallError, transportError, type TransportCode } from "../contract/errors.ts";
import { logInto, start, type Line } from "./testing.ts";

const shop = contract("shop", {
  buy: command({
    input: z.object({ item: z.string() }),
    errors: {
      soldOut: z.object({ left: z.bigint() }),
      notFound: z.object({}),
      itemNotFound: z.object({}),
      forbidden: z.object({}),
      signInNeeded: z.object({}),
      tooManyAttempts: z.object({ retryAfterSeconds: z.number() }),
    },
    http: "POST /buy",
  }),
  list: query({ output: z.array(z.string()), http: "GET /list" }),
});
const operation = "shop.buy";

async function buy(
  error: unknown,
  headers: Record<string, string> = {},
): Promise<{ response: Response; body: any; lines: Line[] }> {
  const lines: Line[] = [];
  await using edge = await start({
    operations: [[shop.buy, () => Promise.reject(error as Error)]],
    log: logInto(lines),
  });
  const response = await fetch(`${edge.url}/buy?secret=1`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/html,*/*;q=0.8", ...headers },
    body: '{"item":"x"}',
  });
  assert.match(
    response.headers.get("content-type")!,
    /^application\/problem\+json/,
    "a contract's route never answers with HTML",
  );
  return { response, body: await response.json(), lines };
}

test("a declared error is a problem of its own type, with its data", async () => {
  const traceId = "c".repeat(32);
  const error = new CallError("contract", "soldOut", "shop.buy: soldOut", { operation, data: { left: 0n }, traceId });
  const { response, body } = await buy(error);
  assert.equal(response.status, 409);
  assert.deepEqual(body, {
    type: "/problems/shop.buy.soldOut",
    title: "Sold out",
    status: 409,
    detail: "shop.buy: soldOut",
    code: "soldOut",
    instance: "/buy",
    traceId,
    data: { left: "0" },
  });
  assert.equal(response.headers.get("x-trace-id"), traceId);
  assert.equal(response.headers.get("cache-control"), "no-store");
});

test("declared errors get the status that their code speaks of", async () => {
  const statuses = { notFound: 404, itemNotFound: 404, forbidden: 403, signInNeeded: 401, tooManyAttempts: 429 };
  for (const [code, status] of Object.entries(statuses)) {
    const data = code === "tooManyAttempts" ? { retryAfterSeconds: 12 } : {};
    const { response } = await buy(new CallError("contract", code, code, { operation, data }));
    assert.equal(response.status, status, code);
    assert.equal(response.headers.get("retry-after"), code === "tooManyAttempts" ? "12" : null);
    assert.equal(response.headers.get("www-authenticate"), code === "signInNeeded" ? "Bearer" : null);
  }
});

test("transport errors get their statuses, and only what the client sent is spoken of", async () => {
  const statuses = {
    invalid: 400,
    denied: 403,
    overloaded: 503,
    unavailable: 503,
    deadline_exceeded: 504,
    cancelled: 499,
    internal: 500,
  } satisfies Record<TransportCode, number>;
  for (const [code, status] of Object.entries(statuses)) {
    const error = transportError(code as TransportCode, "item: expected string at unix:/x", {
      operation,
      data: { field: "item" },
    });
    const { response, body } = await buy(error, { authorization: "Bearer t" });
    assert.equal(response.status, status, code);
    assert.equal(body.type, `/problems/${code}`);
    assert.equal(response.headers.get("retry-after"), status === 503 ? "1" : null);
    const told = code === "invalid" || code === "denied";
    assert.equal(JSON.stringify(body).includes("unix:/x"), told, code);
    assert.deepEqual(body.data, told ? { field: "item" } : undefined);
  }
});

test("denied to someone without a bearer is 401 that says how to sign in", async () => {
  const { response, body } = await buy(transportError("denied", "sign in", { operation }));
  assert.equal(response.status, 401);
  assert.equal(response.headers.get("www-authenticate"), "Bearer");
  assert.equal(body.code, "denied");
});

test("an unknown error leaks nothing, and its trace id leads to the logged cause", async () => {
  const cause = new TypeError("password=hunter2");
  const traceparent = `00-${"d".repeat(32)}-${"e".repeat(16)}-01`;
  const { response, body, lines } = await buy(cause, { traceparent });
  assert.equal(response.status, 500);
  assert.equal(JSON.stringify(body).includes("hunter2"), false);
  assert.equal(body.traceId, "d".repeat(32));
  const logged = lines.filter(({ level }) => level === "error");
  assert.equal(logged.length, 1);
  assert.equal(logged[0]!.fields.traceId, body.traceId);
  assert.equal(logged[0]!.fields.err, cause);
  assert.equal(logged[0]!.fields.path, "/buy");
});

test("an error that brings a 5xx status of its own is internal as well", async () => {
  const { response, body } = await buy(Object.assign(new Error("secret"), { statusCode: 502 }));
  assert.equal(response.status, 500);
  assert.equal(body.code, "internal");
  assert.match(body.traceId, /^[0-9a-f]{32}$/, "even where nobody began a trace");
});

test("each request is one debug line, without its query string; client errors are no error lines", async () => {
  const { lines } = await buy(transportError("invalid", "x", { operation }));
  assert.deepEqual(
    lines.map(({ level, fields }) => [level, fields.method, fields.path, fields.status]),
    [["debug", "POST", "/buy", 400]],
  );
});

test("bodies that are malformed, too large or not JSON are refused before the call", async () => {
  await using edge = await start({ operations: [[shop.buy, () => assert.fail("must not be called")]] });
  const post = async (type: string, body: string): Promise<[number, string]> => {
    const response = await fetch(`${edge.url}/buy`, { method: "POST", headers: { "content-type": type }, body });
    assert.match(response.headers.get("content-type")!, /^application\/problem\+json/);
    const problem = (await response.json()) as any;
    assert.equal(problem.type, `/problems/${problem.code}`);
    return [response.status, problem.code];
  };
  assert.deepEqual(await post("application/json", '{"item":'), [400, "malformed"]);
  assert.deepEqual(await post("application/json", '{"__proto__":{"a":1}}'), [400, "malformed"]);
  assert.deepEqual(await post("application/json", JSON.stringify({ item: "x".repeat(1024 * 1024) })), [
    413,
    "too_large",
  ]);
  assert.deepEqual(await post("text/plain", '{"item":"x"}'), [415, "unsupported_media_type"]);
  assert.deepEqual(await post("application/x-www-form-urlencoded", "item=x"), [415, "unsupported_media_type"]);
});

test("an unknown or malformed address is a problem for programs and a page for people", async () => {
  await using edge = await start({ operations: [[shop.list, () => []]] });
  const browser = { accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8" };
  for (const [path, status] of [
    ["/nowhere", 404],
    ["/%zz", 400],
  ] as const) {
    const program = await fetch(edge.url + path);
    assert.equal(program.status, status);
    assert.match(program.headers.get("content-type")!, /^application\/problem\+json/);
    assert.equal(((await program.json()) as any).status, status);
    const person = await fetch(edge.url + path, { headers: browser });
    assert.equal(person.status, status);
    assert.match(person.headers.get("content-type")!, /^text\/html/);
    assert.match(person.headers.get("content-security-policy")!, /default-src 'none'/);
    assert.match(await person.text(), /<html lang="ko">/);
  }
  const both = await fetch(`${edge.url}/nowhere`, { headers: { accept: "application/json, text/html;q=0.5" } });
  assert.match(both.headers.get("content-type")!, /^application\/problem\+json/);
});

test("what is not HTTP, or too much of it, is refused with a problem", async () => {
  await using edge = await start({});
  const send = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      let answer = "";
      const socket = connect(edge.port, "127.0.0.1", () => socket.write(text));
      socket.on("data", (chunk) => (answer += String(chunk)));
      socket.on("close", () => resolve(answer)).on("error", reject);
    });
  assert.match(await send("nonsense\r\n\r\n"), /^HTTP\/1\.1 400 [^]*application\/problem\+json[^]*"code":"malformed"/);
  const long = `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${"x".repeat(20_000)}\r\n\r\n`;
  assert.match(await send(long), /^HTTP\/1\.1 431 [^]*"code":"headers_too_large"/);
});

test("the type of every problem leads to an explanation", async () => {
  await using edge = await start({ operations: [[shop.buy, () => null]] });
  const declared = (await (await fetch(`${edge.url}/problems/shop.buy.soldOut`)).json()) as any;
  assert.equal(declared.status, 409);
  assert.deepEqual(declared.data.properties.left, { type: "string", pattern: "^-?[0-9]+$" });
  assert.equal(((await (await fetch(`${edge.url}/problems/unavailable`)).json()) as any).status, 503);
  assert.equal(((await (await fetch(`${edge.url}/problems/too_large`)).json()) as any).status, 413);
  const page = await fetch(`${edge.url}/problems/overloaded`, { headers: { accept: "text/html" } });
  assert.match(await page.text(), /<h1>Overloaded<\/h1>/);
  for (const unknown of ["nothing", "shop.buy.constructor", "constructor", "shop.buy"])
    assert.equal((await fetch(`${edge.url}/problems/${unknown}`)).status, 404, unknown);
});
