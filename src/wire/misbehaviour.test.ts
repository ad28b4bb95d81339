import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import {
  call,
  cleanUp,
  destinationOf,
  echo,
  failure,
  secret,
  serve,
  until,
} from "../../test/suites/transport.suite.ts";
import { kinds } from "./frame.ts";
import { Link } from "./link.ts";
import { RawPeer, frameOf } from "./testing/raw.ts";
import type { Address, IncomingCall } from "./wire.ts";

const callFrame = (id: unknown, operation: unknown = "a.b", budget: unknown = 1000): string =>
  JSON.stringify([kinds.call, id, operation, budget, "x", "", "", "", "input"]);

/** Deterministic noise (xorshift), so that a failure can be repeated. */
function noise(seed: number, bytes: number): Buffer {
  let state = seed;
  return Buffer.from(
    Array.from({ length: bytes }, () => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return state & 0xff;
    }),
  );
}

function rawSocket(address: Address): Socket {
  const socket = connect(Number(address.split(":")[2]), "127.0.0.1");
  socket.on("error", () => {});
  socket.resume();
  return socket;
}

const ended = (socket: Socket): Promise<unknown> => (socket.destroyed ? Promise.resolve() : once(socket, "close"));

describe("a server and a stranger that has proved nothing", () => {
  cleanUp();
  const hello = JSON.stringify([kinds.hello, 1, "stranger", Buffer.alloc(32).toString("base64")]);
  const openings: Record<string, Buffer> = {
    "a huge length": Buffer.from([0xff, 0xff, 0xff, 0xff, 1, 2, 3]),
    "a length just above what a stranger may send": Buffer.from([0, 0, 4, 1]),
    "no JSON": frameOf("hello?"),
    "JSON that is no array": frameOf('{"kind":0}'),
    "an empty frame": frameOf(""),
    "an empty array": frameOf("[]"),
    "a call before the proof": frameOf(callFrame(1)),
    "a call in place of the proof": Buffer.concat([frameOf(hello), frameOf(callFrame(1))]),
    "a hello of another version": frameOf(hello.replace(",1,", ",99,")),
    "a hello with a short nonce": frameOf(JSON.stringify([kinds.hello, 1, "x", "AAAA"])),
    "a hello without a name": frameOf(JSON.stringify([kinds.hello, 1, null, "AAAA"])),
    "a proof of nothing": Buffer.concat([frameOf(hello), frameOf(JSON.stringify([kinds.proof, ""]))]),
    "a proof of the right length": Buffer.concat([
      frameOf(hello),
      frameOf(JSON.stringify([kinds.proof, Buffer.alloc(32).toString("base64")])),
    ]),
    HTTP: Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
  };
  for (const [name, bytes] of Object.entries(openings))
    test(`${name}: the link ends, nothing is acted upon, and others are served`, async () => {
      const received: IncomingCall[] = [];
      const warnings: string[] = [];
      const receive = (incoming: IncomingCall): void => {
        received.push(incoming);
        echo(incoming);
      };
      const server = await serve("tcp:127.0.0.1:0", receive, { warn: (message) => warnings.push(message) });
      const socket = rawSocket(server.address);
      socket.write(bytes);
      await ended(socket);
      assert.equal(received.length, 0);
      assert.equal(warnings.length, 1, warnings.join());
      assert.ok((await call(destinationOf([server.address]), "a.b")).ok);
    });

  test("one that never speaks, or never to the end, is dropped after the handshake deadline", async () => {
    const server = await serve("tcp:127.0.0.1:0", echo);
    const [silent, half] = [rawSocket(server.address), rawSocket(server.address)];
    half.write(frameOf(hello).subarray(0, 20));
    await Promise.all([ended(silent), ended(half)]);
    assert.ok((await call(destinationOf([server.address]), "a.b")).ok);
  });

  test("two hundred with random bytes leave no trace", async () => {
    const server = await serve("tcp:127.0.0.1:0", () => assert.fail("a call out of noise"));
    const sockets = Array.from({ length: 200 }, (_, seed) => {
      const socket = rawSocket(server.address);
      socket.end(noise(seed + 1, seed * 3));
      return socket;
    });
    await Promise.all(sockets.map(ended));
  });
});

