import assert from "node:assert/strict";
import { test } from "node:test";
import { pagesToOffer } from "./pager.ts";

test("few pages are all offered", () => {
  assert.deepEqual(pagesToOffer(1, 1), [1]);
  assert.deepEqual(pagesToOffer(3, 5), [1, 2, 3, 4, 5]);
});

test("of many pages the ends and the surroundings are offered", () => {
  assert.deepEqual(pagesToOffer(50, 100), [1, null, 48, 49, 50, 51, 52, null, 100]);
  assert.deepEqual(pagesToOffer(1, 100), [1, 2, 3, null, 100]);
});

test("a gap of one page is that page", () => {
  assert.deepEqual(pagesToOffer(5, 9), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test("a page beyond the last still leads back", () => {
  assert.deepEqual(pagesToOffer(9, 4), [1, null, 4]);
});
