import assert from "node:assert/strict";
import { test } from "node:test";
import { CallError } from "seamline";
import fixture from "../fixtures/app.ts";
import { eachPlacement, type TestApp } from "../suites/placements.ts";

/** One semantics in every topology: each claim holds joined, through the codec with calls doubled, and between processes. */

const anna = { id: "u1", name: "Anna", roles: ["member"] };

async function failureOf(call: Promise<unknown>): Promise<CallError> {
  try {
    await call;
  } catch (error) {
    assert.ok(error instanceof CallError, `not a CallError: ${String(error)}`);
    return error;
  }
  throw new Error("the call succeeded");
}

eachPlacement(fixture, import.meta.resolve("../fixtures/app.ts"), (running: () => TestApp) => {
  test("a call gives what the handler gave", async () => {
    const { inventory } = running().context;
    assert.deepEqual(await inventory.put({ id: "tea", stock: 3 }), { id: "tea", stock: 3 });
    assert.deepEqual(await inventory.get({ id: "tea" }), { id: "tea", stock: 3 });
  });

  test("a declared error arrives with its code and its typed data", async () => {
    const error = await failureOf(running().context.inventory.get({ id: "nothing" }));
    assert.equal(error.origin, "contract");
    assert.equal(error.code, "missing");
    assert.deepEqual(error.data, { id: "nothing" });
    assert.equal(error.operation, "inventory.get");
    const rich = await failureOf(running().context.values.failing());
    assert.deepEqual(rich.data, { at: new Date(7), n: 1 });
  });

  test("an undeclared failure is internal, tells a trace id and nothing of its cause", async () => {
    for (const how of ["throws", "rejects", "type", "result"] as const) {
      const error = await failureOf(running().context.inventory.breaks({ how }));
      assert.equal(error.code, "internal", how);
      assert.equal(error.origin, "transport");
      assert.match(error.traceId, /^[0-9a-f]{32}$/);
      assert.doesNotMatch(JSON.stringify([error.message, error.data]), /secret|nothing of|unexpected/);
    }
  });

  test("input that does not fit is invalid and names the field", async () => {
    const error = await failureOf(running().context.inventory.put({ id: "x", stock: -1 }));
    assert.equal(error.code, "invalid");
    assert.match(error.message, /inventory\.put.*stock/);
    assert.deepEqual(error.data, { path: "input.stock" });
  });

  test("who asks is told to the callee, through every seam", async () => {
    const asked = await running().as(anna).orders.whoAsksInside();
    assert.equal(asked.module, "orders");
    assert.equal(asked.user, "Anna");
    assert.equal((await running().context.orders.whoAsksInside()).user, null);
  });

  test("one request has one trace", async () => {
    const context = running().context;
    const one = await context.inventory.whoAsks();
    const other = await context.orders.whoAsksInside();
    assert.equal(one.traceId, context.traceId);
    assert.equal(other.traceId, context.traceId);
  });

  test("a call ends with its deadline, and the handler's signal fires", async () => {
    const { inventory } = running().context;
    const before = await inventory.aborts();
    const error = await failureOf(inventory.sleep({ ms: 5000 }));
    assert.equal(error.code, "deadline_exceeded");
    await until(async () => (await inventory.aborts()) > before);
  });

  test("a caller may give less time than the contract, never more", async () => {
    const { inventory } = running().context;
    assert.equal((await failureOf(inventory.sleep({ ms: 250 }, { deadlineMs: 50 }))).code, "deadline_exceeded");
    assert.equal((await failureOf(inventory.sleep({ ms: 2000 }, { deadlineMs: 60_000 }))).code, "deadline_exceeded");
  });

  test("the time that is left travels with the call", async () => {
    const error = await failureOf(running().context.orders.sleepInside({ ms: 290 }));
    assert.equal(error.code, "deadline_exceeded");
  });

  test("a caller may give up, and the callee is told, through every seam", async () => {
    const { inventory, orders } = running().context;
    for (const asked of [inventory.sleep.bind(inventory), orders.sleepInside.bind(orders)]) {
      const before = await inventory.aborts();
      const controller = new AbortController();
      const call = asked({ ms: 5000 }, { signal: controller.signal });
      await new Promise((resolve) => setTimeout(resolve, 60));
      controller.abort();
      assert.equal((await failureOf(call)).code, "cancelled");
      await until(async () => (await inventory.aborts()) > before);
    }
  });

  test("a command under one key has one effect and one result, however often it is sent", async () => {
    const { inventory } = running().context;
    await inventory.put({ id: "once", stock: 10 });
    const key = crypto.randomUUID();
    const results = await Promise.all([1, 2, 3].map(() => inventory.take({ id: "once", n: 2 }, { key })));
    assert.deepEqual(results, [{ left: 8 }, { left: 8 }, { left: 8 }]);
    assert.deepEqual(await inventory.take({ id: "once", n: 2 }, { key }), { left: 8 });
    assert.equal((await inventory.get({ id: "once" })).stock, 8);
  });

  test("a key that was used for another question is refused", async () => {
    const { inventory } = running().context;
    const key = crypto.randomUUID();
    await inventory.put({ id: "one", stock: 1 }, { key });
    assert.equal((await failureOf(inventory.put({ id: "two", stock: 1 }, { key }))).code, "invalid");
  });

  test("one user's key does not bring up another user's result", async () => {
    const key = crypto.randomUUID();
    await running().as(anna).inventory.put({ id: "hers", stock: 1 }, { key });
    const other = running().as({ ...anna, id: "u2" });
    assert.deepEqual(await other.inventory.put({ id: "his", stock: 2 }, { key }), { id: "his", stock: 2 });
  });

  test("commands inside a command are done once when the outer one is repeated", async () => {
    const { inventory, orders } = running().context;
    await inventory.put({ id: "nested", stock: 5 });
    const key = crypto.randomUUID();
    const first = await orders.place({ item: "nested", n: 2 }, { key });
    const again = await orders.place({ item: "nested", n: 2 }, { key });
    assert.deepEqual(again, first);
    assert.equal((await inventory.get({ id: "nested" })).stock, 3);
    const placed = (await orders.list()).filter(({ item }: { item: string }) => item === "nested");
    assert.equal(placed.length, 1);
  });

  test("a command that fails leaves nothing", async () => {
    const { orders } = running().context;
    assert.equal((await failureOf(orders.note({ text: "undone", fail: true }))).code, "failed");
    await orders.note({ text: "kept", fail: false });
    const seen = await orders.seen();
    assert.ok(seen.includes("kept") && !seen.includes("undone"));
  });

  test("events reach the subscriber once, in the order of their key", async () => {
    const { inventory, orders } = running().context;
    await inventory.put({ id: "told", stock: 100 });
    for (let n = 1; n <= 10; n++) await inventory.take({ id: "told", n });
    await running().settled();
    const told = (await orders.seen()).filter((text: string) => text.startsWith("told "));
    assert.deepEqual(
      told,
      Array.from({ length: 10 }, (_, index) => `told ${index + 1} 0`),
    );
  });

  test("asking another module while the transaction is open is refused", async () => {
    assert.equal((await failureOf(running().context.orders.asksWhileOpen())).code, "internal");
  });

  test("an operation may be taken from its client and passed around", async () => {
    const { whoAsks } = running().context["inventory"];
    assert.equal((await whoAsks()).module, "edge");
  });

  test("a stray rejection harms nobody", async () => {
    if (running().placement !== "processes") return; // The test runner itself takes a stray rejection for a failure.
    const { inventory } = running().context;
    await inventory.breaks({ how: "stray" }).catch(() => {});
    assert.equal((await inventory.whoAsks()).user, null);
  });

  test("values do not alias: what either side changes later, the other does not see", async () => {
    const { values } = running().context;
    const given = { text: "given", number: 1, list: ["a"] };
    const got = await values.keepsAndChanges(given);
    assert.deepEqual(given, { text: "given", number: 1, list: ["a"] });
    assert.deepEqual(got.list, ["a", "pushed by the callee"]);
    given.text = "changed by the caller";
    const next = await values.keepsAndChanges({ text: "next", number: 2, list: [] });
    assert.equal(got.text, "given");
    assert.equal(next.text, "next");
  });
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 5000;
  while (!(await condition())) {
    assert.ok(Date.now() < end, "waited 5 s in vain");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
