import assert from "node:assert/strict";
import { test } from "node:test";
import { DeadlineQueue, monotonicMs, type Expiring } from "./deadline.ts";

function entry(deadline: number, told: string[], name: string, owner: object | null = null): Expiring {
  return {
    deadline,
    slot: -1,
    owner,
    expire: () => told.push(`${name} expired`),
    abandon: () => told.push(`${name} abandoned`),
  };
}

const soon = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test("entries expire once, after their deadline, and the others stay", async () => {
  const queue = new DeadlineQueue();
  const told: string[] = [];
  const late = entry(monotonicMs() + 60_000, told, "late");
  queue.add(late);
  for (let n = 0; n < 50; n++) queue.add(entry(monotonicMs() + 20, told, `${n}`));
  await soon(150);
  assert.equal(told.length, 50);
  assert.equal(new Set(told).size, 50);
  queue.remove(late);
  queue.remove(late);
  assert.equal(late.slot, -1);
});

test("a removed entry never expires, wherever it was in the queue", async () => {
  const queue = new DeadlineQueue();
  const told: string[] = [];
  const entries = Array.from({ length: 9 }, (_, n) => entry(monotonicMs() + 20, told, `${n}`));
  for (const one of entries) queue.add(one);
  for (const at of [0, 8, 4, 3]) queue.remove(entries[at]!);
  await soon(150);
  assert.deepEqual(
    told.toSorted(),
    ["1", "2", "5", "6", "7"].map((name) => `${name} expired`),
  );
});

test("an entry may add and remove others while it expires", async () => {
  const queue = new DeadlineQueue();
  const told: string[] = [];
  const other = entry(monotonicMs() + 10, told, "other");
  const first: Expiring = {
    deadline: monotonicMs() + 10,
    slot: -1,
    expire() {
      told.push("first expired");
      queue.remove(other);
      queue.add(entry(monotonicMs() - 1, told, "added"));
    },
  };
  queue.add(other);
  queue.add(first);
  await soon(150);
  assert.ok(told.includes("first expired") && told.includes("added expired"));
});

test("what waits on behalf of an owner is given up with it, and nothing else", () => {
  const queue = new DeadlineQueue();
  const told: string[] = [];
  const owner = {};
  queue.add(entry(Infinity, told, "mine", owner));
  queue.add(entry(Infinity, told, "other's", {}));
  queue.add(entry(Infinity, told, "mine too", owner));
  queue.abandon(owner);
  assert.deepEqual(told.toSorted(), ["mine abandoned", "mine too abandoned"]);
});

test("the coarse clock is never ahead of the precise one", async () => {
  const queue = new DeadlineQueue();
  for (let n = 0; n < 20; n++) {
    assert.ok(queue.nowMs() <= monotonicMs());
    await soon(3);
  }
});
