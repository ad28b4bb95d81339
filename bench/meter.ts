import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Client } from "seamline";
import board from "../apps/board/app.ts";
import { openBulk } from "../src/deploy/bulk.ts";
import { deploy } from "../src/deploy/deploy.ts";
import { keepKeys } from "../src/deploy/keys.ts";
import { withAnyPorts } from "../src/deploy/ports.ts";
import type { Directory, ProcessConfig } from "../src/kernel/control.ts";
import { startProcess } from "../src/kernel/process.ts";
import type { RunningProcess } from "../src/kernel/running.ts";
import { app as defineApp } from "../src/module/app.ts";
import { pages } from "../src/module/pages.ts";
import { microservices, monolith, topology, type Topology } from "../src/topology/topology.ts";
import echoApp from "./app.ts";
import { echo } from "./echo.contract.ts";

/**
 * What it costs to measure every call: `npm run bench -- meter [--seconds S] [--rounds N]`.
 *
 * The same work with the meters on and off, A-B-B-A in short rounds of one run: the board's list page, whose calls are
 * joined in a monolith and cut in microservices, and a bare call, joined and over loopback TCP with both ends in this
 * process. Medians with the lowest and highest round. Pages are what users ask for; an empty handler shows the meters
 * themselves.
 */

const { values } = parseArgs({
  options: { seconds: { type: "string", default: "0.5" }, rounds: { type: "string", default: "20" } },
});
const [seconds, rounds] = [Number(values.seconds), Number(values.rounds)];
if (!(seconds > 0 && rounds > 0)) throw new Error("usage: meter [--seconds S] [--rounds N], both above 0");

/** What is done again and again, `inFlight` at once, and how it is measured. */
interface Subject {
  readonly name: string;
  readonly inFlight: number;
  work(): Promise<unknown>;
  meter(on: boolean): Promise<void>;
}

/** Times a second. */
async function rate({ work, inFlight }: Subject): Promise<number> {
  const start = performance.now();
  let done = 0;
  const lane = async (): Promise<void> => {
    for (; performance.now() < start + seconds * 1000; done++) await work();
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  return (done * 1000) / (performance.now() - start);
}

async function compare(subject: Subject): Promise<void> {
  const rates: Record<"off" | "on", number[]> = { off: [], on: [] };
  // The first rounds find cold code, and are not counted.
  for (let round = -4; round < rounds; round++)
    for (const side of round % 2 === 0 ? (["off", "on"] as const) : (["on", "off"] as const)) {
      await subject.meter(side === "on");
      const measured = await rate(subject);
      if (round >= 0) rates[side].push(measured);
    }
  await subject.meter(false);
  const lost = 100 * (1 - median(rates.on) / median(rates.off));
  console.log(`${subject.name.padEnd(38)} off ${show(rates.off)}  on ${show(rates.on)}  ${lost.toFixed(1)} % lost`);
}

function median(of: readonly number[]): number {
  return of.toSorted((a, b) => a - b)[Math.floor(of.length / 2)]!;
}

function show(rates: readonly number[]): string {
  const [least, middle, most] = [Math.min(...rates), median(rates), Math.max(...rates)].map((value) =>
    Math.round(value).toLocaleString("en"),
  );
  return `${middle!.padStart(8)}/s (${least}–${most})`;
}

async function page(name: string, shape: Topology, directory: string): Promise<void> {
  const appUrl = import.meta.resolve("../apps/board/app.ts");
  const where = { topology: withAnyPorts(shape), topologyName: "bench", directory };
  const deployment = await deploy({ app: board, appUrl, ...where });
  try {
    const target = { stores: deployment.stores(), directory, clockOffsetMs: 0 };
    const { signal } = new AbortController();
    const { default: seed } = await board.seed!();
    await using bulk = openBulk(target, () => {}, signal);
    await seed.run("XS", bulk.access);
    await bulk.commit();
    const url = new URL("/board", deployment.url!.replace("localhost", "127.0.0.1"));
    const work = async (): Promise<void> => {
      const answer = await fetch(url);
      if (!(await answer.text()) || answer.status !== 200) throw new Error(`${url.href} answered ${answer.status}`);
    };
    let metering: Awaited<ReturnType<typeof deployment.meter>> | null = null;
    const meter = async (on: boolean): Promise<void> => {
      await metering?.stop();
      metering = on ? await deployment.meter(() => {}) : null;
    };
    await compare({ name, inFlight: 8, work, meter });
  } finally {
    await deployment.stop();
  }
}

const nowhere: Directory = { endpoints: {}, ports: {}, clockOffsetMs: 0 };

/** An empty handler, asked by somebody in the same process, or over a socket in another. */
async function call(binding: "joined" | "cut", directory: string): Promise<void> {
  const asker = pages("edge", { uses: { echo }, plugin() {} });
  const { modules } = echoApp;
  const app = defineApp("echo", { modules, pages: { edge: () => Promise.resolve({ default: asker }) } });
  const keys = await keepKeys(directory);
  const processes: RunningProcess[] = [];
  const start = async (parts: string[], listen: ProcessConfig["listen"], at: Directory): Promise<RunningProcess> => {
    const graph = { uses: { edge: ["echo"] }, subscribers: {}, stores: [] };
    const shape = { topology: topology({ processes: { bench: { modules: parts } } }), graph, stores: {}, directory };
    const own = { deployment: "bench", process: "bench", replica: 0, app: "", listen, port: null };
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    const running = await startProcess(app, { ...own, ...shape, ...keys }, at, { log, health() {}, detect: "off" });
    processes.unshift(running);
    return running;
  };
  try {
    if (binding === "joined") await start(["edge", "echo"], null, nowhere);
    else {
      const { listen } = await start(["echo"], "tcp:127.0.0.1:0", nowhere);
      await start(["edge"], null, {
        ...nowhere,
        endpoints: { echo: [listen as NonNullable<ProcessConfig["listen"]>] },
      });
    }
    const scope = { deadlineMs: 3_600_000, signal: new AbortController().signal, traceparent: "", degraded() {} };
    const { echo: client } = processes[0]!.context("edge", scope) as unknown as { echo: Client<typeof echo> };
    const post = { id: "4711", title: "오늘의 게시글 제목입니다", content: "The quick brown fox. ".repeat(8) };
    const meter = async (on: boolean): Promise<void> => processes.forEach((process) => process.meter(on, () => {}));
    await compare({ name: `a bare ${binding} call`, inFlight: 64, work: () => client.echo(post), meter });
  } finally {
    for (const process of processes) await process.drain(1000);
  }
}

console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? "unknown"}, ${process.platform}`);
console.log(`${rounds} rounds of ${seconds} s each, interleaved; median (lowest–highest)\n`);
const directory = await mkdtemp(join(tmpdir(), "seamline-bench-"));
try {
  await page("the list page, monolith", monolith(board), join(directory, "monolith"));
  await page("the list page, microservices", microservices(board), join(directory, "microservices"));
  await call("joined", directory);
  await call("cut", directory);
} finally {
  await rm(directory, { recursive: true, force: true });
}
