import assert from "node:assert/strict";
import { test } from "node:test";
import { Username } from "../accounts/contract.ts";
import { withParticle } from "./grammar.ts";
import { article, remark, title } from "./korean.ts";
import { usernames } from "./people.ts";
import { Random } from "./random.ts";

test("particles follow the last sound of their word", () => {
  assert.equal(withParticle("바다", "은"), "바다는");
  assert.equal(withParticle("책", "을"), "책을");
  assert.equal(withParticle("수영", "와"), "수영과");
  assert.equal(withParticle("친구", "와"), "친구와");
  assert.equal(withParticle("지하철", "으로"), "지하철로");
  assert.equal(withParticle("가방", "으로"), "가방으로");
  assert.equal(withParticle("자전거", "으로"), "자전거로");
});

test("no text has a hole left in it", () => {
  const random = new Random("holes");
  for (let index = 0; index < 2000; index++)
    for (const text of [title(random), article(random), remark(random)]) assert.doesNotMatch(text, /[{}]|undefined/);
});

test("names are all different and such as can be registered", () => {
  const names = [...usernames("people", 3000)];
  assert.equal(new Set(names).size, 3000);
  for (const name of names) assert.ok(Username.safeParse(name).success, name);
});

test("made-up ids are UUIDv7 in the order of their times", () => {
  const random = new Random("ids");
  const ids = Array.from({ length: 100 }, (_, index) => random.uuid(1_760_000_000_000 + index));
  for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.deepEqual(ids.toSorted(), ids);
});
