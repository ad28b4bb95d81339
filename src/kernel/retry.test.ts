import assert from "node:assert/strict";
import { test } from "node:test";
import { contract, query } from "../contract/contract.ts";
import { monotonicMs } from "../contract/deadline.ts";
import { CallError, transportError } from "../contract/errors.ts";
import { bindOperation } from "./operation.ts";
import { retryDelayMs, RetryBudget } from "./retry.ts";

const operation = bindOperation(contract("shop", { get: query({}) }).get);
const away = (module = "shop"): CallError =>
  transportError("unavailable", "…", { operation: "shop.get", data: { module } });
const later = (): number => monotonicMs() + 60_000;
const seam = (guarded = true): { guarded: boolean; budget: RetryBudget; calls: number } => ({
  guarded,
  budget: new RetryBudget(),
  calls: 0,
});

test("only the absence of the module that was asked is worth another try", () => {
  const worth = (error: unknown): boolean => retryDelayMs(operation, true, error, 0, later(), seam()) !== null;
  assert.ok(worth(away()));
  assert.ok(!worth(away("warehouse")), "a module behind it, which was retried there");
  assert.ok(!worth(transportError("overloaded", "…", { operation: "shop.get", data: { module: "shop" } })));
  assert.ok(!worth(transportError("deadline_exceeded", "…", { operation: "shop.get", data: { module: "shop" } })));
  assert.ok(!worth(new CallError("contract", "unavailable", "…", { operation: "shop.get", data: { module: "shop" } })));
  assert.ok(!worth(new Error("…")));
});

test("what may not be repeated, has been tried often, or has no time left is not tried again", () => {
  assert.equal(retryDelayMs(operation, false, away(), 0, later(), seam()), null);
  assert.equal(retryDelayMs(operation, true, away(), 3, later(), seam()), null);
  assert.equal(retryDelayMs(operation, true, away(), 0, monotonicMs() + 1, seam()), null);
  assert.notEqual(retryDelayMs(operation, true, away(), 2, Infinity, seam()), null);
  assert.equal(retryDelayMs(operation, true, away(), 0, Infinity, seam(false)), null, "in a naive topology");
});

test("delays grow and differ, so that callers do not come back together", () => {
  const delays = [0, 1, 2].map((attempt) =>
    Array.from({ length: 50 }, () => retryDelayMs(operation, true, away(), attempt, later(), seam())!),
  );
  assert.ok(Math.max(...delays[0]!) < Math.min(...delays[2]!));
  assert.ok(new Set(delays[1]).size > 40);
});

test("a module that stays away costs a fifth more calls, not a multiple", () => {
  const calls = seam();
  let retries = 0;
  for (calls.calls = 1; calls.calls <= 1000; calls.calls++)
    if (retryDelayMs(operation, true, away(), 0, later(), calls) !== null) retries++;
  assert.ok(retries >= 200 && retries <= 225, `${retries} retries`);
});
