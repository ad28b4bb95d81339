import { after, before, describe } from "node:test";
import { rm } from "node:fs/promises";
import type { Contract } from "../../src/contract/contract.ts";
import pg from "pg";
import type { StoreAddress } from "../../src/data/data.ts";
import { freshStores, testServer, throwAwayDirectory } from "../../src/data/testing.ts";
import { deploy, type Deployment } from "../../src/deploy/deploy.ts";
import { keepKeys, type Keys } from "../../src/deploy/keys.ts";
import type { Directory, ProcessConfig } from "../../src/kernel/control.ts";
import { createIdentities } from "../../src/kernel/identity.ts";
import { startProcess } from "../../src/kernel/process.ts";
import type { RunningProcess } from "../../src/kernel/running.ts";
import { app as defineApp, type App } from "../../src/module/app.ts";
import { loadGraph, type AppGraph } from "../../src/module/graph.ts";
import type { User } from "../../src/module/module.ts";
import { pages, type PageContext } from "../../src/module/pages.ts";
import { topology, type Topology } from "../../src/topology/topology.ts";
import { startPrograms } from "./programs.ts";

/**
 * One test body, three placements of the same app: joined in one process; joined but through the wire's codec with every
 * call that may be repeated sent twice; a process per module. Every placement has real PostgreSQL.
 *
 *     eachPlacement(board, import.meta.resolve("./app.ts"), (running) => {
 *       test("…", async () => { await running().as(user).board.createPost({ … }) });
 *     });
 */
export const placements = ["joined", "wire", "processes"] as const;
export type Placement = (typeof placements)[number];

/** Which modules there are depends on the app, so clients are untyped here. */
export type TestContext = Omit<PageContext, "as"> & Record<string, any>;

export interface TestApp {
  readonly placement: Placement;
  /** Calls made for nobody, through clients by the modules' names. */
  readonly context: TestContext;
  /** Calls made for a user, whose identity the deployment's own key signs. */
  as(user: User): TestContext;
  /** Checks a token that the app issued. */
  check(identity: string): User | null;
  /** Base URL of the process that holds a module, or of a program. */
  url(part: string): string;
  /** Waits until no event is on its way. */
  settled(): Promise<void>;
  /** Moves the app's time, by a negative number backwards. */
  moveClock(byMs: number): Promise<void>;
  readonly stores: Readonly<Record<string, StoreAddress>>;
}

export interface Options {
  /** Default: all of them. */
  only?: readonly Placement[];
  /** Modules that have a process each where processes are apart; all others share one. Default: every module. */
  apart?: readonly string[];
}

export function eachPlacement(
  app: App,
  appUrl: string,
  body: (running: () => TestApp) => void,
  { only = placements, apart: alone }: Options = {},
): void {
  for (const placement of only)
    describe(`placement: ${placement}`, () => {
      let running: (TestApp & { stop(): Promise<void> }) | undefined;
      before(async () => {
        running = placement === "processes" ? await apart(app, appUrl, alone) : await together(app, placement);
      });
      after(() => running?.stop());
      body(() => running!);
    });
}

const silent = { debug() {}, info() {}, warn() {}, error() {} };
/** `SEAMLINE_LOG=debug npm test` shows what the apps of tests log. */
const log = process.env["SEAMLINE_LOG"]
  ? { debug: console.log, info: console.log, warn: console.log, error: console.log }
  : silent;

/** The tests call as the edge does, which may ask every module of the process it is in. */
export const tester = "edge";

export function withTester(app: App, graph: AppGraph): App {
  const contracts = Object.values(graph.parts).flatMap(({ name, contract }) =>
    contract ? [[name, contract] as const] : [],
  );
  const uses: Record<string, Contract> = Object.fromEntries(contracts);
  const part = pages(tester, { uses, plugin() {} });
  const { name, modules, identity } = app;
  return defineApp(name, {
    modules,
    pages: { [tester]: () => Promise.resolve({ default: part }) },
    ...(identity && { identity }),
  });
}

export function configOf(
  app: App,
  graph: AppGraph,
  shape: Topology,
  keys: Keys,
  stores: ProcessConfig["stores"],
): ProcessConfig {
  return {
    deployment: "test",
    process: "test",
    replica: 0,
    app: "",
    topology: shape,
    graph: {
      uses: { ...graph.uses, [tester]: Object.keys(app.modules) },
      subscribers: graph.subscribers,
      stores: graph.stores,
    },
    listen: null,
    port: null,
    stores,
    ...keys,
    directory: "",
  };
}

