import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { Faults } from "./controller.ts";
import type { FaultNews, SubjectProcess } from "./faults.ts";
import { identify, isOurs, signal } from "./identity.ts";
import { healJournal, journalOf, note, open } from "./journal.ts";

/** Faults over processes that were started here; whole deployments are broken in deploy's tests. */

interface Place {
  readonly faults: Faults;
  readonly directory: string;
  readonly news: FaultNews[];
}

async function over(t: TestContext, pids: Record<string, number>): Promise<Place> {
  const directory = await mkdtemp(join(tmpdir(), "faults-"));
  const processes = Object.entries(pids).map(([id, pid]): SubjectProcess => ({
    id,
    process: id,
    modules: [],
    pid,
    hold: () => () => {},
    tell: () => {},
  }));
  const news: FaultNews[] = [];
  const subject = {
    directory,
    codeFaults: false,
    stores: {},
    processes: () => processes,
    databases: () => [],
    links: () => null,
  };
  const faults = new Faults({ subject, onNews: (each) => news.push(each) });
  t.after(async () => {
    await faults.close();
    await rm(directory, { recursive: true, force: true });
  });
  return { faults, directory, news };
}

function sleeper(t: TestContext): ChildProcess {
  const child = spawn("sleep", ["60"], { stdio: "ignore" });
  t.after(() => child.kill("SIGKILL"));
  return child;
}

test("a process that the deployment did not start is left alone, and so are all others of that fault", async (t) => {
  const child = sleeper(t);
  const { faults, directory, news } = await over(t, { own: child.pid!, foreign: process.ppid });
  for (const kind of ["crash", "hang", "cpu"])
    await assert.rejects(faults.apply({ kind, target: "foreign", forMs: 1000 }), {
      code: "fault_refused",
      message: new RegExp(`process ${process.ppid} was not started by this deployment`),
    });
  assert.deepEqual(news, []);
  assert.deepEqual(faults.active(), []);
  assert.doesNotMatch(await readFile(journalOf(directory), "utf8"), /SIGCONT/);
  // What was refused holds nothing: the same can be asked again.
  await assert.rejects(faults.apply({ kind: "hang", target: "foreign", forMs: 1000 }), { code: "fault_refused" });
  await faults.apply({ kind: "hang", target: "own", forMs: 1000 });
  assert.equal((await faults.heal()).length, 1);
});

test("what undoes a fault is in the journal while it lasts, and the fault is known by what was left out", async (t) => {
  const { faults, directory } = await over(t, { own: sleeper(t).pid! });
  const fault = await faults.apply({ kind: "cpu", target: "own", forMs: 60_000 });
  assert.deepEqual(fault.parameters, { share: 0.2, periodMs: 100 });
  assert.equal(fault.endsAt - fault.appliedAt, 60_000);
  const [entry] = open(journalOf(directory)).values();
  assert.equal(entry!.undo[0]!.signal, "SIGCONT");
  assert.equal(entry!.until, fault.endsAt);
  await faults.heal(fault.id);
  assert.equal(open(journalOf(directory)).size, 0);
});

test("nothing can be broken once it is closed, and closing twice does no harm", async (t) => {
  const { faults } = await over(t, { own: sleeper(t).pid! });
  await faults.apply({ kind: "hang", target: "own", forMs: 60_000 });
  await Promise.all([faults.close(), faults.close()]);
  assert.deepEqual(faults.active(), []);
  await assert.rejects(faults.apply({ kind: "hang", target: "own", forMs: 1000 }), { code: "fault_refused" });
});

test("a journal with rubbish in it heals what can be read", async (t) => {
  const { directory } = await over(t, {});
  const path = journalOf(directory);
  note(path, { event: "begun", id: "f1", kind: "hang", target: "x", until: 1 });
  note(path, { event: "begun", id: "f2", kind: "hang", target: "x", until: Date.now() + 60_000 });
  const { appendFileSync } = await import("node:fs");
  appendFileSync(path, 'nonsense\n{"event":"undo","id":"f1","signal":"SIGKILL","pid":1,"start":"x"}\n{"event":"hea');
  assert.deepEqual(open(path).get("f1")?.undo, []);
  assert.deepEqual(healJournal(path, Date.now()), ["f1"]);
  assert.deepEqual([...open(path).keys()], ["f2"]);
});

test("a process is known by its number and its start, and descent is followed upwards", async (t) => {
  const child = sleeper(t);
  const identity = identify(child.pid!)!;
  assert.equal(signal({ ...identity, start: "another" }, "SIGKILL"), false);
  assert.equal(signal(identity, "SIGCONT"), true);
  assert.equal(await isOurs(child.pid!), true);
  assert.equal(await isOurs(process.ppid), false);
  assert.equal(await isOurs(process.pid), false);
  assert.equal(identify(0x3fffff), null);
});
