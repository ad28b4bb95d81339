import assert from "node:assert/strict";
import { test } from "node:test";
import { Id } from "../../shared/text.ts";
import { bookingId, newReference } from "./reference.ts";

test("a reference is two groups of four signs that nobody confuses", () => {
  const references = Array.from({ length: 500 }, newReference);
  for (const reference of references) assert.match(reference, /^[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}$/);
  assert.equal(new Set(references).size, references.length);
});

test("one person's key names one booking, and another person's names another", () => {
  const id = bookingId("a", "key");
  assert.equal(Id.parse(id), id);
  assert.equal(bookingId("a", "key"), id);
  assert.notEqual(bookingId("b", "key"), id);
  assert.notEqual(bookingId("a", "other"), id);
});
