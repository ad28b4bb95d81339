import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { throwAwayDirectory } from "../../src/data/testing.ts";
import { deploy, type Deployment, type DeployOptions } from "../../src/deploy/deploy.ts";
import { keepKeys, type Keys } from "../../src/deploy/keys.ts";
import { startProcess } from "../../src/kernel/process.ts";
import type { RunningProcess } from "../../src/kernel/running.ts";
import type { App } from "../../src/module/app.ts";
import { loadGraph } from "../../src/module/graph.ts";
import { topology, type Topology } from "../../src/topology/topology.ts";
import { configOf, contextOf, tester, testerHooks, withTester, type TestContext } from "./placements.ts";

/**
 * A whole deployment for tests that break it: real processes and real database servers, killed and frozen by their pids.
 *
 *     const deployed = await bringUp({ app: board, appUrl: import.meta.resolve("…/app.ts"), topology });
 *     after(() => deployed.stop());
 *     deployed.kill("comments#0");
 *     await deployed.isBack("comments#0");
 */

/** Far beyond what a busy machine needs; only what never happens gets there. */
const patienceMs = 30_000;
/** How much later than its deadline a call may be seen to settle on a machine that is busy with other tests. */
export const slackMs = 2500;

export interface BringUp {
  readonly app: App;
  readonly appUrl: string;
  readonly topology: Topology;
  /** Kept after `stop` when given. */
  readonly directory?: string;
  /** Whether acknowledged commits outlive a kill of the database server. Default false. */
  readonly durable?: boolean;
  /** Whether processes do themselves harm when told to. Default false. */
  readonly codeFaults?: boolean;
  readonly onEvent?: DeployOptions["onEvent"];
}

export async function bringUp(options: BringUp): Promise<Deployed> {
  const directory = options.directory ?? (await throwAwayDirectory());
  let deployed: Deployed | null = null;
  const deployment = await deploy({
    ...options,
    topologyName: "test",
    directory,
    durable: options.durable ?? false,
    onEvent(event) {
      options.onEvent?.(event);
      if (event.type === "process") deployed?.changed(event.process);
    },
  });
  deployed = new Deployed(deployment, await keepKeys(directory), options.directory === undefined);
  return deployed;
}

type Process = ReturnType<Deployment["processes"]>[number];

export class Deployed {
  readonly deployment: Deployment;
  readonly keys: Keys;
  readonly #remove: boolean;
  readonly #frozen = new Set<number>();
  readonly #down = new Set<string>();
  #asking: RunningProcess | null = null;
  #stopped: Promise<void> | null = null;

  constructor(deployment: Deployment, keys: Keys, remove: boolean) {
    this.deployment = deployment;
    this.keys = keys;
    this.#remove = remove;
  }

  /** @param id "comments#0" */
  process(id: string): Process {
    const view = this.deployment.processes().find((one) => one.id === id);
    assert.ok(view, `no process ${id}`);
    return view;
  }

  pid(id: string): number {
    const { pid } = this.process(id);
    assert.ok(pid, `${id} does not run`);
    return pid;
  }

  pids(): Record<string, number | null> {
    return Object.fromEntries(this.deployment.processes().map(({ id, pid }) => [id, pid]));
  }

  database(name: string): ReturnType<Deployment["databases"]>[number] {
    const view = this.deployment.databases().find((one) => one.name === name);
    assert.ok(view, `no database ${name}`);
    return view;
  }

  /** Base URL of the process that holds a part. */
  url(part: string): string {
    const port = this.deployment.endpoints().ports[part];
    assert.ok(port, `${part} has no HTTP port now`);
    return `http://127.0.0.1:${port}`;
  }

  /** @returns the pid that it was */
  kill(id: string): number {
    const pid = this.pid(id);
    process.kill(pid, "SIGKILL");
    return pid;
  }

