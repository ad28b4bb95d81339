import assert from "node:assert/strict";
import { createServer, type AddressInfo } from "node:net";
import { test } from "node:test";
import { loginTo } from "./login.ts";

test("a server that does not answer in time, or is not there, is named with what to do about it", async (t) => {
  const silent = createServer((socket) => socket.on("error", () => {})).listen(0, "127.0.0.1");
  await new Promise((resolve) => silent.once("listening", resolve));
  t.after(() => silent.close());
  const { port } = silent.address() as AddressInfo;
  const own = { host: "127.0.0.1", port, database: "it", schema: "notes", role: "notes" };
  const address = { ...own, user: "notes", password: "x" } as Parameters<typeof loginTo>[0];
  const unreachable = (at: number, why: RegExp) => (error: Error & { code: string }) => {
    assert.equal(error.code, "postgres_unreachable");
    assert.ok(error.message.includes(`127.0.0.1:${at}`) && error.message.includes('"notes"'), error.message);
    assert.match(error.message, why);
    assert.match(error.message, /seamline status/);
    return true;
  };
  await assert.rejects(loginTo(address, { connectMs: 200 }), unreachable(port, /within 0\.2 s \(timeout/));
  await assert.rejects(loginTo({ ...address, port: 1 }), unreachable(1, /ECONNREFUSED/));
});
