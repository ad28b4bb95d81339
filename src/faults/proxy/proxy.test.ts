import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttpServer, get } from "node:http";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Proxy } from "./proxy.ts";
import type { Rule } from "./rules.ts";

/** A server that gives back what it gets, behind one link; beside it another link to the same server. */
const sockets = new Set<Socket>();
const echo = createServer((socket) => {
  sockets.add(socket);
  socket.on("error", () => {}).on("close", () => sockets.delete(socket));
  socket.pipe(socket);
});
const web = createHttpServer((request, response) => {
  request.resume().on("end", () => response.end(`behind ${request.url}`));
});
const proxy = new Proxy();
let [port, otherPort, webPort] = [0, 0, 0];

function portOf(server: { address(): unknown }): number {
  return (server.address() as AddressInfo).port;
}

async function linkTo(name: string, to: number): Promise<number> {
  const at = await proxy.listen(name, "tcp:127.0.0.1:0");
  await proxy.lead(name, `tcp:127.0.0.1:${to}`);
  return Number(at.split(":").at(-1));
}

before(async () => {
  for (const server of [echo, web]) await once(server.listen(0, "127.0.0.1"), "listening");
  port = await linkTo("echo", portOf(echo));
  otherPort = await linkTo("other", portOf(echo));
  webPort = await linkTo("web", portOf(web));
});
after(async () => {
  await proxy.close();
  for (const socket of sockets) socket.destroy();
  echo.close();
  web.close();
});

class Caller implements Disposable {
  readonly socket: Socket;
  /** Code of the error that ended it; "end" for an orderly end. */
  readonly ended: Promise<string>;

