import assert from "node:assert/strict";
import { test } from "node:test";
import { app } from "../module/app.ts";
import { moveModule } from "./move.ts";
import { topology } from "./topology.ts";

const unused = (): never => assert.fail("nothing is loaded");
const shop = app("shop", { modules: { stock: unused, cart: unused, offers: unused } });

test("a process that a move makes is as many as the module was, and one that comes back as many as it had been", () => {
  const asked = topology({
    processes: { main: { modules: ["stock", "offers"], replicas: 2 }, cart: { modules: ["cart"], replicas: 3 } },
  });
  const move = { app: shop, asked };
  const merged = moveModule({ ...move, topology: asked, module: "cart", to: "main" }, false);
  assert.deepEqual(merged.processes, { main: { modules: ["stock", "cart", "offers"], replicas: 2 } });
  assert.deepEqual(moveModule({ ...move, topology: merged, module: "cart", to: "cart" }, false), asked);
  const apart = moveModule({ ...move, topology: asked, module: "offers", to: "offers" }, false);
  assert.deepEqual(apart.processes["offers"], { modules: ["offers"], replicas: 2 });
});
