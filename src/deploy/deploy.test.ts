import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { topology, type Topology } from "../topology/topology.ts";
import { askControl } from "./control-socket.ts";
import { deploy, type DeployEvent, type Deployment, type DeployOptions } from "./deploy.ts";
import { isLocked } from "./lock.ts";
import { readDeployment } from "./state.ts";
import small from "./testing/app.ts";

/** Real servers and real processes; only what runs inside an app process is a program that does nothing. */
const entry = new URL("./testing/child.ts", import.meta.url);
const appUrl = new URL("./testing/app.ts", import.meta.url).href;
const apart = topology({
  processes: { notes: { modules: ["notes"] }, labels: { modules: ["labels"] } },
  data: "server-per-module",
});
const together = topology({ processes: { all: { modules: ["notes", "labels"] } } });

/** A directory for one test; deployments in it are stopped before it is removed, which hooks of their own would not do. */
interface Place {
  readonly directory: string;
  readonly start: (where: Topology, more?: Partial<DeployOptions>) => Promise<Deployment>;
}

async function place(t: TestContext): Promise<Place> {
  const undo = new AsyncDisposableStack();
  t.after(() => undo.disposeAsync());
  const base = await mkdtemp(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "deploy-"));
  undo.defer(() => rm(base, { recursive: true, force: true }));
  const directory = join(base, "state");
  return {
    directory,
    async start(where, more = {}) {
      const options = { app: small, appUrl, topology: where, topologyName: "test", durable: false, entry, directory };
      const deployment = await deploy({ ...options, ...more });
      undo.defer(() => deployment.stop());
      return deployment;
    },
  };
}

function pidsOf(deployment: Deployment): number[] {
  return [...deployment.processes(), ...deployment.databases()].map(({ pid }) => pid!);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 10_000; !holds(); await sleep(10)) assert.ok(Date.now() < end, "it never came true");
}

test("a deployment runs a server and a process per module, answers for itself, and leaves nothing", async (t) => {
  const events: DeployEvent[] = [];
  const { start } = await place(t);
  const deployment = await start(apart, { onEvent: (event) => events.push(event) });
  const { directory } = deployment;
  assert.deepEqual(
    events.flatMap((event) => (event.type === "step" && event.state === "done" ? [event.step] : [])),
    ["check", "directory", "databases", "provision", "processes"],
  );
  const { endpoints } = deployment.endpoints();
  assert.deepEqual([endpoints["notes"]!.length, endpoints["labels"]!.length], [1, 1]);
  assert.notEqual(deployment.stores()["notes"]!.port, deployment.stores()["labels"]!.port);

  const deployed = await readDeployment(directory);
  const status = (await askControl(deployed!.control!, { ask: "status" })) as any;
  assert.deepEqual(
    status.processes.map(({ id, state, status: { pid } }: any) => [id, state, typeof pid]),
    [
      ["notes#0", "ready", "number"],
      ["labels#0", "ready", "number"],
    ],
  );
  await assert.rejects(askControl(deployed!.control!, { ask: "nonsense" }), { code: "usage" });

  const pids = pidsOf(deployment);
  assert.equal(pids.length, 4);
  await Promise.all([deployment.stop(), deployment.stop()]);
  await deployment.stopped;
  assert.deepEqual(pids.filter(isAlive), []);
  assert.equal(existsSync(deployed!.sockets), false);
  assert.deepEqual((await readdir(directory)).toSorted(), ["keys.json", "lock", "logs", "postgres"]);
});

test("a second deployment in the same directory is refused and the first goes on", async (t) => {
  const { start } = await place(t);
  const deployment = await start(together);
  const second = start(together);
  await assert.rejects(second, { code: "already_running", message: new RegExp(`kill ${process.pid}`) });
  assert.ok(pidsOf(deployment).every(isAlive));
  assert.equal((await readDeployment(deployment.directory))?.pid, process.pid);
});

test("a start that fails stops what it had started", async (t) => {
  const { directory, start } = await place(t);
  const pids = new Set<number>();
  const broken = topology({ processes: { notes: { modules: ["notes"] }, broken: { modules: ["labels"] } } });
  const onEvent = (event: DeployEvent): void => {
    const view = event.type === "process" ? event.process : event.type === "database" ? event.database : null;
    if (view?.pid) pids.add(view.pid);
  };
  await assert.rejects(start(broken, { onEvent }), {
    code: "start_failed",
    message: /broken#0 \(labels\)/,
  });
  assert.equal(pids.size, 3);
  assert.deepEqual([...pids].filter(isAlive), []);
  assert.equal(isLocked(directory), false);
});

test("a start that is given up stops what it had started", async (t) => {
  const { start } = await place(t);
  const giveUp = new AbortController();
  const mute = topology({ processes: { mute: { modules: ["notes", "labels"] } } });
  let pid = 0;
  const onEvent = (event: DeployEvent): void => {
    if (event.type === "process" && event.process.state === "starting") {
      pid = event.process.pid!;
      giveUp.abort(new Error("given up"));
    }
  };
  await assert.rejects(start(mute, { onEvent, signal: giveUp.signal }), /given up/);
  assert.equal(isAlive(pid), false);
});

test("a topology that does not fit starts nothing", async (t) => {
  const { directory, start } = await place(t);
  const partial = topology({ processes: { notes: { modules: ["notes"] } } });
  await assert.rejects(start(partial), {
    code: "topology_invalid",
    message: /"labels" has no place/,
  });
  assert.equal(existsSync(directory), false);
});

test("a killed database server comes back on its port", async (t) => {
  const { start } = await place(t);
  const deployment = await start(together);
  const [before] = deployment.databases();
  process.kill(before!.pid!, "SIGKILL");
  await until(() => deployment.databases()[0]!.restarts > 0 && deployment.databases()[0]!.state === "ready");
  const [after] = deployment.databases();
  assert.equal(after!.port, before!.port);
  assert.notEqual(after!.pid, before!.pid);
});

test(
  "a controller that is killed leaves no process, and its directory can be used again",
  { skip: process.platform !== "linux" },
  async (t) => {
    const { directory, start } = await place(t);
    const program = new URL("./testing/controller.ts", import.meta.url);
    const controller = spawn(process.execPath, [program.pathname, directory], { stdio: ["ignore", "pipe", "inherit"] });
    t.after(() => controller.kill("SIGKILL"));
    const [line] = await once(createInterface({ input: controller.stdout }), "line");
    const pids = JSON.parse(line) as number[];
    assert.equal(pids.length, 3);
    assert.ok(pids.every(isAlive));
    // A frozen process could not see that its channel closed: only the kernel can end it.
    process.kill(pids[0]!, "SIGSTOP");
    controller.kill("SIGKILL");
    await once(controller, "exit");
    await until(() => !pids.some(isAlive));
    const sockets = (await readDeployment(directory))!.sockets;
    await start(together);
    assert.equal(existsSync(sockets), false);
  },
);