  constructor(to: number) {
    this.socket = connect({ port: to, host: "127.0.0.1", noDelay: true });
    this.ended = new Promise((resolve) => {
      this.socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? ""));
      this.socket.on("end", () => resolve("end"));
    });
  }

  async ask(text: string): Promise<{ text: string; ms: number }> {
    const begun = performance.now();
    this.socket.write(text);
    const [answer] = (await once(this.socket, "data")) as [Buffer];
    return { text: answer.toString(), ms: performance.now() - begun };
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

/** Of some round trips; the middle one is not moved by a moment in which the machine was busy. */
async function medianMs(to: number): Promise<number> {
  using caller = new Caller(to);
  const times: number[] = [];
  for (let i = 0; i < 9; i++) times.push((await caller.ask("x")).ms);
  return times.sort((a, b) => a - b)[4]!;
}

async function during<T>(rule: Rule, work: () => Promise<T>, link = "echo"): Promise<T> {
  await proxy.rule("f", [link], rule, 60_000);
  try {
    return await work();
  } finally {
    await proxy.clear("f");
  }
}

test("a link gives on what it gets, whatever its size, and ends when the other side does", async () => {
  using caller = new Caller(port);
  const large = Buffer.alloc(5_000_000, "0123456789");
  caller.socket.end(large);
  const got: Buffer[] = [];
  for await (const chunk of caller.socket) got.push(chunk as Buffer);
  assert.ok(Buffer.concat(got).equals(large));
});

test("50 ms of latency are 50 ms on that link, nothing on another, and nothing afterwards", async () => {
  const [slow, beside] = await during({ latencyMs: 50 }, async () => [await medianMs(port), await medianMs(otherPort)]);
  assert.ok(slow > 48 && slow < 75, `${slow} ms`);
  assert.ok(beside < 25, `${beside} ms beside it`);
  assert.ok((await medianMs(port)) < 25);
});

test("what is delayed keeps its order under jitter and loss", async () => {
  await during({ latencyMs: 4, jitterMs: 10, loss: 0.05 }, async () => {
    using caller = new Caller(port);
    const sent = Array.from({ length: 40 }, (_, i) => `${i},`);
    for (const piece of sent) {
      caller.socket.write(piece);
      await sleep(1);
    }
    caller.socket.end();
    let got = "";
    for await (const chunk of caller.socket) got += String(chunk);
    assert.equal(got, sent.join(""));
  });
});

test("a narrow link takes its time for many bytes", async () => {
  const ms = await during({ bytesPerSecond: 1_000_000 }, async () => {
    using caller = new Caller(port);
    const begun = performance.now();
    caller.socket.end(Buffer.alloc(200_000));
    caller.socket.resume();
    await once(caller.socket, "end");
    return performance.now() - begun;
  });
  assert.ok(ms > 150, `${ms} ms`);
});

test("a reset breaks connections and new ones, and the next works again", async () => {
  using caller = new Caller(port);
  await caller.ask("x");
  await during({ cut: "reset" }, async () => {
    assert.equal(await caller.ended, "ECONNRESET");
    using late = new Caller(port);
    assert.equal(await late.ended, "ECONNRESET");
  });
  using again = new Caller(port);
  assert.equal((await again.ask("x")).text, "x");
});

test("a close ends connections in order, and new ones", async () => {
  using caller = new Caller(port);
  await caller.ask("x");
  await during({ cut: "close" }, async () => {
    assert.equal(await caller.ended, "end");
    using late = new Caller(port);
    assert.equal(await late.ended, "end");
  });
});

test("a blackhole lets nothing pass and breaks nothing; what was sent comes when it is over", async () => {
  using caller = new Caller(port);
  using late = new Caller(port);
  await caller.ask("x");
  let got = "";
  await during({ cut: "blackhole" }, async () => {
    caller.socket.on("data", (chunk) => (got += String(chunk)));
    caller.socket.write("kept");
    late.socket.write("also kept");
    await sleep(100);
    assert.equal(got, "");
  });
  assert.equal(String((await once(late.socket, "data"))[0]), "also kept");
  assert.equal(got, "kept");
});

test("a status is answered to a share of requests under a path, and the rest get through", async () => {
  const ask = (path: string): Promise<number> =>
    new Promise((resolve, reject) => {
      get({ port: webPort, host: "127.0.0.1", path }, (response) => {
        response.resume().on("end", () => resolve(response.statusCode!));
      }).on("error", reject);
    });
  await during(
    { status: { code: 503, share: 1, path: "/board" } },
    async () => {
      assert.equal(await ask("/board/1"), 503);
      assert.equal(await ask("/"), 200);
      assert.equal(await ask("/board"), 503);
    },
    "web",
  );
  assert.equal(await ask("/board/1"), 200);
});

test("a rule that nobody takes back ends by itself", async () => {
  await proxy.rule("forgotten", ["echo"], { cut: "reset" }, 50);
  for (const end = performance.now() + 10_000; ; await sleep(20)) {
    using caller = new Caller(port);
    if (
      (await Promise.race([
        caller.ended,
        caller.ask("x").then(
          ({ text }) => text,
          () => "",
        ),
      ])) === "x"
    )
      break;
    assert.ok(performance.now() < end, "it never ended");
  }
});

test("a link that leads nowhere breaks connections, and one that leads to nobody too", async () => {
  await proxy.lead("other", null);
  using nowhere = new Caller(otherPort);
  assert.equal(await nowhere.ended, "ECONNRESET");
  await proxy.lead("other", "tcp:127.0.0.1:1");
  using toNobody = new Caller(otherPort);
  assert.equal(await toNobody.ended, "ECONNRESET");
  await proxy.lead("other", `tcp:127.0.0.1:${portOf(echo)}`);
});

test("a proxy that was killed is replaced by one with the same links and rules", async () => {
  await proxy.rule("kept", ["other"], { cut: "close" }, 60_000);
  const killed = proxy.pid;
  process.kill(killed, "SIGKILL");
  for (const end = performance.now() + 20_000; ; await sleep(50)) {
    using caller = new Caller(port);
    const answer = await Promise.race([
      caller.ended,
      caller.ask("x").then(
        ({ text }) => text,
        () => "",
      ),
    ]);
    if (answer === "x" && proxy.pid !== killed) break;
    assert.ok(performance.now() < end, "it never came back");
  }
  for (const end = performance.now() + 20_000; ; await sleep(50)) {
    using caller = new Caller(otherPort);
    if ((await Promise.race([caller.ended, sleep(500, "open")])) === "end") break;
    assert.ok(performance.now() < end, "the rule was forgotten");
  }
  await proxy.clear("kept");
});
