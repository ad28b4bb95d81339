import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Faults } from "../faults/controller.ts";
import type { App } from "../module/app.ts";
import { loadGraph, throwProblems, type AppGraph } from "../module/graph.ts";
import { checkTopology } from "../topology/check.ts";
import type { Topology } from "../topology/topology.ts";
import { rememberedMoves } from "./begun.ts";
import { readClock } from "./clock.ts";
import { serveControl } from "./control-socket.ts";
import { openDatabases } from "./databases.ts";
import { drainMs, Running, type Deployment } from "./deployment.ts";
import { reporter, type DeployEvent } from "./events.ts";
import { subjectOf } from "./faulty.ts";
import { Fleet } from "./fleet.ts";
import { keepKeys, type Keys } from "./keys.ts";
import { Links } from "./links.ts";
import { takeLock } from "./lock.ts";
import { keepPlacement, readPlacement } from "./placement.ts";
import { assertPortsFree, withPorts, type Ports } from "./ports.ts";
import { Rebinding } from "./rebinding.ts";
import { makeSocketDirectory } from "./sockets.ts";
import { forgetDeployment, writeDeployment } from "./state.ts";

export type { DeployEvent } from "./events.ts";
export type { Deployment, DeploymentStatus } from "./deployment.ts";

/**
 * Brings an app up in a topology on this machine and keeps it up: databases, a process per group and replica, and the
 * knowledge of where each is.
 *
 * All or nothing: what was started before a failure, or before `signal` fires, is stopped again. When this process dies,
 * in whatever way, its processes and database servers end with it. What stays in the directory is data, keys and logs.
 */

export interface DeployOptions {
  readonly app: App;
  /** File URL of the module whose default export is the app. */
  readonly appUrl: string;
  readonly topology: Topology;
  readonly topologyName: string;
  /** For data, keys, logs and state. One live deployment a directory. */
  readonly directory: string;
  readonly ports?: Ports;
  /** URL of a PostgreSQL server with the right to create databases and roles. Default: embedded servers. */
  readonly postgres?: string;
  /** Whether an embedded server survives a power cut; off only for tests. Default true. */
  readonly durable?: boolean;
  /**
   * proxied: every way between processes, to databases and from users goes through a proxy, so that faults can be put on
   * it. Default "direct".
   */
  readonly links?: "direct" | "proxied";
  /** Whether processes do themselves harm when told to (busy loop, full memory). Default false. */
  readonly codeFaults?: boolean;
  readonly signal?: AbortSignal;
  /** Entry point of the app processes. */
  readonly entry?: URL;
  readonly startTimeoutMs?: number;
  onEvent?(event: DeployEvent): void;
}

/** @throws SeamlineError with the code of what was wrong; nothing is left running then */
export async function deploy(options: DeployOptions): Promise<Deployment> {
  const report = reporter((event) => options.onEvent?.(event));
  const directory = resolve(options.directory);
  const name = `${options.app.name}-${options.topologyName}`;
  const { graph, asked, topology } = await report.step("check", () => check(options, directory));
  // Undone in the opposite order: by a failure before the last line, by stop() after it.
  await using undo = new AsyncDisposableStack();
  const { keys, sockets } = await report.step("directory", () => takeDirectory(directory, name, topology, undo));
  options.signal?.throwIfAborted();
  const codeFaults = options.codeFaults ?? false;
  const links = options.links === "proxied" ? await Links.start({ topology, graph, sockets }) : null;
  undo.defer(() => links?.close());
  const databases = await openDatabases({
    ...options,
    deployment: name,
    directory,
    graph,
    topology,
    secret: keys.secret,
    report,
  });
  undo.defer(() => databases.stop());
  const clockOffsetMs = await readClock(directory);
  const fleet = new Fleet({
    deployment: name,
    graph,
    app: options.appUrl,
    topology,
    stores: (await links?.stores(databases.stores)) ?? databases.stores,
    keys,
    directory,
    sockets,
    entry: options.entry ?? defaultEntry,
    clockOffsetMs,
    links,
    codeFaults,
    startTimeoutMs: options.startTimeoutMs,
    onChange: (process) => report.tell({ type: "process", process }),
  });
  undo.defer(() => fleet.stop(drainMs));
  const { modules } = graph.app;
  const unfinished = (await rememberedMoves(directory)).begun.filter((module) => Object.hasOwn(modules, module));
  for (const module of unfinished) fleet.plan.held.add(module);
  await report.step("processes", () => fleet.start(options.signal));
  const faults = new Faults({
    subject: subjectOf({ directory, codeFaults, databases, fleet, links }),
    onNews: (news) => report.tell({ type: "fault", ...news }),
  });
  undo.defer(() => faults.close());
  const control = join(sockets, "control.sock");
  const startedAt = new Date().toISOString();
  const write = (now: Topology): Promise<void> =>
    writeDeployment(directory, { name, pid: process.pid, sockets, control, startedAt, topology: now });
  const keep = async (now: Topology): Promise<void> => {
    await Promise.all([keepPlacement(directory, asked, now), write(now)]);
  };
  const rebinding = new Rebinding({ graph, asked, fleet, databases, links, keep });
  // A store that is closed at its old place, and not yet open at the new one, is opened as soon as that can be.
  for (const module of unfinished) void rebinding.hold(module, { forMs: 1 }).catch(() => {});
  const running = new Running({ ...options, asked, name, directory, startedAt, fleet, databases, rebinding, faults });
  const server = await serveControl(control, (question) => running.answer(question));
  undo.defer(() => server.close());
  await write(topology);
  running.owns(undo.move());
  report.tell({ type: "ready", url: running.url });
  return running;
}

/** The kernel's entry lies beside this file, in the same language as it: TypeScript here, JavaScript when built. */
const defaultEntry = new URL(`../kernel/main.${import.meta.url.endsWith(".ts") ? "ts" : "js"}`, import.meta.url);

/** @returns also the topology to come up in: as asked, but for what was moved before */
async function check(
  { app, appUrl, ports, ...options }: DeployOptions,
  directory: string,
): Promise<{ graph: AppGraph; asked: Topology; topology: Topology }> {
  const graph = await loadGraph(app, appUrl);
  throwProblems(`app "${app.name}"`, graph.problems);
  const asked = withPorts(app, options.topology, ports);
  const topology = await readPlacement(directory, asked);
  throwProblems(`topology "${options.topologyName}"`, checkTopology(graph, topology));
  return { graph, asked, topology };
}

/** Takes the state directory, clears what a crash left in it, and makes what a start needs. */
async function takeDirectory(
  directory: string,
  name: string,
  topology: Topology,
  undo: AsyncDisposableStack,
): Promise<{ keys: Keys; sockets: string }> {
  const lock = await takeLock(directory);
  undo.defer(() => lock.release());
  // After the lock: ports that this very deployment has already are no other program's.
  await assertPortsFree(topology);
  await forgetDeployment(directory);
  undo.defer(() => forgetDeployment(directory));
  const sockets = await makeSocketDirectory();
  undo.defer(() => rm(sockets, { recursive: true, force: true }));
  const startedAt = new Date().toISOString();
  await writeDeployment(directory, { name, pid: process.pid, sockets, control: null, startedAt, topology: null });
  return { keys: await keepKeys(directory), sockets };
}
