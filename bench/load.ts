import { fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { startLoad, type WindowTally } from "../src/load/load.ts";
import { Histogram } from "../src/record/histogram.ts";

/**
 * Whether the load generator keeps up with 2,000 requests a second: against the least server that Node can be, in another
 * process. What counts is its own event-loop delay (p99 below 10 ms), what it dropped or sent late, and that it costs less
 * processor time than what it loads.
 *
 *   npm run bench -- load [requests a second, 2000] [seconds, 5] [rounds, 3]
 */

const [rate = 2000, seconds = 5, rounds = 3] = process.argv
  .slice(2)
  .filter((word) => /^\d+$/.test(word))
  .map(Number);
const fixture = import.meta.resolve("../src/load/testing/app.ts");

async function serve(): Promise<void> {
  const body = `<!doctype html><title>hello</title>${"<p>안녕하세요, [] hello</p>".repeat(150)}`;
  const server = createServer((_request, response) => response.end(body)).listen(0, "127.0.0.1");
  await once(server, "listening");
  process.on("message", () => {
    const { user, system } = process.cpuUsage();
    process.send!((user + system) / 1000);
  });
  process.on("disconnect", () => process.exit());
  process.send!((server.address() as AddressInfo).port);
}

function line(tally: WindowTally, serverMs: number): string {
  const [column] = tally.columns;
  const { offered, late, features } = column!;
  const count = (outcome: "good" | "dropped"): number =>
    features.reduce((sum, each) => sum + each.outcomes[outcome], 0);
  const latency = Histogram.merged(features.map((feature) => Histogram.fromJson(feature.latency)));
  const { loopP99Ms, cpuMs } = tally.generator;
  const shares = [count("good") / offered, count("dropped") / offered, late / offered].map(
    (x) => `${(100 * x).toFixed(2)} %`,
  );
  return [
    `${offered} requests: good ${shares[0]}, dropped ${shares[1]}, late ${shares[2]}`,
    `own loop delay p99 ${loopP99Ms.toFixed(1)} ms`,
    `latency p50 ${latency.percentile(0.5)?.toFixed(2)} p99 ${latency.percentile(0.99)?.toFixed(2)} ms`,
    `CPU a request ${((1000 * cpuMs) / offered).toFixed(0)} µs, server ${((1000 * serverMs) / offered).toFixed(0)} µs`,
  ].join("; ");
}

async function measure(): Promise<void> {
  const server = fork(import.meta.filename, ["serve"]);
  const [port] = (await once(server, "message")) as [number];
  const serverCpuMs = async (): Promise<number> => {
    server.send("cpu");
    return ((await once(server, "message")) as [number])[0];
  };
  const features = ["hello", "list", "signIn", "mine"].map((name) => ({ name, promiseMs: 500 }));
  const columns = [{ name: "trivial", url: `http://127.0.0.1:${port}` }];
  const load = await startLoad({ appUrl: fixture, scenario: "hello", size: null, columns, features });
  try {
    const window = { columns: ["trivial"], rate };
    await load.window({ ...window, id: "warmup", forMs: 2000, seed: "warmup" });
    for (let round = 1; round <= rounds; round += 1) {
      const before = await serverCpuMs();
      const tally = await load.window({ ...window, id: String(round), forMs: seconds * 1000, seed: String(round) });
      console.log(line(tally, (await serverCpuMs()) - before));
    }
  } finally {
    await load.stop();
    server.disconnect();
  }
}

if (process.argv[2] === "serve") await serve();
else await measure();