describe("a server and a member of the deployment that has gone mad", () => {
  cleanUp();
  const frames: Record<string, string | Buffer> = {
    "no JSON": "nonsense",
    "a kind of its own": "[77]",
    "a kind that is no number": '["call"]',
    "an answer": `[${kinds.reply},1,2]`,
    "a call with an id that is no number": callFrame("1"),
    "a call with an operation that is no text": callFrame(1, 7),
    "a call with a budget that is no number": callFrame(1, "a.b", null),
    "a call without its header": `[${kinds.call},1]`,
    "a going-away that nobody asked for": `[${kinds.goingAway}]`,
    "a second handshake": JSON.stringify([kinds.hello, 1, "x", Buffer.alloc(32).toString("base64")]),
    "bytes that are no UTF-8 and no JSON": noise(5, 100),
  };
  for (const [name, frame] of Object.entries(frames))
    test(`${name}: its link ends and its calls are told, others go on`, async () => {
      let told = 0;
      const server = await serve("tcp:127.0.0.1:0", (incoming) => {
        if (incoming.operation === "a.held") incoming.oncancel = () => told++;
        else echo(incoming);
      });
      const destination = destinationOf([server.address]);
      assert.ok((await call(destination, "a.b")).ok);
      const peer = await RawPeer.connect(server.address, secret);
      peer.send(callFrame(900, "a.held"));
      peer.send(frame);
      await ended(peer.socket);
      assert.equal(told, 1);
      assert.deepEqual(await call(destination, "a.b", 5), { ok: true, value: 5 });
      assert.equal(destination.status()[0]!.link, "open");
    });

  test("the same id twice ends its link; cancelling what is unknown does not", async () => {
    const server = await serve("tcp:127.0.0.1:0", (incoming) => {
      if (incoming.operation === "a.echo") echo(incoming);
    });
    const peer = await RawPeer.connect(server.address, secret);
    peer.send(`[${kinds.cancel},12345]`);
    peer.send(`[${kinds.cancel},"x"]`);
    peer.send(callFrame(1, "a.echo"));
    await until(() => peer.frames.length === 1, "answered");
    assert.deepEqual(peer.frames, [[kinds.reply, 1, "input"]]);
    peer.send(callFrame(2, "a.never"));
    peer.send(callFrame(2, "a.never"));
    await ended(peer.socket);
  });

  test("a frame in single bytes is read like any other, one that stops half-way tells the calls in hand", async () => {
    let told = 0;
    const server = await serve("tcp:127.0.0.1:0", (incoming) => {
      incoming.oncancel = () => told++;
      if (incoming.operation === "a.echo") echo(incoming);
    });
    const peer = await RawPeer.connect(server.address, secret);
    for (const byte of frameOf(callFrame(1, "a.echo"))) {
      peer.socket.write(Buffer.of(byte));
      await wait(0);
    }
    await until(() => peer.frames.length === 1, "answered");
    peer.send(callFrame(2, "a.never"));
    peer.socket.end(frameOf(callFrame(3)).subarray(0, 30));
    await until(() => told === 1, "told");
  });

  test("one that does not read its answers is not read from, and holds up nobody else", async () => {
    let taken = 0;
    const large = JSON.stringify("z".repeat(500_000));
    const server = await serve("tcp:127.0.0.1:0", (incoming) => {
      if (incoming.operation === "a.echo") return echo(incoming);
      taken++;
      incoming.reply(large);
    });
    const peer = await RawPeer.connect(server.address, secret);
    peer.socket.pause();
    for (let id = 1; id <= 2000; id++) {
      peer.send(callFrame(id, "a.large"));
      if (id % 20 === 0) await wait(1);
    }
    assert.ok(taken < 1000, `${taken} of 2000 calls were taken`);
    assert.ok((await call(destinationOf([server.address]), "a.echo")).ok);
    peer.socket.destroy();
  });
});

