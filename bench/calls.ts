import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Client } from "seamline";
import { deploy } from "../src/deploy/deploy.ts";
import { keepKeys } from "../src/deploy/keys.ts";
import type { Directory, GraphFacts } from "../src/kernel/control.ts";
import { compileSchema } from "../src/kernel/compile/compile.ts";
import { grab, rejectPending, resolvePending } from "../src/kernel/pending.ts";
import { startProcess } from "../src/kernel/process.ts";
import { app as defineApp } from "../src/module/app.ts";
import { pages } from "../src/module/pages.ts";
import { topology } from "../src/topology/topology.ts";
import { bareClient, bareServer } from "./bare.ts";
import echoApp from "./app.ts";
import { echo } from "./echo.contract.ts";

/**
 * What a call between modules costs: `npm run bench -- calls [joined | cut] [--seconds S] [--json]`.
 *
 * joined: the seam inside one process, with everything on (copy, validation both ways, deadline, trace, identity,
 * bulkhead, counters), beside the same async function called directly. cut: the same seam over loopback TCP, one
 * connection, 64 calls in flight, everything on at both ends, beside the least that can carry a call: length-prefixed
 * JSON frames, one write per turn of the event loop, a promise per call, and nothing else. All in one run, in many short
 * rounds A-B-B-A, so that both sides meet the same disturbances; medians with the lowest and highest round.
 */

const rounds = 25;
const inFlight = 64;
const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: "string", default: "0.15" }, json: { type: "boolean", default: false } },
});
const [only = "both"] = positionals;
const seconds = Number(flags.seconds);
if (!["both", "joined", "cut", "bare-server"].includes(only) || !(seconds > 0))
  throw new Error("usage: calls [joined | cut] [--seconds S] [--json], where S is the length of a round, above 0");

type EchoClient = Client<typeof echo>;
type Work = (n: number) => Promise<unknown>;

const post = {
  id: "4711",
  title: "오늘의 게시글 제목입니다",
  content: "The quick brown fox jumps over the lazy dog. ".repeat(4),
};
const list = { items: Array.from({ length: 20 }, (_, n) => ({ ...post, id: String(n) })) };

/** Calls one after the other: ns of CPU per call, so that another program's load does not count. */
async function serial(call: () => Promise<unknown>): Promise<number> {
  const end = performance.now() + seconds * 1000;
  const before = process.cpuUsage();
  let calls = 0;
  while (performance.now() < end) {
    for (let n = 0; n < 1000; n++) await call();
    calls += 1000;
  }
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1000) / calls;
}

