import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { command, contract, event, eventsOf, isContract, isError, nameOf, operationsOf, query } from "./contract.ts";
import { CallError, isAbsence, SeamlineError, transportError } from "./errors.ts";

const refused = (make: () => unknown, pattern: RegExp): void => {
  assert.throws(make, (error: unknown) => {
    assert.ok(error instanceof SeamlineError);
    assert.equal(error.code, "contract_invalid");
    assert.match(error.message, pattern);
    return true;
  });
};

test("a contract knows its name, its operations and its events", () => {
  const shop = contract("shop", { get: query({}), put: command({}), sold: event(z.object({ id: z.string() })) });
  assert.equal(nameOf(shop), "shop");
  assert.ok(isContract(shop));
  assert.deepEqual(
    operationsOf(shop).map(({ module, name }) => `${module}.${name}`),
    ["shop.get", "shop.put"],
  );
  assert.deepEqual(
    eventsOf(shop).map(({ module, name }) => `${module}.${name}`),
    ["shop.sold"],
  );
  assert.equal(shop.get.deadlineMs, 1000);
});

test("what is not well formed is refused with the contract, the field and the remedy", () => {
  refused(() => contract("Shop", {}), /contract "Shop": the name must be lower-case/);
  refused(() => contract("shop", { "Get it": query({}) }), /"Get it" must be camelCase/);
  refused(() => contract("shop", { get: query({ deadlineMs: 0 }) }), /"get"\.deadlineMs is 0; it must be a positive/);
  refused(
    () => contract("shop", { get: query({ http: "FETCH /x" as never }) }),
    /"get"\.http is "FETCH \/x"; it must look like/,
  );
  refused(
    () => contract("shop", { put: command({ http: "GET /x" }) }),
    /"put" is a command, so its http must not be GET/,
  );
  refused(
    () => contract("shop", { a: query({ http: "GET /x" }), b: query({ http: "GET /x" }) }),
    /"b" and "a" have the same http route/,
  );
  refused(
    () => contract("shop", { get: query({ errors: { "not found": z.object({}) } }) }),
    /"get"\.errors has "not found"/,
  );
  refused(() => contract("shop", { on: query({}) } as never), /"on" is a word of module\(\)/);
  refused(() => contract("shop", { get: 5 } as never), /"get" must be made by query\(\), command\(\) or event\(\)/);
});

test("a declared error is told apart from another operation's error with the same code", () => {
  const shop = contract("shop", {
    get: query({ errors: { missing: z.object({ id: z.string() }) } }),
    put: query({ errors: { missing: z.object({ id: z.string() }) } }),
  });
  const error = new CallError("contract", "missing", "…", { operation: "shop.get", data: { id: "1" } });
  assert.ok(isError(error, shop.get, "missing"));
  assert.ok(!isError(error, shop.put, "missing"));
  assert.ok(!isError(transportError("internal", "…", { operation: "shop.get" }), shop.get, "missing"));
});

test("absence is what a fallback may answer; an answer is not absence", () => {
  const of = (code: Parameters<typeof transportError>[0]): boolean =>
    isAbsence(transportError(code, "…", { operation: "a.b" }));
  assert.deepEqual((["unavailable", "deadline_exceeded", "overloaded"] as const).map(of), [true, true, true]);
  assert.deepEqual((["invalid", "denied", "internal", "cancelled"] as const).map(of), [false, false, false, false]);
  assert.ok(!isAbsence(new CallError("contract", "unavailable", "…", { operation: "a.b" })));
});
