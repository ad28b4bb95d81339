import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, request as httpRequest } from "node:http";
import { connect } from "node:net";
import { test } from "node:test";
import { z } from "zod";
import { contract, query } from "../contract/contract.ts";
import { start } from "./testing.ts";

const shop = contract("shop", {
  slow: query({ output: z.array(z.string()), http: "GET /slow" }),
  one: query({ input: z.object({ a: z.string() }), http: "GET /things/:a" }),
});
const twin = contract("twin", { same: query({ input: z.object({ b: z.string() }), http: "GET /things/:b" }) });

test("a port that is taken is named together with the remedy", async () => {
  await using edge = await start({});
  await assert.rejects(start({}, { port: edge.port }), (error: any) => {
    assert.equal(error.code, "port_in_use");
    assert.match(error.message, new RegExp(`port ${edge.port} .*--port`));
    assert.deepEqual(error.data, { port: edge.port });
    return true;
  });
});

test("two operations with one route are refused by name", async () => {
  const same = start({
    operations: [
      [shop.one, () => null],
      [twin.same, () => null],
    ],
  });
  await assert.rejects(same, { code: "app_invalid", message: /shop\.one and twin\.same/ });
});

test("a port comes to answer other routes while a request is in hand, and remains as it was where they clash", async () => {
  const begun = Promise.withResolvers<void>();
  const go = Promise.withResolvers<string[]>();
  const slow = [shop.slow, () => (begun.resolve(), go.promise)] as const;
  await using edge = await start({ operations: [slow] });
  const inHand = fetch(`${edge.url}/slow`);
  await begun.promise;
  assert.equal((await fetch(`${edge.url}/things/1`)).status, 404);
  await edge.renew({ operations: [slow, [twin.same, () => undefined]] });
  assert.equal((await fetch(`${edge.url}/things/1`)).status, 204);
  const clash = edge.renew({
    operations: [
      [shop.one, () => null],
      [twin.same, () => null],
    ],
  });
  await assert.rejects(clash, { code: "app_invalid" });
  assert.equal((await fetch(`${edge.url}/things/1`)).status, 204);
  go.resolve(["done"]);
  assert.deepEqual(await (await inHand).json(), ["done"]);
});

test("livez checks nothing; readyz says which part is degraded, and fails only when not ready", async () => {
  const health = { ready: true, parts: { board: "ready", comments: "its database is away" } };
  await using edge = await start({ health });
  const live = await fetch(`${edge.url}/livez`);
  assert.deepEqual([live.status, await live.text()], [200, "ok"]);
  const ready = await fetch(`${edge.url}/readyz`);
  assert.equal(ready.status, 200);
  assert.deepEqual(await ready.json(), { status: "degraded", process: "web", parts: health.parts });
  health.ready = false;
  const not = await fetch(`${edge.url}/readyz`);
  assert.equal(not.status, 503);
  assert.equal(((await not.json()) as any).status, "not ready");
  assert.equal((await fetch(`${edge.url}/livez`)).status, 200);
});

test("closing finishes requests in hand and is not held up by idle connections", async () => {
  const begun = Promise.withResolvers<void>();
  const go = Promise.withResolvers<string[]>();
  await using edge = await start({ operations: [[shop.slow, () => (begun.resolve(), go.promise)]] });
  const agent = new Agent({ keepAlive: true });
  const idle = connect(edge.port, "127.0.0.1");
  await once(idle, "connect");
  try {
    const request = httpRequest(`${edge.url}/slow`, { agent }).end();
    await begun.promise;
    const closed = edge.close(60_000);
    const again = edge.close(60_000);
    await assert.rejects(fetch(`${edge.url}/livez`), "no new connection is taken");
    go.resolve(["done"]);
    const [response] = await once(request, "response");
    assert.equal(response.statusCode, 200);
    let text = "";
    for await (const chunk of response) text += String(chunk);
    assert.equal(text, '["done"]');
    await Promise.all([closed, again]);
  } finally {
    agent.destroy();
    idle.destroy();
  }
});

test("a request that outlives the deadline is cut, and its signal fires", async () => {
  const begun = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<never>();
  const slow = (_: unknown, { scope }: { scope: { signal: AbortSignal } }): Promise<never> => {
    scope.signal.addEventListener("abort", () => gone.reject(new Error("given up")));
    begun.resolve();
    return gone.promise;
  };
  await using edge = await start({ operations: [[shop.slow, slow]] });
  const cut = assert.rejects(fetch(`${edge.url}/slow`));
  await begun.promise;
  await edge.close(30);
  await cut;
  await assert.rejects(gone.promise, /given up/);
});
