import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { createServer as createSocketServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { call, cleanUp, destinationOf, echo, serve, transportSuite } from "../../test/suites/transport.suite.ts";

let directory = "";
before(async () => {
  directory = await mkdtemp(join(tmpdir(), "wire-"));
});
after(() => rm(directory, { recursive: true, force: true }));

let sockets = 0;
const newSocket = (): string => `unix:${directory}/run/${++sockets}.sock`;

transportSuite("unix socket", newSocket);
transportSuite("TCP", () => "tcp:127.0.0.1:0");

describe("addresses", () => {
  cleanUp();

  test("the directory of a socket and the socket are its owner's alone", async () => {
    await serve(`unix:${directory}/own/er/a.sock`, echo);
    assert.equal((await stat(`${directory}/own/er`)).mode & 0o777, 0o700);
    assert.equal((await stat(`${directory}/own/er/a.sock`)).mode & 0o777, 0o600);
  });

  test("a socket file that a dead process left behind does not prevent a start", async () => {
    const path = `${directory}/stale.sock`;
    const script = `require("node:net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 9))`;
    await once(spawn(process.execPath, ["-e", script]), "exit");
    assert.ok((await stat(path)).isSocket());
    const server = await serve(`unix:${path}`, echo);
    assert.ok((await call(destinationOf([server.address]), "a.b")).ok);
  });

  test("an address that is taken stays with whoever has it", async () => {
    for (const address of [newSocket(), "tcp:127.0.0.1:0"]) {
      const server = await serve(address, echo);
      await assert.rejects(serve(server.address, echo), { code: "port_in_use" });
      assert.ok((await call(destinationOf([server.address]), "a.b")).ok);
    }
  });

  test("a file that is not a socket is not removed", async () => {
    const path = `${directory}/file`;
    await writeFile(path, "precious");
    await assert.rejects(serve(`unix:${path}`, echo), { code: "port_in_use" });
    assert.equal((await stat(path)).size, 8);
  });

  test("addresses that cannot be are refused with the remedy, on both sides", async () => {
    const long = `unix:/${"x".repeat(120)}`;
    await assert.rejects(serve(long, echo), { code: "usage", message: /121 bytes.*shorter/ });
    assert.throws(() => destinationOf([long]), { code: "usage" });
    for (const address of ["", "unix:relative", "tcp:host", "tcp:host:99999", "http://x"])
      await assert.rejects(serve(address, echo), { code: "usage", message: /neither unix/ });
  });

  test("a port of the system's choice is said", async () => {
    const server = await serve("tcp:127.0.0.1:0", echo);
    assert.match(server.address, /^tcp:127\.0\.0\.1:[1-9]\d*$/);
    const probe = createSocketServer().listen(Number(server.address.split(":")[2]), "127.0.0.1");
    const [error] = (await once(probe, "error")) as [NodeJS.ErrnoException];
    assert.equal(error.code, "EADDRINUSE");
  });
});
