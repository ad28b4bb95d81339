import assert from "node:assert/strict";
import { test } from "node:test";
import { Breaker } from "./breaker.ts";

const fail = (breaker: Breaker, times: number, nowMs: number): void => {
  for (let n = 0; n < times; n++) breaker.fail(nowMs, 0.5);
};

test("five failures in a row open it, four and a success do not", () => {
  const breaker = new Breaker();
  fail(breaker, 4, 0);
  breaker.succeed();
  fail(breaker, 4, 0);
  assert.equal(breaker.allows(0), true);
  fail(breaker, 1, 0);
  assert.equal(breaker.allows(0), false);
  assert.equal(breaker.stateAt(0), "open");
});

test("after a second it lets one call through, whose answer closes it", () => {
  const breaker = new Breaker();
  fail(breaker, 5, 0);
  assert.equal(breaker.allows(999), false);
  assert.equal(breaker.allows(1000), true);
  breaker.begin();
  assert.equal(breaker.allows(1000), false);
  breaker.succeed();
  assert.equal(breaker.stateAt(1000), "closed");
});

test("a call that was given up frees the place for another", () => {
  const breaker = new Breaker();
  fail(breaker, 5, 0);
  assert.equal(breaker.allows(1000), true);
  breaker.begin();
  breaker.ignore();
  assert.equal(breaker.allows(1000), true);
});

test("as long as nothing answers, one call a second is let through", () => {
  const breaker = new Breaker();
  fail(breaker, 5, 0);
  for (let now = 1000; now <= 20_000; now += 1000) {
    assert.equal(breaker.allows(now - 1), false);
    assert.equal(breaker.allows(now), true);
    breaker.begin();
    fail(breaker, 1, now);
  }
});

test("failures of calls that were under way do not lengthen the wait; a reset forgets all", () => {
  const breaker = new Breaker();
  fail(breaker, 50, 0);
  assert.equal(breaker.allows(1000), true);
  breaker.reset();
  fail(breaker, 4, 1000);
  assert.equal(breaker.stateAt(1000), "closed");
});
