import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import board from "../apps/board/app.ts";
import { deploy } from "../src/deploy/deploy.ts";
import { withAnyPorts } from "../src/deploy/ports.ts";
import { startLoad, type LoadOptions, type WindowTally } from "../src/load/load.ts";
import { Histogram } from "../src/record/histogram.ts";
import { monolith } from "../src/topology/topology.ts";

/**
 * Whether the load generator is good enough to measure with:
 *
 * - against the least server that Node can be, in another process, it keeps to 2,000 requests a second, with a p99 of its
 *   own event loop's delay below 10 ms, and next to nothing dropped or late;
 * - it costs less processor time than what it loads: the board, in one process, without its database.
 *
 *   npm run bench -- load [--rate 2000] [--board-rate 100] [--seconds 5] [--rounds 3]
 */

const { values } = parseArgs({
  options: {
    rate: { type: "string", default: "2000" },
    "board-rate": { type: "string", default: "100" },
    seconds: { type: "string", default: "5" },
    rounds: { type: "string", default: "3" },
    serve: { type: "boolean", default: false },
  },
});

/** What is loaded, and how much processor time it has taken. */
interface Target {
  readonly options: Omit<LoadOptions, "columns" | "size">;
  readonly url: string;
  cpuMs(): Promise<number>;
  stop(): Promise<void>;
}

function serve(): void {
  const body = `<!doctype html><title>hello</title>${"<p>안녕하세요, [] hello</p>".repeat(150)}`;
  const server = createServer((_request, response) => response.end(body));
  process.on("message", () => {
    const { user, system } = process.cpuUsage();
    process.send!((user + system) / 1000);
  });
  process.on("disconnect", () => process.exit());
  server.listen(0, "127.0.0.1", () => process.send!((server.address() as AddressInfo).port));
}

async function trivial(): Promise<Target> {
  const server = fork(import.meta.filename, ["--serve"]);
  const answer = async (): Promise<number> => ((await once(server, "message")) as [number])[0];
  const appUrl = import.meta.resolve("../src/load/testing/app.ts");
  const features = ["hello", "list", "signIn", "mine"].map((name) => ({ name, promiseMs: 500 }));
  return {
    options: { appUrl, scenario: "hello", features },
    url: `http://127.0.0.1:${await answer()}`,
    cpuMs() {
      server.send("cpu");
      return answer();
    },
    async stop() {
      server.disconnect();
      await once(server, "exit");
    },
  };
}

async function theBoard(): Promise<Target> {
  const directory = await mkdtemp(join(tmpdir(), "seamline-bench-"));
  const appUrl = import.meta.resolve("../apps/board/app.ts");
  const topology = withAnyPorts(monolith(board));
  const deployment = await deploy({ app: board, appUrl, topology, topologyName: "monolith", directory });
  const features = Object.entries(board.features).map(([name, { promiseMs }]) => ({ name, promiseMs }));
  return {
    options: { appUrl, scenario: "chapter", features },
    url: deployment.url!.replace("localhost", "127.0.0.1"),
    async cpuMs() {
      const { processes } = await deployment.status();
      return processes.reduce((sum, { status }) => sum + (status?.cpuMs ?? 0), 0);
    },
    async stop() {
      await deployment.stop();
      await rm(directory, { recursive: true });
    },
  };
}

function line({ columns, generator }: WindowTally, targetMs: number): string {
  const { offered, late, features } = columns[0]!;
  const count = (outcome: "good" | "dropped"): number =>
    features.reduce((sum, each) => sum + each.outcomes[outcome], 0);
  const share = (part: number): string => `${((100 * part) / offered).toFixed(2)} %`;
  const each = (cpuMs: number): string => `${((1000 * cpuMs) / offered).toFixed(0)} µs`;
  const latency = Histogram.merged(features.map((feature) => Histogram.fromJson(feature.latency)));
  return [
    `  ${offered} requests: good ${share(count("good"))}, dropped ${share(count("dropped"))}, late ${share(late)}`,
    `own delay p99 ${generator.loopP99Ms.toFixed(1)} ms`,
    `latency p50 ${latency.percentile(0.5)?.toFixed(2)}, p99 ${latency.percentile(0.99)?.toFixed(2)} ms`,
    `CPU a request: generator ${each(generator.cpuMs)}, loaded side ${each(targetMs)}`,
  ].join("; ");
}

async function measure(name: string, rate: number, open: () => Promise<Target>): Promise<void> {
  const target = await open();
  try {
    const load = await startLoad({ ...target.options, size: null, columns: [{ name, url: target.url }] });
    try {
      console.log(`${name}, ${rate} requests/s, load average ${loadavg()[0]!.toFixed(1)} on ${cpus().length} cores`);
      const window = { columns: [name], rate };
      await load.window({ ...window, id: "warmup", forMs: 3000, seed: "warmup" });
      for (let round = 1; round <= Number(values.rounds); round += 1) {
        const before = await target.cpuMs();
        const forMs = Number(values.seconds) * 1000;
        const tally = await load.window({ ...window, id: String(round), forMs, seed: String(round) });
        console.log(line(tally, (await target.cpuMs()) - before));
      }
    } finally {
      await load.stop();
    }
  } finally {
    await target.stop();
  }
}

if (values.serve) serve();
else {
  await measure("a trivial server", Number(values.rate), trivial);
  await measure("the board", Number(values["board-rate"]), theBoard);
}
