import assert from "node:assert/strict";
import { test } from "node:test";
import { topology } from "../topology/topology.ts";
import { isCalled, stopOrder } from "./fleet.ts";

const uses = { web: ["board", "comments", "accounts"], board: [], comments: ["board"], accounts: [], edge: ["accounts"] };
const apart = topology({
  processes: {
    accounts: { modules: ["accounts"] },
    board: { modules: ["board"], port: 8080 },
    comments: { modules: ["comments"] },
    web: { modules: ["web"], port: 8000 },
  },
});

test("callers are stopped before those they call", () => {
  const order = stopOrder(apart, uses);
  assert.equal(order[0], "web");
  assert.ok(order.indexOf("comments") < order.indexOf("board"));
  assert.deepEqual(order.toSorted(), Object.keys(apart.processes).toSorted());
});

test("groups that call each other are all stopped", () => {
  const crossed = topology({ processes: { a: { modules: ["comments", "accounts"] }, b: { modules: ["web", "board"], port: 0 } } });
  assert.deepEqual(stopOrder(crossed, uses).toSorted(), ["a", "b"]);
});

test("a process listens exactly where another has a seam, an identity or an event for it", () => {
  const called = (of: typeof apart, subscribers = {}): string[] =>
    Object.keys(of.processes).filter((name) => isCalled(name, of, { uses, subscribers }));
  assert.deepEqual(called(apart), ["accounts", "board", "comments"]);
  assert.deepEqual(called(topology({ processes: { all: { modules: Object.keys(uses), port: 0 } } })), []);
  const silent = { web: [], board: [], comments: [], accounts: [], edge: [] };
  assert.equal(isCalled("comments", apart, { uses: silent, subscribers: {} }), false);
  assert.equal(isCalled("comments", apart, { uses: silent, subscribers: { "board.removed": ["comments"] } }), true);
  assert.equal(isCalled("accounts", apart, { uses: { ...silent, edge: ["accounts"] }, subscribers: {} }), true);
});
