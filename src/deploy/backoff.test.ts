import assert from "node:assert/strict";
import { test } from "node:test";
import { Backoff } from "./backoff.ts";

test("the first death costs no wait, later ones double it up to five seconds", () => {
  const backoff = new Backoff();
  const delays = Array.from({ length: 8 }, () => backoff.nextDelayMs(100));
  assert.deepEqual(delays, [0, 200, 400, 800, 1600, 3200, 5000, 5000]);
});

test("half a minute of health makes the next death a first one", () => {
  const backoff = new Backoff();
  for (let i = 0; i < 4; i++) backoff.nextDelayMs(0);
  assert.equal(backoff.nextDelayMs(29_999), 1600);
  assert.equal(backoff.nextDelayMs(30_000), 0);
  assert.equal(backoff.nextDelayMs(0), 200);
});