describe("a caller and a server that has gone mad", () => {
  cleanUp();

  test("answers to unknown calls, second answers and signs of life change nothing", async () => {
    using server = await RawPeer.serve(secret, (peer, frame) => {
      if (frame[0] !== kinds.call) return;
      const id = frame[1] as number;
      for (const text of [`[${kinds.reply},${id + 1000},1]`, `[${kinds.pong}]`, `[${kinds.ping}]`]) peer.send(text);
      for (const answer of ["1", "2"]) peer.send(`[${kinds.reply},${id},${answer}]`);
      peer.send(`[${kinds.failure},${id},"transport","internal","","",null]`);
    });
    const destination = destinationOf([server.address]);
    for (let n = 0; n < 5; n++) assert.deepEqual(await call(destination, "a.b"), { ok: true, value: 1 });
  });

  const frames: Record<string, string | Buffer> = {
    "no JSON": "nonsense",
    "no array": "{}",
    "a kind of its own": "[77]",
    "a call": callFrame(1),
    "an answer without an id": `[${kinds.reply}]`,
    "a failure without fields": `[${kinds.failure},1]`,
    "a failure of an origin of its own": `[${kinds.failure},1,"nowhere","a","b","c"]`,
    "random bytes": noise(9, 300),
  };
  for (const [name, frame] of Object.entries(frames))
    test(`${name}: its link ends, the calls on it end as unavailable, and the caller says why`, async () => {
      using server = await RawPeer.serve(secret, (peer) => peer.send(frame));
      const warnings: object[] = [];
      const destination = destinationOf([server.address], { warn: (_, data) => warnings.push(data) });
      const outcomes = await Promise.all([failure(call(destination, "a.b")), failure(call(destination, "a.c"))]);
      for (const { code, unsent } of outcomes) assert.deepEqual([code, unsent], ["unavailable", false]);
      assert.deepEqual(warnings, [{ code: "wire_protocol", address: server.address }]);
    });

  test("a length beyond the limit ends the link; half an answer ends with the deadline or the link", async () => {
    using server = await RawPeer.serve(secret, (peer, frame) => {
      if (frame[2] === "a.huge") peer.socket.write(Buffer.from([0x7f, 0, 0, 0]));
      if (frame[2] === "a.half") peer.socket.write(frameOf(`[${kinds.reply},${String(frame[1])},1]`).subarray(0, 6));
      if (frame[2] === "a.cut") peer.socket.destroy();
    });
    const codes: string[] = [];
    for (const operation of ["a.huge", "a.half", "a.cut"]) {
      const destination = destinationOf([server.address]);
      codes.push((await failure(call(destination, operation, 1, { ms: 150 }))).code);
    }
    assert.deepEqual(codes, ["unavailable", "deadline_exceeded", "unavailable"]);
  });

  test("one that does not know the secret is told so and gets no call", async () => {
    const got: unknown[] = [];
    using server = await RawPeer.serve(Buffer.alloc(32, 9), (_, frame) => got.push(frame));
    const warnings: object[] = [];
    const destination = destinationOf([server.address], { warn: (_, data) => warnings.push(data) });
    assert.equal((await failure(call(destination, "a.b"))).unsent, true);
    await until(() => got.length > 0, "told");
    assert.deepEqual(got, [[kinds.refused, "raw server does not know this deployment's secret"]]);
    assert.deepEqual(warnings, [{ code: "wire_refused", address: server.address }]);
  });
});

test("a link on which the other side falls silent is given up, one that answers pings is kept", async () => {
  for (const silent of [true, false]) {
    using server = await RawPeer.serve(secret, (peer, frame) => {
      if (frame[0] === kinds.ping && !silent) peer.send(`[${kinds.pong}]`);
    });
    const closed: (string | null)[] = [];
    const link = new Link(
      connect(Number(server.address.split(":")[2]), "127.0.0.1"),
      "client",
      { secret, name: "x", maxFrameBytes: 1000, pingEveryMs: 20 },
      { opened() {}, frame() {}, closed: (_, reason) => closed.push(reason?.message ?? null) },
    );
    if (silent) await until(() => closed.length > 0, "given up");
    else await wait(300);
    link.end();
    link.end();
    assert.deepEqual(closed, [silent ? "no sign of life from the other side" : null]);
  }
});
