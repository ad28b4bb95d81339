import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { deadlines, monotonicMs } from "../src/contract/deadline.ts";
import { createDestination } from "../src/wire/client.ts";
import { createServer } from "../src/wire/server.ts";
import { bareClient, bareServer } from "./bare.ts";

/**
 * What the wire adds to moving JSON: `node bench/frames.ts [seconds per round]`.
 *
 * Two processes, client and server, loopback TCP, JSON text made and read at both ends. "bare" is the least that can
 * carry a call: length-prefixed frames of [id, value], one write per turn of the event loop, a promise per call; no
 * deadline, trace, handshake, cancellation, limits or back-pressure. "wire" is this repository's client and server with
 * all of those. Rounds are interleaved A-B-B-A; medians with the lowest and highest round.
 */

const rounds = 5;
const inFlight = 64;
const seconds = Number(process.argv[2] ?? 1);
const secret = Buffer.alloc(32, 7);

const post = {
  id: 4711,
  title: "오늘의 게시글 제목입니다",
  content: "The quick brown fox jumps over the lazy dog. ".repeat(4),
};
const works = { echo: post, list: Array.from({ length: 20 }, (_, n) => ({ ...post, id: n })) };
type Call = (value: unknown) => Promise<unknown>;

// — the wire —

async function wireServer(): Promise<string> {
  const server = await createServer({
    address: "tcp:127.0.0.1:0",
    secret,
    name: "bench#0",
    receive: (call) => call.reply(JSON.stringify(call.input)),
    warn: (message) => console.error(message),
  });
  return server.address;
}

function wireClient(address: string): Call {
  const destination = createDestination({ secret, name: "client#0", to: "bench", guards: "guarded" });
  destination.endpoints([address]);
  const meta = {
    from: "client",
    traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    identity: "",
    key: "",
  };
  return (value) =>
    destination.call({
      operation: "bench.echo",
      input: JSON.stringify(value),
      meta,
      deadline: deadlines.nowMs() + 1000,
      signal: null,
      owner: null,
    });
}

// — measuring —

interface Figures {
  perSecond: number;
  /** CPU time of both processes per call, which says more than calls/s on a machine that others use too. */
  cpuUs: number;
}

async function cpuMsOf(server: ChildProcess): Promise<number> {
  server.send("cpu");
  const [theirs] = (await once(server, "message")) as [number];
  return theirs + cpuMs();
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function measureRound(call: Call, server: ChildProcess, value: unknown, width: number): Promise<Figures> {
  const cpuBefore = await cpuMsOf(server);
  const until = monotonicMs() + seconds * 1000;
  const begun = monotonicMs();
  let done = 0;
  const worker = async (): Promise<void> => {
    for (; monotonicMs() < until; done++) {
      const outcome = (await call(value)) as { ok?: boolean; message?: string };
      if (outcome.ok === false) throw new Error(outcome.message);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  const tookMs = monotonicMs() - begun;
  const cpu = (await cpuMsOf(server)) - cpuBefore;
  return { perSecond: (done / tookMs) * 1000, cpuUs: (cpu / done) * 1000 };
}

async function startServer(kind: string): Promise<{ child: ChildProcess; address: string }> {
  const child = fork(fileURLToPath(import.meta.url), [kind, "serve"]);
  const [address] = (await once(child, "message")) as [string];
  return { child, address };
}

function medianOf(figures: number[]): number {
  return figures.toSorted((a, b) => a - b)[figures.length >> 1]!;
}

function summary(name: string, figures: Figures[]): string {
  const rates = figures.map(({ perSecond }) => perSecond);
  const [median, low, high] = [medianOf(rates), Math.min(...rates), Math.max(...rates)].map((rate) =>
    Math.round(rate).toLocaleString("en"),
  );
  return `${name} ${median} (${low}–${high}), ${medianOf(figures.map(({ cpuUs }) => cpuUs)).toFixed(1)} µs CPU`;
}

const ratioOf = (top: Figures[], bottom: Figures[], figure: keyof Figures): string =>
  (medianOf(top.map((each) => each[figure])) / medianOf(bottom.map((each) => each[figure]))).toFixed(2);

async function measure(): Promise<void> {
  const servers = { bare: await startServer("bare"), wire: await startServer("wire") };
  try {
    const calls = { bare: await bareClient(servers.bare.address), wire: wireClient(servers.wire.address) };
    console.log(
      `node ${process.version}, loopback TCP, ${rounds} rounds of ${seconds} s; calls/s: median (lowest–highest)`,
    );
    for (const [work, value] of Object.entries(works))
      for (const width of [inFlight, 1]) {
        const figures = { bare: [] as Figures[], wire: [] as Figures[] };
        const run = (kind: "bare" | "wire"): Promise<Figures> =>
          measureRound(calls[kind], servers[kind].child, value, width);
        await run("bare");
        await run("wire");
        for (let round = 0; round < rounds; round++)
          for (const kind of round % 2 === 0 ? (["bare", "wire"] as const) : (["wire", "bare"] as const))
            figures[kind].push(await run(kind));
        const { bare, wire } = figures;
        console.log(`${work}, ${width} in flight: ${summary("bare", bare)}; ${summary("wire", wire)}`);
        console.log(
          `  wire is ${ratioOf(wire, bare, "perSecond")} × bare in calls/s, ${ratioOf(wire, bare, "cpuUs")} × in CPU`,
        );
      }
  } finally {
    for (const { child } of Object.values(servers)) child.kill();
  }
}

if (process.argv[3] === "serve") {
  process.send!(await (process.argv[2] === "bare" ? bareServer() : wireServer()));
  process.on("message", () => process.send!(cpuMs()));
  process.on("disconnect", () => process.exit());
} else {
  await measure();
  process.exit();
}
