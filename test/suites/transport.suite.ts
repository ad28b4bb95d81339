import assert from "node:assert/strict";
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { afterEach, describe, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { deadlines, monotonicMs } from "../../src/contract/deadline.ts";
import { createDestination } from "../../src/wire/client.ts";
import { createServer } from "../../src/wire/server.ts";
import type {
  Address,
  Destination,
  DestinationOptions,
  IncomingCall,
  Outcome,
  OutgoingCall,
  WireServer,
  WireServerOptions,
} from "../../src/wire/wire.ts";

/**
 * What every transport promises to both sides of a call, with real sockets and real processes that are frozen and
 * killed. `newAddress` gives an address that nobody listens on; the same string must be usable again after a restart.
 */

export const secret = Buffer.alloc(32, 1);
const meta = { from: "caller", traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01`, identity: "", key: "" };

/** Undone after each test, last first. */
const undo: (() => unknown)[] = [];
export function cleanUp(): void {
  afterEach(async () => {
    for (const act of undo.splice(0).toReversed()) await act();
  });
}

export async function serve(
  address: Address,
  receive: (call: IncomingCall) => void,
  options: Partial<WireServerOptions> = {},
): Promise<WireServer> {
  const server = await createServer({ address, secret, name: "callee#0", receive, warn: () => {}, ...options });
  undo.push(() => server.close());
  return server;
}

export function destinationOf(addresses: Address[], options: Partial<DestinationOptions> = {}): Destination {
  const destination = createDestination({ secret, name: "caller#0", to: "callee", guards: "guarded", ...options });
  undo.push(() => destination.close());
  destination.endpoints(addresses);
  return destination;
}

export function call(
  destination: Destination,
  operation: string,
  input: unknown = null,
  rest: Partial<OutgoingCall> & { ms?: number } = {},
): Promise<Outcome> {
  const deadline = monotonicMs() + (rest.ms ?? 2000);
  return destination.call({
    operation,
    input: JSON.stringify(input),
    meta,
    deadline,
    signal: null,
    owner: null,
    ...rest,
  });
}

export async function failure(outcome: Promise<Outcome>): Promise<Extract<Outcome, { ok: false }>> {
  const ended = await outcome;
  assert.ok(!ended.ok, "the call succeeded");
  return ended;
}

export const echo = (incoming: IncomingCall): void => incoming.reply(JSON.stringify(incoming.input ?? null));

/** Resolves when `condition` holds; a test that waits for ever is ended by the runner, with this message. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const giveUp = monotonicMs() + 10_000;
  while (!condition()) {
    assert.ok(monotonicMs() < giveUp, `still not: ${what}`);
    await wait(5);
  }
}

async function startPeer(address: Address): Promise<{ child: ChildProcess; address: Address }> {
  const file = fileURLToPath(new URL("../../src/wire/testing/peer.ts", import.meta.url));
  const child = fork(file, [address, secret.toString("hex")]);
  undo.push(() => stopPeer(child));
  const [said] = (await once(child, "message")) as [Address];
  return { child, address: said };
}

async function stopPeer(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}

export function transportSuite(name: string, newAddress: () => Address): void {
  describe(`the ${name} transport`, () => {
    cleanUp();
    calls(newAddress);
    endings(newAddress);
    processes(newAddress);
    endpoints(newAddress);
    leaving(newAddress);
  });
}

function calls(newAddress: () => Address): void {
  test("a call arrives with all that goes with it, and its answer comes back", async () => {
    const seen: IncomingCall[] = [];
    const server = await serve(newAddress(), (incoming) => {
      seen.push(incoming);
      echo(incoming);
    });
    const destination = destinationOf([server.address]);
    const input = { title: '안녕 "세계" \u2028 \\', list: [1, null, { $: "undefined" }] };
    const full = { ...meta, identity: "user\n7", key: 'k"1' };
    assert.deepEqual(await call(destination, "board.write", input, { meta: full }), { ok: true, value: input });
    assert.equal(seen[0]!.operation, "board.write");
    assert.deepEqual(seen[0]!.meta, full);
    assert.ok(seen[0]!.deadline > monotonicMs() && seen[0]!.deadline <= monotonicMs() + 2000 + 50);
  });

  test("a call without input, deadline and output", async () => {
    const server = await serve(newAddress(), (incoming) => {
      assert.equal(incoming.input, undefined);
      assert.equal(incoming.deadline, Infinity);
      incoming.reply("");
    });
    const outcome = await call(destinationOf([server.address]), "a.b", null, { input: "", deadline: Infinity });
    assert.deepEqual(outcome, { ok: true, value: undefined });
  });

  test("failures arrive with origin, code, message, data and trace id", async () => {
    const server = await serve(newAddress(), (incoming) =>
      incoming.fail({ origin: "contract", code: "full", message: "꽉 찼음", data: '{"room":3}', traceId: "t1" }),
    );
    const { ok, ...rest } = await failure(call(destinationOf([server.address]), "a.b"));
    const expected = { origin: "contract", code: "full", message: "꽉 찼음", data: { room: 3 }, traceId: "t1" };
    assert.deepEqual({ ok, ...rest }, { ok: false, ...expected, unsent: false });
  });

  test("thousands of calls at once, answered out of order, each get their own answer", async () => {
    const server = await serve(newAddress(), (incoming) =>
      setTimeout(() => echo(incoming), (incoming.input as number) % 7),
    );
    const destination = destinationOf([server.address]);
    const outcomes = await Promise.all(Array.from({ length: 3000 }, (_, n) => call(destination, "a.b", n)));
    assert.deepEqual(
      outcomes,
      Array.from({ length: 3000 }, (_, n) => ({ ok: true, value: n })),
    );
  });

  test("frames larger than any buffer arrive whole, mixed with small ones", async () => {
    const server = await serve(newAddress(), echo);
    const destination = destinationOf([server.address]);
    const texts = Array.from({ length: 12 }, (_, n) => (n % 2 === 0 ? "글" : "x").repeat(n % 3 === 0 ? 300_000 : n));
    const outcomes = await Promise.all(texts.map((text) => call(destination, "a.b", text)));
    assert.ok(outcomes.every((outcome, n) => outcome.ok && outcome.value === texts[n]));
  });

  test("a frame above the limit is refused before it is sent, in both directions", async () => {
    const server = await serve(newAddress(), (incoming) => incoming.reply(JSON.stringify("y".repeat(9000))), {
      maxFrameBytes: 8192,
    });
    const destination = destinationOf([server.address], { maxFrameBytes: 8192 });
    const [large, answer] = [
      await failure(call(destination, "a.b", "x".repeat(9000))),
      await failure(call(destination, "a.b")),
    ];
    assert.deepEqual([large.code, large.unsent], ["invalid", true]);
    assert.deepEqual([answer.code, answer.unsent], ["invalid", false]);
    assert.match(answer.message, /9002 bytes.*8192/);
  });

  test("a receiver that throws fails its call as internal, and the next call is served", async () => {
    const server = await serve(newAddress(), (incoming) => {
      if (incoming.operation === "a.bad") throw new Error("secret detail");
      echo(incoming);
    });
    const destination = destinationOf([server.address]);
    const { code, message } = await failure(call(destination, "a.bad"));
    assert.equal(code, "internal");
    assert.doesNotMatch(message, /secret/);
    assert.ok((await call(destination, "a.good")).ok);
  });
}

function endings(newAddress: () => Address): void {
  test("a call that is given up ends as cancelled and its receiver is told, once", async () => {
    const told: string[] = [];
    let taken = 0;
    const server = await serve(newAddress(), (incoming) => {
      taken++;
      incoming.oncancel = () => told.push(incoming.operation);
    });
    const destination = destinationOf([server.address]);
    const abort = new AbortController();
    const pending = failure(call(destination, "a.b", 1, { signal: abort.signal, deadline: Infinity }));
    await until(() => taken === 1, "taken");
    abort.abort();
    abort.abort();
    const { code, unsent } = await pending;
    assert.deepEqual([code, unsent], ["cancelled", false]);
    await until(() => told.length > 0, "told");
    const before = await failure(call(destination, "a.c", 1, { signal: abort.signal }));
    assert.deepEqual([before.code, before.unsent], ["cancelled", true]);
    assert.deepEqual(told, ["a.b"]);
  });

  test("calls end as cancelled when those on whose behalf they were made are abandoned", async () => {
    const server = await serve(newAddress(), () => {});
    const destination = destinationOf([server.address]);
    const owner = {};
    const pending = [2000, Infinity].map((deadline) =>
      failure(call(destination, "a.b", 1, { owner, deadline: monotonicMs() + deadline })),
    );
    deadlines.abandon(owner);
    for (const { code } of await Promise.all(pending)) assert.equal(code, "cancelled");
    assert.equal(destination.status()[0]!.inFlight, 0);
  });

  test("a call that is not answered ends at its deadline, its receiver is told, and a late answer harms nobody", async () => {
    const late: IncomingCall[] = [];
    let told = 0;
    const server = await serve(newAddress(), (incoming) => {
      if (incoming.operation === "a.echo") return echo(incoming);
      late.push(incoming);
      incoming.oncancel = () => told++;
    });
    const destination = destinationOf([server.address]);
    // With a link that stands, so that the time does not go into the setting up of one.
    await call(destination, "a.echo");
    const { code, unsent } = await failure(call(destination, "a.b", 1, { ms: 60 }));
    assert.deepEqual([code, unsent], ["deadline_exceeded", false]);
    await until(() => told === 1, "told");
    late[0]!.reply('"late"');
    late[0]!.reply('"again"');
    assert.deepEqual(await call(destination, "a.echo", 2), { ok: true, value: 2 });
    assert.equal(destination.status()[0]!.inFlight, 0);
    const past = await failure(call(destination, "a.b", 1, { ms: -100 }));
    assert.deepEqual([past.code, past.unsent], ["deadline_exceeded", true]);
  });

  test("a second answer to one call is ignored", async () => {
    const server = await serve(newAddress(), (incoming) => {
      incoming.reply("1");
      incoming.reply("2");
      incoming.fail({ origin: "transport", code: "internal", message: "", data: "", traceId: "" });
    });
    const destination = destinationOf([server.address]);
    for (let n = 0; n < 3; n++) assert.deepEqual(await call(destination, "a.b"), { ok: true, value: 1 });
  });

  test("a process with another secret is refused, both sides say so, and nothing of it is acted upon", async () => {
    const said: { side: string; message: string; code: unknown }[] = [];
    const warnOf = (side: string) => (message: string, data: object) =>
      said.push({ side, message, code: (data as { code?: unknown }).code });
    let received = 0;
    const server = await serve(newAddress(), () => received++, { warn: warnOf("server") });
    const stranger = destinationOf([server.address], { secret: Buffer.alloc(32, 2), warn: warnOf("client") });
    const { code, unsent, message } = await failure(call(stranger, "a.b"));
    assert.deepEqual([code, unsent], ["unavailable", true]);
    assert.match(message, /secret/);
    assert.deepEqual(said.map(({ side }) => side).toSorted(), ["client", "server"]);
    assert.ok(said.every(({ message: text, code: kind }) => kind === "wire_refused" && text.includes("secret")));
    assert.equal(received, 0);
  });
}

function processes(newAddress: () => Address): void {
  test("a frozen process: calls end in time, guarded callers stop asking, and it is used again after it thaws", async () => {
    const { child, address } = await startPeer(newAddress());
    const [guarded, naive] = [destinationOf([address]), destinationOf([address], { guards: "naive" })];
    assert.deepEqual(await call(guarded, "peer.pid"), { ok: true, value: child.pid });
    assert.deepEqual(await call(naive, "peer.pid"), { ok: true, value: child.pid });
    child.kill("SIGSTOP");
    const codes = async (destination: Destination): Promise<string[]> =>
      Promise.all(
        Array.from({ length: 8 }, async () => (await failure(call(destination, "peer.echo", 1, { ms: 150 }))).code),
      );
    const first = [...(await codes(guarded)), ...(await codes(naive))];
    assert.deepEqual(new Set(first), new Set(["deadline_exceeded"]));
    assert.deepEqual([guarded.status()[0]!.breaker, naive.status()[0]!.breaker], ["open", "closed"]);
    const refused = await failure(call(guarded, "peer.echo", 1));
    assert.deepEqual([refused.code, refused.unsent], ["unavailable", true]);
    child.kill("SIGCONT");
    assert.ok((await call(naive, "peer.echo", 1)).ok);
    await until(() => guarded.status()[0]!.breaker !== "open", "not open");
    assert.ok((await call(guarded, "peer.echo", 1)).ok);
    assert.equal(guarded.status()[0]!.breaker, "closed");
  });

  test("a process that is frozen before the link is made: calls end in time, as unsent", async () => {
    const { child, address } = await startPeer(newAddress());
    child.kill("SIGSTOP");
    const { code, unsent } = await failure(call(destinationOf([address]), "peer.echo", 1, { ms: 150 }));
    assert.deepEqual([code, unsent], ["deadline_exceeded", true]);
  });

  test("a frozen process that is sent more than it can take: calls are turned away at once as overloaded", async () => {
    const { child, address } = await startPeer(newAddress());
    const destination = destinationOf([address]);
    assert.ok((await call(destination, "peer.echo", 1)).ok);
    child.kill("SIGSTOP");
    const large = "x".repeat(1_000_000);
    const pending = Array.from({ length: 12 }, () => failure(call(destination, "peer.echo", large, { ms: 400 })));
    const ended = await Promise.all(pending);
    const away = ended.filter(({ code }) => code === "overloaded");
    assert.ok(away.length > 0 && away.length < 12 && away.every(({ unsent }) => unsent));
    assert.ok(ended.every(({ code }) => code === "overloaded" || code === "deadline_exceeded"));
  });

  test("a killed process: calls in hand end at once, and after it is back on its address calls succeed", async () => {
    const { child, address } = await startPeer(newAddress());
    const destination = destinationOf([address]);
    assert.ok((await call(destination, "peer.echo", 1)).ok);
    const pending = Array.from({ length: 16 }, () =>
      failure(call(destination, "peer.never", 1, { deadline: Infinity })),
    );
    await wait(20);
    await stopPeer(child);
    for (const { code, unsent } of await Promise.all(pending)) assert.deepEqual([code, unsent], ["unavailable", false]);
    const away = await failure(call(destination, "peer.echo", 1));
    assert.deepEqual([away.code, away.unsent], ["unavailable", true]);
    const { child: next } = await startPeer(address);
    destination.endpoints([address]);
    assert.deepEqual(await call(destination, "peer.pid"), { ok: true, value: next.pid });
  });

  test("a process that is back without having been announced is found by calling", async () => {
    const { child, address } = await startPeer(newAddress());
    const destination = destinationOf([address]);
    await stopPeer(child);
    for (let n = 0; n < 3; n++) assert.equal((await failure(call(destination, "peer.echo", 1))).unsent, true);
    await startPeer(address);
    let found = false;
    const giveUp = monotonicMs() + 5000;
    while (!found && monotonicMs() < giveUp) {
      found = (await call(destination, "peer.echo", 1)).ok;
      await wait(20);
    }
    assert.ok(found);
  });
}

function endpoints(newAddress: () => Address): void {
  test("without endpoints a call ends at once and says so", async () => {
    const { code, unsent, message } = await failure(call(destinationOf([]), "a.b"));
    assert.deepEqual([code, unsent], ["unavailable", true]);
    assert.equal(message, "callee has no ready endpoint");
  });

  test("calls are spread over the endpoints, and a slow one gets fewer", async () => {
    const count = [0, 0, 0];
    const addresses: Address[] = [];
    for (const index of [0, 1, 2]) {
      const server = await serve(newAddress(), (incoming) => {
        count[index]!++;
        setTimeout(() => echo(incoming), index === 2 ? 40 : 2);
      });
      addresses.push(server.address);
    }
    const destination = destinationOf(addresses);
    const worker = async (): Promise<void> => {
      for (let n = 0; n < 40; n++) assert.ok((await call(destination, "a.b", n)).ok);
    };
    await Promise.all(Array.from({ length: 12 }, worker));
    assert.ok(
      count.every((n) => n > 0),
      String(count),
    );
    assert.ok(count[2]! < count[0]! / 2 && count[2]! < count[1]! / 2, String(count));
  });

  test("one of two dead: after the breaker has opened every call succeeds", async () => {
    const server = await serve(newAddress(), echo);
    const dead = await serve(newAddress(), echo);
    await dead.close();
    const destination = destinationOf([dead.address, server.address]);
    const broken = (): boolean => destination.status()[0]!.breaker === "open";
    const giveUp = monotonicMs() + 10_000;
    while (!broken() && monotonicMs() < giveUp) {
      const outcome = await call(destination, "a.b", 1);
      assert.ok(outcome.ok || outcome.unsent);
      await wait(5);
    }
    for (let n = 0; n < 20; n++) assert.ok((await call(destination, "a.b", n)).ok);
    destination.endpoints([dead.address, server.address]);
    assert.equal(destination.status()[0]!.breaker, "closed");
  });

  test("answers of any kind keep the breaker closed", async () => {
    const server = await serve(newAddress(), (incoming) =>
      incoming.fail({ origin: "transport", code: "overloaded", message: "", data: "", traceId: "" }),
    );
    const destination = destinationOf([server.address]);
    for (let n = 0; n < 8; n++) assert.equal((await failure(call(destination, "a.b"))).code, "overloaded");
    assert.equal(destination.status()[0]!.breaker, "closed");
  });

  test("an endpoint that is no longer announced finishes its calls and gets no more", async () => {
    const held: IncomingCall[] = [];
    const [old, next] = [await serve(newAddress(), (incoming) => held.push(incoming)), await serve(newAddress(), echo)];
    const destination = destinationOf([old.address]);
    const pending = call(destination, "a.b", 1);
    await until(() => held.length === 1, "held");
    destination.endpoints([next.address]);
    for (let n = 0; n < 5; n++) assert.deepEqual(await call(destination, "a.b", n), { ok: true, value: n });
    held[0]!.reply('"old"');
    assert.deepEqual(await pending, { ok: true, value: "old" });
    assert.equal(held.length, 1);
  });
}

function leaving(newAddress: () => Address): void {
  test("draining under load loses no call, ends when the last is answered, and sends callers elsewhere", async () => {
    const [first, second] = [newAddress(), newAddress()];
    const slowly = (incoming: IncomingCall): unknown => setTimeout(() => echo(incoming), 5);
    const [leaver, stayer] = [await serve(first, slowly), await serve(second, slowly)];
    const destination = destinationOf([leaver.address, stayer.address]);
    let stop = false;
    const worker = async (): Promise<void> => {
      while (!stop) {
        const outcome = await call(destination, "a.b", 1);
        assert.ok(outcome.ok || outcome.unsent, JSON.stringify(outcome));
      }
    };
    const workers = Array.from({ length: 16 }, worker);
    await wait(50);
    await leaver.drain(monotonicMs() + 5000);
    await leaver.close();
    await wait(30);
    stop = true;
    await Promise.all(workers);
    assert.equal(destination.status()[0]!.link, "down");
  });

  test("a drain whose last call is not answered ends at its deadline, and closing tells the call", async () => {
    let [taken, told] = [0, 0];
    const server = await serve(newAddress(), (incoming) => {
      taken++;
      incoming.oncancel = () => told++;
    });
    const pending = failure(call(destinationOf([server.address]), "a.b", 1, { deadline: Infinity }));
    await until(() => taken === 1, "taken");
    await server.drain(monotonicMs() + 50);
    assert.equal(told, 0);
    await server.close();
    assert.equal(told, 1);
    assert.equal((await pending).code, "unavailable");
    await server.close();
  });

  test("closing the caller ends its calls, and later ones; twice is once", async () => {
    const server = await serve(newAddress(), () => {});
    const destination = destinationOf([server.address]);
    const pending = failure(call(destination, "a.b", 1, { deadline: Infinity }));
    await wait(30);
    await Promise.all([destination.close(), destination.close()]);
    assert.equal((await pending).code, "unavailable");
    assert.equal((await failure(call(destination, "a.b"))).code, "unavailable");
  });
}
