import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { test } from "node:test";
import { app } from "../module/app.ts";
import { topology } from "../topology/topology.ts";
import { assertPortsFree, withAnyPorts, withPorts } from "./ports.ts";

const load = (): never => assert.fail("nothing is loaded");
const shop = app("shop", { modules: { stock: load }, pages: { web: load } });
const apart = topology({
  processes: { store: { modules: ["stock"], port: 8080 }, front: { modules: ["web"], port: 8000 } },
});

test("one number is the port of the pages; names reach processes and parts", () => {
  const ports = (wanted: number | Record<string, number>): unknown =>
    Object.values(withPorts(shop, apart, wanted).processes).map((process) => process.port);
  assert.deepEqual(ports(9000), [8080, 9000]);
  assert.deepEqual(ports({ stock: 1, front: 2 }), [1, 2]);
  assert.throws(() => ports({ stok: 1 }), /no process or part "stok".*store \(stock\)/);
  assert.deepEqual(
    Object.values(withAnyPorts(apart).processes).map(({ port }) => port),
    [0, 0],
  );
});

test("a port in use is told before anything starts, with its process and the remedy", async (t) => {
  const taken = createServer().listen(0, "127.0.0.1");
  t.after(() => taken.close());
  await once(taken, "listening");
  const { port } = taken.address() as AddressInfo;
  await assert.rejects(assertPortsFree(withPorts(shop, apart, port)), (error: any) => {
    assert.equal(error.code, "port_in_use");
    assert.match(error.message, new RegExp(`port ${port} of process "front".*--port`));
    return true;
  });
  await assertPortsFree(withAnyPorts(apart));
});
