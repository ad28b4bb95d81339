import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { ProcessConfig } from "../../kernel/control.ts";
import { topology } from "../../topology/topology.ts";
import { Supervised, type ProcessView, type SupervisedOptions } from "./supervised.ts";

interface Fixture {
  readonly process: Supervised;
  /** Resolves with the first view, now or later, that fits. */
  until(fits: (view: ProcessView) => boolean): Promise<ProcessView>;
}

async function supervise(t: TestContext, name: string, options: Partial<SupervisedOptions> = {}): Promise<Fixture> {
  const directory = await mkdtemp(join(tmpdir(), "supervised-"));
  const where = topology({ processes: { [name]: { modules: ["notes"] } } });
  const config = { process: name, topology: where, listen: null } as unknown as ProcessConfig;
  const waiting = new Set<() => void>();
  const process = new Supervised({
    entry: new URL("../testing/child.ts", import.meta.url),
    process: name,
    replica: 0,
    modules: ["notes"],
    logPath: join(directory, "logs", "notes.log"),
    config: (listen) => ({ ...config, listen }),
    nextAddress: () => null,
    directory: () => ({ endpoints: {}, ports: {}, clockOffsetMs: 0 }),
    pingEveryMs: 50,
    onChange: () => waiting.forEach((look) => look()),
    ...options,
  });
  t.after(async () => {
    await process.stop(0);
    await rm(directory, { recursive: true });
  });
  const until = (fits: (view: ProcessView) => boolean): Promise<ProcessView> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!fits(process.view)) return;
        waiting.delete(look);
        resolve(process.view);
      };
      waiting.add(look);
      look();
    });
  return { process, until };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test("a process that was killed comes back by itself, each life under an address of its own", async (t) => {
  let life = 0;
  const { process: supervised, until } = await supervise(t, "notes", {
    nextAddress: () => `unix:/nowhere/${life++}.sock`,
  });
  await supervised.start();
  const first = supervised.view;
  assert.deepEqual([first.state, first.listen, first.restarts], ["ready", "unix:/nowhere/0.sock", 0]);
  process.kill(first.pid!, "SIGKILL");
  const gone = await until(({ state }) => state === "waiting");
  assert.deepEqual([gone.listen, gone.pid, gone.lastError], [null, null, "ended with SIGKILL"]);
  const second = await until(({ state }) => state === "ready");
  assert.notEqual(second.pid, first.pid);
  assert.deepEqual([second.listen, second.restarts], ["unix:/nowhere/1.sock", 1]);
  await supervised.stop(1000);
  await supervised.stop(1000);
  assert.equal(supervised.view.state, "stopped");
  assert.equal(isAlive(second.pid!), false);
});

test("a process that is replaced is ready again without delay, however often, and not once it is stopped", async (t) => {
  const { process: supervised } = await supervise(t, "notes");
  await supervised.start();
  const pids = [supervised.view.pid];
  for (let time = 1; time <= 4; time++) {
    await supervised.restart(1000);
    assert.deepEqual([supervised.view.state, supervised.view.restarts], ["ready", time]);
    pids.push(supervised.view.pid);
  }
  assert.equal(new Set(pids).size, 5);
  await supervised.stop(1000);
  await assert.rejects(supervised.restart(1000), { code: "start_failed", message: /notes#0 is stopped/ });
});

test("a process that does not answer is withdrawn, and given back when it answers", async (t) => {
  const { process: supervised, until } = await supervise(t, "notes", { pingEveryMs: 200 });
  await supervised.start();
  const { pid } = supervised.view;
  process.kill(pid!, "SIGSTOP");
  assert.equal((await until(({ state }) => state === "frozen")).pid, pid);
  process.kill(pid!, "SIGCONT");
  const back = await until(({ state }) => state === "ready");
  assert.deepEqual([back.pid, back.restarts], [pid, 0]);
});

test("a process that stays frozen is replaced", async (t) => {
  const { process: supervised, until } = await supervise(t, "notes", { pingEveryMs: 30 });
  await supervised.start();
  const { pid } = supervised.view;
  process.kill(pid!, "SIGSTOP");
  await until(({ restarts }) => restarts === 1);
  assert.equal(isAlive(pid!), false);
  await until(({ state }) => state === "ready");
});

test("a start that fails names the process, its modules and the end of its log, and leaves nothing", async (t) => {
  const { process: supervised } = await supervise(t, "broken");
  await assert.rejects(supervised.start(), (error: any) => {
    assert.equal(error.code, "start_failed");
    assert.match(error.message, /broken#0 \(notes\) ended before it was ready \(exit code 3\)[^]*this is the reason/);
    return true;
  });
  assert.equal(supervised.view.state, "stopped");
});

test("a process that says what is wrong is quoted with the code it gave", async (t) => {
  const { process: supervised } = await supervise(t, "refusing");
  await assert.rejects(supervised.start(), {
    code: "migration_failed",
    message: /refusing#0.*migration 2 of notes failed/,
  });
});

test("a process that never becomes ready is given up and killed", async (t) => {
  const { process: supervised, until } = await supervise(t, "mute", { startTimeoutMs: 700 });
  const started = supervised.start();
  const { pid } = await until((view) => view.pid !== null);
  await assert.rejects(started, /mute#0 \(notes\) was not ready within 0.7 s/);
  assert.equal(isAlive(pid!), false);
});

test("a process that does not leave is made to", async (t) => {
  const { process: supervised } = await supervise(t, "stubborn");
  await supervised.start();
  const { pid } = supervised.view;
  await Promise.all([supervised.stop(100), supervised.stop(100)]);
  assert.equal(isAlive(pid!), false);
});
