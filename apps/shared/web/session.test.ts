import assert from "node:assert/strict";
import { test } from "node:test";
import { SessionCache } from "./session.ts";

const start = new Date("2026-11-22T00:00:00Z");
const after = (seconds: number): Date => new Date(start.getTime() + seconds * 1000);
const verified = (name: string, expiresAt = after(3600)) => ({
  user: { id: "019aa000-0000-7000-8000-000000000001", name, roles: [] },
  identity: `signed ${name}`,
  session: "019aa000-0000-7000-8000-000000000002",
  expiresAt: expiresAt.toISOString(),
  seenAt: start.toISOString(),
});

test("a confirmed session is recalled for less than half a minute", () => {
  const cache = new SessionCache();
  cache.remember("token", verified("하늘"), start);
  assert.equal(cache.recall("token", after(29))?.user.name, "하늘");
  assert.equal(cache.recall("another", after(29)), null);
  assert.equal(cache.recall("token", after(30)), null);
  assert.equal(cache.recall("token", after(1)), null, "what ran out is gone");
});

test("a session is not recalled beyond its own end", () => {
  const cache = new SessionCache();
  cache.remember("token", verified("하늘", after(5)), start);
  assert.notEqual(cache.recall("token", after(4)), null);
  assert.equal(cache.recall("token", after(5)), null);
});

test("a session that was signed out is forgotten at once", () => {
  const cache = new SessionCache();
  cache.remember("token", verified("하늘"), start);
  cache.forget("token");
  assert.equal(cache.recall("token", start), null);
});

test("the cache keeps the sessions that were confirmed last, and no more than its bound", () => {
  const cache = new SessionCache();
  cache.remember("old", verified("오래된 회원"), start);
  cache.remember("first", verified("하늘"), start);
  for (let n = 0; n < 1_998; n++) cache.remember(`token ${n}`, verified("바다"), start);
  cache.remember("old", verified("오래된 회원"), after(1));
  cache.remember("one more", verified("바람"), after(1));
  assert.equal(cache.size, 2_000);
  assert.equal(cache.recall("first", after(1)), null);
  assert.equal(cache.recall("old", after(1))?.user.name, "오래된 회원");
});