/** Always `inFlight` calls under way: calls per second. */
async function parallel(call: Work): Promise<number> {
  const end = performance.now() + seconds * 1000;
  let calls = 0;
  const start = performance.now();
  const lane = async (): Promise<void> => {
    while (performance.now() < end) {
      await call(calls);
      calls++;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  return calls / ((performance.now() - start) / 1000);
}

interface Row {
  readonly name: string;
  readonly unit: string;
  readonly values: number[];
}

/** Runs two measurements A-B-B-A, `rounds` times each after a warm-up. */
async function against(
  a: Row,
  b: Row,
  measureA: () => Promise<number>,
  measureB: () => Promise<number>,
): Promise<void> {
  await measureA();
  await measureB();
  for (let round = 0; round < rounds; round++) {
    const first = round % 2 === 0;
    if (first) a.values.push(await measureA());
    b.values.push(await measureB());
    if (!first) a.values.push(await measureA());
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((x, y) => x - y)[Math.floor(values.length / 2)]!;
}

function show({ name, unit, values }: Row): string {
  const digits = (value: number): string => Math.round(value).toLocaleString("en");
  return `${name.padEnd(32)} ${digits(median(values)).padStart(10)} ${unit.padEnd(8)} (${digits(Math.min(...values))}–${digits(Math.max(...values))})`;
}

const facts: GraphFacts = { uses: { edge: ["echo"] }, subscribers: {}, stores: [] };
const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** A client in this process: joined when the module is here, cut when `directory` says where it is. */
async function clientIn(
  directory: string,
  endpoints: Directory["endpoints"] | null,
): Promise<{ client: EchoClient; stop(): Promise<void> }> {
  const caller = pages("edge", { uses: { echo }, plugin() {} });
  const app = defineApp("echo", {
    modules: echoApp.modules,
    pages: { edge: () => Promise.resolve({ default: caller }) },
  });
  const parts = endpoints === null ? ["echo", "edge"] : ["edge"];
  const running = await startProcess(
    app,
    {
      deployment: "bench",
      process: "bench",
      replica: 0,
      app: "",
      topology: topology({ processes: { bench: { modules: parts } } }),
      graph: facts,
      listen: null,
      port: null,
      stores: {},
      ...(await keepKeys(directory)),
      directory,
    },
    { endpoints: endpoints ?? {}, ports: {}, clockOffsetMs: 0 },
    { log: silent, health() {}, detect: "off" },
  );
  const scope = { deadlineMs: 3_600_000, signal: new AbortController().signal, traceparent: "", degraded() {} };
  const { echo: client } = running.context("edge", scope) as unknown as { echo: EchoClient };
  return { client, stop: () => running.drain(1000) };
}

const copyPost = compileSchema(echo.echo.input).copy;

/**
 * The least that a joined call can be: it checks and copies both ways, and its promise can be settled while the handler
 * hangs. No deadline, context, admission or counters.
 */
function least(handler: (input: unknown) => Promise<unknown>, input: unknown): Promise<unknown> {
  const copy = copyPost(input);
  const promise = new Promise(grab);
  const [resolve, reject] = [resolvePending, rejectPending];
  handler(copy).then((value) => resolve(copyPost(value)), reject);
  return promise;
}

async function joinedRows(directory: string): Promise<Row[]> {
  const { client, stop } = await clientIn(directory, null);
  const direct = {
    echo: async (input: typeof post) => input,
    list: async (input: typeof list) => input,
  };
  const rows: Row[] = [];
  const hangable = direct.echo as (input: unknown) => Promise<unknown>;
  for (const [what, name, plain, seam] of [
    ["joined seam", "echo", () => direct.echo(post), () => client.echo(post)],
    ["least that can be settled", "echo", () => direct.echo(post), () => least(hangable, post)],
    ["joined seam", "list of 20", () => direct.list(list), () => client.list(list)],
  ] as const) {
    const a = { name: `direct function, ${name}`, unit: "ns/call", values: [] };
    const b = { name: `${what}, ${name}`, unit: "ns/call", values: [] };
    await against(
      a,
      b,
      () => serial(plain),
      () => serial(seam),
    );
    rows.push(a, b);
  }
  await stop();
  return rows;
}

async function cutRows(directory: string): Promise<Row[]> {
  const deployment = await deploy({
    app: echoApp,
    appUrl: import.meta.resolve("./app.ts"),
    topology: topology({ processes: { echo: { modules: ["echo"] } }, transport: "tcp" }),
    topologyName: "bench",
    directory: join(directory, "deployment"),
  });
  const bare = await forkBare();
  try {
    const { client, stop } = await clientIn(join(directory, "deployment"), deployment.endpoints().endpoints);
    const call = await bareClient(bare.port);
    const rows: Row[] = [];
    for (const [name, plain, seam] of [
      ["echo", () => call(post), () => client.echo(post)],
      ["list of 20", () => call(list), () => client.list(list)],
    ] as const) {
      const a = { name: `bare JSON frames, ${name}`, unit: "calls/s", values: [] };
      const b = { name: `cut seam, ${name}`, unit: "calls/s", values: [] };
      await against(
        a,
        b,
        () => parallel(plain),
        () => parallel(seam),
      );
      rows.push(a, b);
    }
    await stop();
    return rows;
  } finally {
    bare.child.kill();
    await deployment.stop();
  }
}

async function forkBare(): Promise<{ child: ChildProcess; port: string }> {
  const child = fork(fileURLToPath(import.meta.url), ["bare-server"]);
  const [port] = (await once(child, "message")) as [string];
  return { child, port };
}

/** Each seam beside what it is measured against: rows come in pairs. */
function report(rows: Row[]): void {
  // The best round is the one that other programs disturbed least.
  const best = ({ unit, values }: Row): number => (unit === "ns/call" ? Math.min(...values) : Math.max(...values));
  const ratios = rows.flatMap((row, at) => {
    const beside = rows[at - 1]!;
    if (at % 2 === 0) return [];
    const name = `${row.name} / ${beside.name}`;
    return [{ name, medians: median(row.values) / median(beside.values), best: best(row) / best(beside) }];
  });
  const machine = `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? "unknown"}, ${process.platform}`;
  if (flags.json) return console.log(JSON.stringify({ machine, rounds, seconds, rows, ratios }, null, 2));
  console.log(`${machine}; ${rounds} rounds of ${seconds} s each, interleaved; median (lowest–highest)\n`);
  for (const row of rows) console.log(show(row));
  console.log("");
  for (const { name, medians, best: ratio } of ratios)
    console.log(`${name.padEnd(60)} ${medians.toFixed(2)} × (best rounds ${ratio.toFixed(2)} ×)`);
}

if (only === "bare-server") process.send!(await bareServer());
else {
  const directory = await mkdtemp(join(tmpdir(), "seamline-bench-"));
  try {
    const joined = only === "cut" ? [] : await joinedRows(directory);
    report([...joined, ...(only === "joined" ? [] : await cutRows(directory))]);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
