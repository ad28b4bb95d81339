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
 * What it costs to measure every call: `npm run bench -- meter [--seconds S] [--blocks N] [--only calls]`.
 *
 * The same work with the meters off, on, on and off again in each of many short blocks of one run: the board's list page,
 * whose calls are joined in a monolith and cut in microservices, and a bare call, joined and over loopback TCP with both
 * ends in this process. Pages are what users ask for; an empty handler shows the meters themselves.
 *
 * Each block gives one ratio, in which slow drifts of the machine cancel out. Printed is the median of all blocks' ratios
 * with the interval in which it lies with 95 %, whatever the ratios' distribution: of the sorted ratios those of the ranks
 * that the sign test gives. Work a second shows what is lost where the processors are the limit, and CPU time what the
 * processes of the app take more, which somebody else on the machine disturbs less. What a page takes more is small beside
 * what disturbs it, so it is also worked out: the CPU time of a bare call's meters, which can be told well, times the calls
 * of a page. After each switch the code is compiled
 * anew, which a measured run does once; so the first moment of each window is not counted.
 */

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "0.4" },
    blocks: { type: "string", default: "24" },
    only: { type: "string", default: "" },
  },
});
const [seconds, blocks] = [Number(values.seconds), Number(values.blocks)];
if (!(seconds > 0 && blocks >= 6)) throw new Error("usage: meter [--seconds S] [--blocks N], above 0 and 6 at least");

const settleMs = 150;
/** Of a page; what a bare call loses is not limited, since no call is bare. */
const mostLost = 0.05;

/** What is done again and again, `inFlight` at once, and how it is measured. */
interface Subject {
  readonly name: string;
  readonly inFlight: number;
  readonly limited: boolean;
  work(): Promise<unknown>;
  meter(on: boolean): Promise<void>;
  /** Taken so far by the processes that do the work. */
  cpuMs(): Promise<number>;
}

interface Seen {
  readonly perSecond: number;
  readonly cpuMsEach: number;
}

async function look(subject: Subject): Promise<Seen> {
  await workFor(settleMs, subject);
  const [cpuBefore, from] = [await subject.cpuMs(), performance.now()];
  const done = await workFor(seconds * 1000, subject);
  const [took, cpu] = [performance.now() - from, (await subject.cpuMs()) - cpuBefore];
  return { perSecond: (done * 1000) / took, cpuMsEach: cpu / done };
}