  /** Kills a process, and every life of it that follows. @returns the pid that it was, and what lets it come back */
  keepDown(id: string): { killed: number; release: () => void } {
    this.#down.add(id);
    return { killed: this.kill(id), release: () => this.#down.delete(id) };
  }

  /** Ready again, as another process than the one that was killed. */
  async isBack(id: string, killed: number): Promise<void> {
    await until(`${id} is back`, () => this.process(id).state === "ready" && this.process(id).pid !== killed);
  }

  /** @returns lets it go on */
  freeze(id: string): () => void {
    return this.#freeze([this.pid(id)]);
  }

  killDatabase(name: string): number {
    const { pid } = this.database(name);
    process.kill(pid!, "SIGKILL");
    return pid!;
  }

  async databaseIsBack(name: string, killed: number): Promise<void> {
    const back = (): boolean => this.database(name).state === "ready" && this.database(name).pid !== killed;
    await until(`database ${name} is back`, back);
  }

  /** Stops the server and every process that it has made. @returns lets them go on */
  freezeDatabase(name: string): () => void {
    const { pid } = this.database(name);
    process.kill(pid!, "SIGSTOP");
    return this.#freeze([pid!, ...childrenOf(pid!)]);
  }

  /** Asks modules as a process of the deployment would, over their sockets, knowing what the deployment knows. */
  async asks(app: App): Promise<() => TestContext> {
    const graph = await loadGraph(app);
    const own = topology({ processes: { test: { modules: [tester] } }, guards: this.deployment.topology.guards });
    const config = configOf(app, graph, own, this.keys, {});
    this.#asking = await startProcess(withTester(app, graph), config, this.deployment.endpoints(), testerHooks);
    return () => contextOf(this.#asking!);
  }

  /** Told of every change of a process, at once. */
  changed({ id, pid, state }: Process): void {
    if (state === "starting" && pid !== null && this.#down.has(id)) signal(pid, "SIGKILL");
    this.hears();
  }

  /** Whoever asks (`asks`) knows what the deployment knows now: also what is held, of which no event tells. */
  hears(): void {
    this.#asking?.direct(this.deployment.endpoints());
  }

  stop(): Promise<void> {
    return (this.#stopped ??= this.#stop());
  }

  async #stop(): Promise<void> {
    this.#down.clear();
    for (const pid of this.#frozen) signal(pid, "SIGCONT");
    await this.#asking?.drain(500);
    await this.deployment.stop();
    if (this.#remove) await rm(this.deployment.directory, { recursive: true, force: true });
  }

  #freeze(pids: readonly number[]): () => void {
    for (const pid of pids) {
      this.#frozen.add(pid);
      signal(pid, "SIGSTOP");
    }
    return () => {
      for (const pid of pids) {
        signal(pid, "SIGCONT");
        this.#frozen.delete(pid);
      }
    };
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended meanwhile.
  }
}

export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + patienceMs; !(await holds()); await sleep(25))
    assert.ok(performance.now() < end, `waited ${patienceMs / 1000} s in vain: ${what}`);
}

/** How a call ended. Fails when it has not within its deadline and the slack. */
export async function endOf<T>(
  deadlineMs: number,
  call: Promise<T>,
): Promise<{ value: T; code: "ok" } | { value: undefined; code: string }> {
  const giveUp = new AbortController();
  const late = sleep(deadlineMs + slackMs, "late" as const, { signal: giveUp.signal }).catch(() => "late" as const);
  const ended = call.then(
    (value) => ({ value, code: "ok" as const }),
    (error: unknown) => ({ value: undefined, code: String((error as { code?: unknown }).code ?? error) }),
  );
  const end = await Promise.race([ended, late]);
  giveUp.abort();
  assert.notEqual(end, "late", `a call with a deadline of ${deadlineMs} ms did not settle`);
  return end as Exclude<typeof end, "late">;
}

/** A TCP port that nobody has now: for addresses that must be the same after a restart. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Whether a process runs; one that has ended and only waits for its parent to notice does not. */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(")") + 2));
  } catch {
    return false;
  }
}

/** The processes below one, on Linux. */
export function childrenOf(pid: number): number[] {
  try {
    const own = readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").split(" ").filter(Boolean).map(Number);
    return own.flatMap((child) => [child, ...childrenOf(child)]);
  } catch {
    return [];
  }
}