async function together(app: App, placement: "joined" | "wire"): Promise<TestApp & { stop(): Promise<void> }> {
  const graph = await loadGraph(app);
  const directory = await throwAwayDirectory();
  const keys = await keepKeys(directory);
  await using undo = new AsyncDisposableStack();
  undo.defer(() => rm(directory, { recursive: true, force: true }));
  const programs = undo.use(await startPrograms(app, keys.secret, directory, log));
  const all = [...Object.keys(app.modules), tester];
  const shape = topology({
    processes: { test: { modules: all } },
    joined: placement === "wire" ? "wire" : "direct",
  });
  const stores = await freshStores(graph.stores);
  // A program may call back over HTTP.
  const port = graph.programs.length === 0 ? null : 0;
  const config = { ...configOf(app, graph, shape, keys, stores), port };
  let now: Directory = { endpoints: {}, ports: programs.ports, clockOffsetMs: 0 };
  const running = await startProcess(withTester(app, graph), config, now, testerHooks);
  undo.defer(() => running.drain(2000));
  const direct = (next: Partial<Directory>): void => {
    now = { ...now, ...next };
    programs.direct(now);
    running.direct(now);
  };
  if (running.port !== null) direct({ ports: { ...programs.ports, ...portsOf(app, running.port) } });
  const moveClock = async (byMs: number): Promise<void> => direct({ clockOffsetMs: now.clockOffsetMs + byMs });
  const started = undo.move();
  const ports = (): Directory["ports"] => now.ports;
  return view({ placement, running, keys, stores, ports, moveClock, stop: () => started.disposeAsync() });
}

function portsOf(app: App, port: number): Record<string, number> {
  return Object.fromEntries(Object.keys(app.modules).map((module) => [module, port]));
}

export const testerHooks = { log, health() {}, detect: "fail" } as const;

async function apart(
  app: App,
  appUrl: string,
  alone: readonly string[] = Object.keys(app.modules),
): Promise<TestApp & { stop(): Promise<void> }> {
  const graph = await loadGraph(app);
  const directory = await throwAwayDirectory();
  const { adminUrl } = await testServer();
  const processes: Parameters<typeof topology>[0]["processes"] = Object.fromEntries(
    // A module that asks a program may be called back by it, over HTTP.
    alone.map((name) => [name, { modules: [name], ...(graph.parts[name]!.programs.length > 0 && { port: 0 }) }]),
  );
  const rest = [...Object.keys(app.modules), ...Object.keys(app.pages)].filter((name) => !alone.includes(name));
  const shape = topology({
    processes: rest.length === 0 ? processes : { ...processes, rest: { modules: rest, port: 0 } },
    data: "server-per-module",
  });
  const deployment: Deployment = await deploy({
    app,
    appUrl,
    topology: shape,
    topologyName: `test${++count}`,
    directory,
    postgres: adminUrl,
  });
  const keys = await keepKeys(directory);
  const own = topology({ processes: { test: { modules: [tester] } } });
  const running = await startProcess(
    withTester(app, graph),
    configOf(app, graph, own, keys, {}),
    deployment.endpoints(),
    testerHooks,
  );
  const moveClock = async (byMs: number): Promise<void> => {
    await deployment.moveClock(byMs);
    running.direct(deployment.endpoints());
  };
  const stop = async (): Promise<void> => {
    await running.drain(1000);
    await deployment.stop();
    await rm(directory, { recursive: true, force: true });
  };
  return view({
    placement: "processes",
    running,
    keys,
    stores: ofStores(deployment.stores(), graph),
    ports: () => deployment.endpoints().ports,
    moveClock,
    stop,
  });
}

let count = process.pid;

/** A context of the tester's, as one request would have it. */
export function contextOf(running: RunningProcess): PageContext {
  const { signal } = new AbortController();
  return running.context(tester, { deadlineMs: 10_000, signal, traceparent: "", degraded() {} });
}

interface Parts extends Pick<TestApp, "placement" | "stores" | "moveClock"> {
  readonly running: RunningProcess;
  readonly keys: Keys;
  ports(): Directory["ports"];
  stop(): Promise<void>;
}

function view({ running, keys, ports, ...parts }: Parts): TestApp & { stop(): Promise<void> } {
  const identities = createIdentities(keys.identityPublicKey, keys.identityPrivateKey);
  return {
    ...parts,
    get context() {
      return contextOf(running);
    },
    as: (user) => contextOf(running).as(identities.issue(user)),
    check: (identity) => identities.check(identity),
    url(part) {
      const port = ports()[part];
      if (port === undefined) throw new Error(`${part} has no HTTP port`);
      return `http://127.0.0.1:${port}`;
    },
    settled: () => settled(Object.values(parts.stores)),
  };
}

function ofStores(stores: Readonly<Record<string, StoreAddress>>, graph: AppGraph): Record<string, StoreAddress> {
  return Object.fromEntries(Object.entries(stores).filter(([module]) => graph.stores.includes(module)));
}

/** How long events may be on their way; longer means that something is stuck. */
const settleMs = 10_000;

async function settled(stores: readonly StoreAddress[]): Promise<void> {
  const end = Date.now() + settleMs;
  for (const { host, port, database, user, password, schema } of stores) {
    const client = new pg.Client({ host, port, database, user, password });
    await client.connect();
    try {
      for (;;) {
        const { rows } = await client.query(
          `select count(*)::int as n from ${schema}.seamline_outbox where dead_at is null`,
        );
        if (rows[0].n === 0) break;
        if (Date.now() > end)
          throw new Error(`${schema}: ${rows[0].n} events are still on their way after ${settleMs} ms`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    } finally {
      await client.end();
    }
  }
}