/** @returns how often it was done */
async function workFor(ms: number, { work, inFlight }: Subject): Promise<number> {
  const end = performance.now() + ms;
  let done = 0;
  // The clock is looked at each time: work that never waits for anything outside would let no timer end it.
  const lane = async (): Promise<void> => {
    for (; performance.now() < end; done++) await work();
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  return done;
}

/** @returns µs of CPU time that the work takes without meters, and what they take more */
async function compare(subject: Subject): Promise<{ readonly bareUs: number; readonly moreUs: number }> {
  const seen: Record<"off" | "on", Seen[]> = { off: [], on: [] };
  // The first blocks find cold code, and are not counted.
  for (let block = -2; block < blocks; block++) {
    const order = block % 2 === 0 ? (["off", "on", "on", "off"] as const) : (["on", "off", "off", "on"] as const);
    for (const side of order) {
      await subject.meter(side === "on");
      const one = await look(subject);
      if (block >= 0) seen[side].push(one);
    }
  }
  await subject.meter(false);
  const ratios = (of: (seen: Seen) => number): number[] =>
    Array.from({ length: blocks }, (_, block) => {
      const both = (side: "off" | "on"): number => of(seen[side][2 * block]!) + of(seen[side][2 * block + 1]!);
      return both("on") / both("off");
    });
  const lost = interval(ratios(({ perSecond }) => perSecond).map((ratio) => 1 - ratio));
  const more = interval(ratios(({ cpuMsEach }) => cpuMsEach).map((ratio) => ratio - 1));
  const verdict = subject.limited ? `  ${judge(more[1], more[2])}` : "";
  console.log(`${subject.name.padEnd(28)} off ${show(seen.off)}  on ${show(seen.on)}`);
  console.log(`  lost ${percent(lost)}; CPU more ${percent(more)}${verdict}`);
  const bareUs = 1000 * median(seen.off.map(({ cpuMsEach }) => cpuMsEach));
  return { bareUs, moreUs: bareUs * more[0] };
}

type Interval = readonly [median: number, low: number, high: number];

/** The median, and the interval in which it lies with 95 %. */
function interval(values: readonly number[]): Interval {
  const sorted = values.toSorted((a, b) => a - b);
  // The greatest k of which fewer than k of n fair coins show heads with at most 2.5 %.
  let [k, below, chance] = [0, 0, 0.5 ** sorted.length];
  while (below + chance <= 0.025) {
    below += chance;
    k += 1;
    chance = (chance * (sorted.length - k + 1)) / k;
  }
  const rank = Math.max(0, k - 1);
  return [median(sorted), sorted[rank]!, sorted.at(-1 - rank)!];
}

function median(of: readonly number[]): number {
  const sorted = of.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
}

function judge(low: number, high: number): string {
  if (high <= mostLost) return "within the limit";
  return low > mostLost ? "MORE THAN THE LIMIT" : "cannot be told apart from the limit: give it more --blocks";
}

function percent([middle, one, other]: readonly number[]): string {
  const [low, high] = [Math.min(one!, other!), Math.max(one!, other!)].map((share) => (share * 100).toFixed(1));
  return `${(middle! * 100).toFixed(1)} % (${low} to ${high})`;
}

function show(seen: readonly Seen[]): string {
  const rates = seen.map(({ perSecond }) => perSecond);
  const [least, middle, most] = [Math.min(...rates), median(rates), Math.max(...rates)].map((value) =>
    Math.round(value).toLocaleString("en"),
  );
  return `${middle!.padStart(8)}/s (${least}–${most})`;
}

async function page(name: string, shape: Topology, directory: string, callUs: number): Promise<void> {
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
    let calls = 0;
    let metering: Awaited<ReturnType<typeof deployment.meter>> | null = null;
    const meter = async (on: boolean): Promise<void> => {
      await metering?.stop();
      metering = on ? await deployment.meter((line) => (calls += line.type === "seam" ? line.calls : 0)) : null;
    };
    const cpuMs = async (): Promise<number> => {
      const { processes } = await deployment.status();
      return processes.reduce((sum, { status }) => sum + (status?.cpuMs ?? 0), 0);
    };
    const { bareUs } = await compare({ name, inFlight: 8, limited: true, work, meter, cpuMs });
    await meter(true);
    calls = 0;
    const shown = 50;
    for (let at = 0; at < shown; at++) await work();
    await meter(false);
    const each = calls / shown;
    const share = (100 * each * callUs) / bareUs;
    const worked = `${each.toFixed(1)} calls × ${callUs.toFixed(2)} µs of ${Math.round(bareUs)} µs a page`;
    console.log(`  worked out: ${worked} = ${share.toFixed(2)} %`);
  } finally {
    await deployment.stop();
  }
}

const nowhere: Directory = { endpoints: {}, ports: {}, clockOffsetMs: 0 };

/** An empty handler, asked by somebody in the same process, or over a socket in another. */
async function call(binding: "joined" | "cut", directory: string): Promise<number> {
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
    const cpuMs = (): Promise<number> =>
      Promise.resolve(process.cpuUsage()).then(({ user, system }) => (user + system) / 1000);
    const work = (): Promise<unknown> => client.echo(post);
    const { moreUs } = await compare({
      name: `a bare ${binding} call`,
      inFlight: 64,
      limited: false,
      work,
      meter,
      cpuMs,
    });
    return moreUs;
  } finally {
    for (const process of processes) await process.drain(1000);
  }
}

console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? "unknown"}, ${process.platform}`);
console.log(`${blocks} blocks of 4 windows of ${seconds} s, off, on, on, off and on, off, off, on in turns`);
console.log(
  `work a second: median (lowest–highest); lost, CPU: median of blocks (95 % interval); limit of a page ${mostLost * 100} %\n`,
);
const directory = await mkdtemp(join(tmpdir(), "seamline-bench-"));
try {
  const [joinedUs, cutUs] = [await call("joined", directory), await call("cut", directory)];
  if (values.only !== "calls") {
    await page("the list page, monolith", monolith(board), join(directory, "monolith"), joinedUs);
    await page("the list page, microservices", microservices(board), join(directory, "microservices"), cutUs);
  }
} finally {
  await rm(directory, { recursive: true, force: true });
}
