import assert from "node:assert/strict";
import { test } from "node:test";
import { topology } from "../topology/topology.ts";
import { stopOrder } from "./order.ts";

const uses = {
  web: ["board", "comments", "accounts"],
  board: [],
  comments: ["board"],
  accounts: [],
  edge: ["accounts"],
};
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
  const crossed = topology({
    processes: { a: { modules: ["comments", "accounts"] }, b: { modules: ["web", "board"], port: 0 } },
  });
  assert.deepEqual(stopOrder(crossed, uses).toSorted(), ["a", "b"]);
});
