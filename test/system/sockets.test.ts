import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { Socket } from "node:net";
import { after, before, describe, test } from "node:test";
import { topology } from "seamline";
import fixture from "../fixtures/app.ts";
import { connectTo } from "../../src/wire/address.ts";
import { kinds } from "../../src/wire/frame.ts";
import { frameOf, RawPeer } from "../../src/wire/testing/raw.ts";
import { bringUp, until, type Deployed } from "../suites/deployed.ts";
import type { TestContext } from "../suites/placements.ts";

/** Strangers and broken peers at the sockets of a running deployment: each harms its own connection and nothing else. */

const appUrl = import.meta.resolve("../fixtures/app.ts");
const traceparent = `00-${"1".repeat(32)}-${"2".repeat(16)}-01`;

for (const transport of ["unix", "tcp"] as const)
  describe(`modules that are reached over ${transport}`, () => {
    let up: Deployed;
    let ask: () => TestContext;
    let addresses: [module: string, address: string][];

    before(async () => {
      const processes = Object.fromEntries(Object.keys(fixture.modules).map((name) => [name, { modules: [name] }]));
      up = await bringUp({ app: fixture, appUrl, topology: topology({ processes, transport }) });
      ask = await up.asks(fixture);
      const { endpoints } = up.deployment.endpoints();
      addresses = Object.entries(endpoints).map(([module, [address]]) => [module, address!]);
      assert.equal(addresses.length, 3);
    });
    after(() => up?.stop());

    /** Calls of others go on, in the same processes, while something happens. */
    async function harmless(during: () => Promise<void>): Promise<void> {
      const pids = up.pids();
      let going = true;
      let asked = 0;
      const callers = [1, 2].map(async () => {
        while (going) {
          assert.equal(await ask().values.echo("still here"), "still here");
          assert.equal((await ask().orders.whoAsksInside()).module, "orders");
          asked++;
        }
      });
      const goOn = async (): Promise<void> => {
        const from = asked;
        await until("calls go on", () => asked > from + 5);
      };
      try {
        await Promise.race([Promise.all(callers), goOn().then(during).then(goOn)]);
      } finally {
        going = false;
        await Promise.allSettled(callers);
      }
      assert.deepEqual(up.pids(), pids);
    }

    async function connected(address: string): Promise<Socket> {
      const socket = connectTo(address);
      socket.on("error", () => {}).resume();
      await once(socket, "connect");
      return socket;
    }

    async function ended(socket: Socket): Promise<void> {
      await until("the connection is ended", () => socket.closed || socket.readableEnded || socket.destroyed);
      socket.destroy();
    }

    test("a process without the deployment's secret is refused by each of them, and nothing it asks is done", async () => {
      await harmless(async () => {
        for (const [module, address] of addresses) {
          const peer = new RawPeer(connectTo(address), "client", randomBytes(32));
          peer.send(JSON.stringify([kinds.call, 1, `${module}.whoAsks`, 1000, "edge", traceparent, "", ""]));
          const put = [kinds.call, 2, "inventory.put", 1000, "edge", traceparent, "", "", { id: "stolen", stock: 1 }];
          peer.send(JSON.stringify(put));
          await ended(peer.socket);
          const answers = peer.frames.filter(([kind]) => kind === kinds.reply || kind === kinds.failure);
          assert.deepEqual(answers, []);
        }
      });
      await assert.rejects(ask().inventory.get({ id: "stolen" }), { code: "missing" });
    });

    test("one that knows the secret but has no seam to the module is denied", async () => {
      const [, address] = addresses.find(([module]) => module === "inventory")!;
      const peer = await RawPeer.connect(address, Buffer.from(up.keys.secret, "hex"));
      for (const [id, from] of [
        [1, "values"],
        [2, "orders"],
        [3, ""],
      ] as const)
        peer.send(JSON.stringify([kinds.call, id, "inventory.whoAsks", 1000, from, traceparent, "", ""]));
      await until("all are answered", () => peer.frames.length === 3);
      peer.socket.destroy();
      const kindOf = new Map(peer.frames.map((frame) => [frame[1], frame[0] === kinds.failure ? frame[3] : "reply"]));
      assert.deepEqual([kindOf.get(1), kindOf.get(2), kindOf.get(3)], ["denied", "reply", "denied"]);
    });

    test("garbage and half a frame from a stranger end the stranger's connection only", async () => {
      await harmless(async () => {
        const sockets: Socket[] = [];
        for (const [, address] of addresses)
          for (const bytes of [
            Buffer.from("GET / HTTP/1.1\r\nHost: here\r\n\r\n"),
            randomBytes(2000),
            Buffer.from([0xff, 0xff, 0xff, 0xff, 1]),
            frameOf("[]"),
            frameOf("null"),
            frameOf("[0,"),
            frameOf(JSON.stringify([kinds.hello, 1, "half"])).subarray(0, 9),
            Buffer.alloc(0),
          ]) {
            const socket = await connected(address);
            socket.write(bytes);
            sockets.push(socket);
          }
        await Promise.all(sockets.map(ended));
      });
    });

    test("garbage, an oversized frame and half a frame on an open link end that link only", async () => {
      const secret = Buffer.from(up.keys.secret, "hex");
      await harmless(async () => {
        const half: RawPeer[] = [];
        for (const [module, address] of addresses) {
          const call = JSON.stringify([kinds.call, 1, `${module}.whoAsks`, 1000, "edge", traceparent, "", ""]);
          for (const bytes of [
            randomBytes(3000).fill(0xff, 0, 4),
            frameOf("this is not JSON"),
            frameOf("{}"),
            frameOf("[99]"),
            frameOf(JSON.stringify([kinds.call, "one", 7])),
            frameOf(call).fill(0x7f, 0, 1),
          ]) {
            const peer = await RawPeer.connect(address, secret);
            peer.socket.write(bytes);
            await ended(peer.socket);
          }
          // Half a frame harms nobody; its sender may yet send the rest, or leave.
          const peer = await RawPeer.connect(address, secret);
          peer.socket.write(frameOf(call).subarray(0, 20));
          half.push(peer);
        }
        for (const peer of half) peer.socket.destroy();
      });
    });
  });
