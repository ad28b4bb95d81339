import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { chown, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { identify } from "../faults/identity.ts";
import { journalOf, note, open } from "../faults/journal.ts";
import { thisMachine } from "../faults/probe.ts";
import { topology } from "../topology/topology.ts";
import { askControl } from "./control-socket.ts";
import { deploy, type DeployEvent, type Deployment } from "./deploy.ts";
import { loginTo } from "./login.ts";
import { readDeployment } from "./state.ts";
import small from "./testing/app.ts";

/** Real processes and servers, broken and healed; only what runs inside an app process is a program that does nothing. */
const entry = new URL("./testing/child.ts", import.meta.url);
const appUrl = new URL("./testing/app.ts", import.meta.url).href;
const place = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
const longMs = 60_000;
const linux = process.platform === "linux" ? false : "it reads /proc";

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 20_000; !(await holds()); await sleep(20))
    assert.ok(Date.now() < end, `in vain: ${what}`);
}

/** One letter: T stopped, t traced, R or S alive, Z ended; "" for none. */
function stateOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat[stat.lastIndexOf(")") + 2]!;
  } catch {
    return "";
  }
}

function isGone(pid: number): boolean {
  return ["", "Z", "X"].includes(stateOf(pid));
}

describe("faults of a deployment", { skip: linux }, () => {
  const events: DeployEvent[] = [];
  let directory = "";
  let up: Deployment;

  before(async () => {
    directory = await mkdtemp(join(place, "faults-"));
    up = await deploy({
      app: small,
      appUrl,
      topology: topology({
        processes: { notes: { modules: ["notes"] }, labels: { modules: ["labels"] } },
        data: "server-per-module",
      }),
      topologyName: "test",
      directory,
      entry,
      onEvent: (event) => events.push(event),
    });
    const client = await loginTo(up.stores()["notes"]!);
    await client.query("create table things (id int primary key)");
    await client.end();
  });
  after(async () => {
    await up?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const processOf = (id: string) => up.processes().find((each) => each.id === id)!;
  const databaseOf = (name: string) => up.databases().find((each) => each.name === name)!;
  const breaks = (kind: string, target: string, parameters = {}) =>
    up.faults.apply({ kind, target, forMs: longMs, parameters });

  /** Whether the module's data answers within a second. */
  function answers(module: string): Promise<boolean> {
    return Promise.race([asked(module), sleep(1500, false)]);
  }

  async function asked(module: string): Promise<boolean> {
    const client = await loginTo(up.stores()[module]!, { queryMs: 1000 }).catch(() => null);
    try {
      await client?.query(module === "notes" ? "select * from things" : "select 1");
      return client !== null;
    } catch {
      return false;
    } finally {
      void client?.end().catch(() => {});
    }
  }

  test("a crashed process stays down until the end, and is then started again; no other is touched", async () => {
    const { pid } = processOf("notes#0");
    const other = processOf("labels#0").pid;
    const fault = await breaks("crash", "notes");
    await until("it is down", () => processOf("notes#0").state === "waiting");
    assert.ok(isGone(pid!));
    await sleep(300);
    assert.equal(processOf("notes#0").state, "waiting");
    await up.faults.heal(fault.id);
    await until("it is back", () => processOf("notes#0").state === "ready");
    assert.equal(processOf("labels#0").pid, other);
  });

  test("a hung process is stopped and goes on as the same; two faults on it are refused", async () => {
    const { pid } = processOf("notes#0");
    const fault = await breaks("hang", "notes#0");
    assert.equal(fault.strikes, "process");
    await until("it is stopped", () => stateOf(pid!) === "T");
    await assert.rejects(breaks("cpu", "notes"), { code: "fault_refused", message: /notes#0 is struck by fault f\d/ });
    await up.faults.heal(fault.id);
    await until("it runs", () => stateOf(pid!) !== "T");
    assert.equal(processOf("notes#0").pid, pid);
  });

  test("a process with a share of a processor is stopped again and again, and runs freely afterwards", async () => {
    const { pid } = processOf("labels#0");
    const fault = await breaks("cpu", "labels", { share: 0.3, periodMs: 60 });
    const seen = new Set<boolean>();
    await until("it was seen stopped and running", () => seen.add(stateOf(pid!) === "T").size === 2);
    await up.faults.heal(fault.id);
    for (let i = 0; i < 20; i++, await sleep(10)) assert.notEqual(stateOf(pid!), "T");
  });

  test("a fault ends by itself after its time, and both ends are told", async () => {
    const { pid } = processOf("labels#0");
    const fault = await up.faults.apply({ kind: "hang", target: "labels", forMs: 200 });
    await until("nothing is active", () => up.faults.active().length === 0);
    assert.notEqual(stateOf(pid!), "T");
    const told = events.flatMap((event) =>
      event.type === "fault" && event.fault.id === fault.id ? [event.state] : [],
    );
    assert.deepEqual(told, ["applied", "healed"]);
    assert.deepEqual([...open(journalOf(directory)).keys()], []);
  });

  test("a database that is down stays so until the end, and comes back with its data; the other answers on", async () => {
    const { pid } = databaseOf("notes");
    const fault = await breaks("db-down", "notes");
    await until("it is down", () => databaseOf("notes").state === "waiting" && isGone(pid!));
    assert.equal(await answers("notes"), false);
    assert.equal(await answers("labels"), true);
    await sleep(600);
    assert.equal(databaseOf("notes").state, "waiting");
    await up.faults.heal(fault.id);
    await until("it is back", () => databaseOf("notes").state === "ready");
    assert.equal(await answers("notes"), true);
  });

  test("a hung database answers nobody, and then goes on with all its sessions", async () => {
    const session = await loginTo(up.stores()["notes"]!);
    const fault = await breaks("db-hung", "notes");
    assert.equal(await answers("notes"), false);
    await up.faults.heal(fault.id);
    assert.equal((await session.query("select 1 as one")).rows[0].one, 1);
    await session.end();
    assert.equal(await answers("notes"), true);
  });

  test("locked tables cannot be read while the server answers, and can afterwards", async () => {
    const fault = await breaks("db-locked", "notes");
    assert.equal(await answers("notes"), false);
    const client = await loginTo(up.stores()["notes"]!);
    assert.equal((await client.query("select 1 as one")).rows[0].one, 1);
    await client.end();
    await up.faults.heal(fault.id);
    assert.equal(await answers("notes"), true);
  });

  test("an exhausted database has no session left for its module, and ends those that it had", async () => {
    const session = await loginTo(up.stores()["labels"]!);
    const fault = await breaks("db-exhausted", "labels");
    await until("the session was ended", async () => !(await session.query("select 1").then(Boolean, () => false)));
    // Whoever asks at the very moment in which a session has ended may have it for a moment.
    await until("nobody gets a session", () =>
      loginTo(up.stores()["labels"]!).then(
        (got) => got.end().then(() => false),
        (error: { code?: string }) => error.code === "53300",
      ),
    );
    assert.equal(await answers("notes"), true);
    await up.faults.heal(fault.id);
    await until("there is room again", () => answers("labels"));
    await session.end().catch(() => {});
  });

  test("a slow disk makes what is to be kept wait, and lets go of the server", async (t) => {
    const why = await thisMachine.tracing();
    if (why !== null) return t.skip(why);
    const { pid } = databaseOf("notes");
    const fault = await breaks("disk", "notes", { ms: 400 });
    const client = await loginTo(up.stores()["notes"]!);
    const begun = performance.now();
    await client.query("insert into things values (1)");
    assert.ok(performance.now() - begun > 350, "the commit did not wait for the disk");
    await client.end();
    await up.faults.heal(fault.id);
    const tracer = /TracerPid:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1];
    assert.equal(tracer, "0");
    assert.equal(await answers("notes"), true);
  });

  test("what there is not is refused with what there is", async () => {
    await assert.rejects(breaks("crush", "notes"), { code: "usage", message: /"crush" is no kind.*crash, hang/ });
    await assert.rejects(breaks("crash", "nobody"), {
      code: "usage",
      message: /"nobody" is no target; there are notes, labels/,
    });
    await assert.rejects(breaks("cpu", "notes", { share: 7 }), { code: "usage", message: /share/ });
    await assert.rejects(breaks("latency", "notes>labels"), { code: "fault_refused", message: /--faults/ });
    await assert.rejects(breaks("busy", "notes"), { code: "fault_refused", message: /allowed at the start/ });
    await assert.rejects(up.faults.apply({ kind: "hang", target: "notes", forMs: -1 }), { code: "usage" });
    await assert.rejects(up.faults.heal("f999"), { code: "usage" });
    assert.deepEqual(up.faults.active(), []);
  });

  test("a running deployment takes faults over its control socket", async () => {
    const { control } = (await readDeployment(directory))!;
    const { pid } = processOf("labels#0");
    const asked = { ask: "fault", kind: "hang", target: "labels", forMs: longMs, parameters: {} };
    const fault = (await askControl(control!, asked, 20_000)) as { id: string };
    await until("it is stopped", () => stateOf(pid!) === "T");
    const seen = (await askControl(control!, { ask: "faults" })) as { active: { id: string }[]; kinds: object[] };
    assert.deepEqual(
      seen.active.map(({ id }) => id),
      [fault.id],
    );
    assert.ok(seen.kinds.length > 10);
    await askControl(control!, { ask: "heal", id: null });
    await until("it runs", () => stateOf(pid!) !== "T");
  });

  test("a killed watchdog ends its faults, and the next fault has another", async () => {
    const { pid } = processOf("labels#0");
    await breaks("hang", "labels");
    process.kill((await up.faults.watchdogPid())!, "SIGKILL");
    await until("it runs", () => stateOf(pid!) !== "T" && up.faults.active().length === 0);
    const fault = await breaks("hang", "labels");
    await until("it is stopped", () => stateOf(pid!) === "T");
    await up.faults.heal(fault.id);
  });
});

test("a deployment that is stopped in the middle of faults leaves nothing", { skip: linux }, async () => {
  const directory = await mkdtemp(join(place, "faults-"));
  try {
    const up = await deploy({
      app: small,
      appUrl,
      topology: topology({ processes: { all: { modules: ["notes", "labels"] } }, data: "shared-pool" }),
      topologyName: "test",
      directory,
      durable: false,
      links: "proxied",
      entry,
    });
    const session = await loginTo(up.stores()["notes"]!);
    await up.faults.apply({ kind: "db-exhausted", target: "notes", forMs: longMs });
    await assert.rejects(session.query("select 1"), "the sessions of a shared pool were not ended");
    await session.end().catch(() => {});
    await up.faults.heal();
    const pids = [...up.processes(), ...up.databases()].map(({ pid }) => pid!);
    await up.faults.apply({ kind: "hang", target: "notes", forMs: longMs });
    await up.faults.apply({ kind: "latency", target: "notes>database", forMs: longMs, parameters: { ms: 500 } });
    await assert.rejects(up.faults.apply({ kind: "reset", target: "labels>notes", forMs: longMs }), {
      code: "usage",
      message: /in one process \(all#0\)/,
    });
    await up.faults.apply({ kind: "db-hung", target: "labels", forMs: longMs });
    await up.stop();
    assert.deepEqual(
      pids.filter((pid) => !isGone(pid)),
      [],
    );
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

test(
  "a controller that is killed in the middle of faults leaves nothing frozen and nothing running",
  { skip: linux },
  async () => {
    const directory = await mkdtemp(join(place, "faults-"));
    const faults = [
      { kind: "hang", target: "notes", forMs: longMs },
      { kind: "cpu", target: "labels", forMs: longMs },
      { kind: "db-hung", target: "notes", forMs: longMs },
      { kind: "latency", target: "notes>database", forMs: longMs },
    ];
    const program = new URL("./testing/faulty.ts", import.meta.url).pathname;
    const controller = spawn(process.execPath, [program, directory, JSON.stringify(faults)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      const [line] = await once(createInterface({ input: controller.stdout }), "line");
      const pids = JSON.parse(line) as number[];
      // Two app processes, a proxy, a watchdog, and a database server with its sessions.
      assert.ok(pids.length > 6, line);
      controller.kill("SIGKILL");
      await until("all have ended", () => pids.every(isGone));
      assert.deepEqual([...open(journalOf(directory)).keys()], []);
    } finally {
      controller.kill("SIGKILL");
      await rm(directory, { recursive: true, force: true });
    }
  },
);

test(
  "a controller that is itself stopped does not keep anything stopped beyond its time",
  { skip: linux },
  async () => {
    const directory = await mkdtemp(join(place, "faults-"));
    const program = new URL("./testing/faulty.ts", import.meta.url).pathname;
    const faults = [
      { kind: "hang", target: "notes", forMs: 1000 },
      { kind: "cpu", target: "labels", forMs: 1000 },
    ];
    const controller = spawn(process.execPath, [program, directory, JSON.stringify(faults)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      const [line] = await once(createInterface({ input: controller.stdout }), "line");
      controller.kill("SIGSTOP");
      const pids = JSON.parse(line) as number[];
      await until("they were stopped", () => pids.some((pid) => stateOf(pid) === "T"));
      await until("the journal is empty", () => open(journalOf(directory)).size === 0);
      for (let i = 0; i < 20; i++, await sleep(10))
        assert.deepEqual(
          pids.filter((pid) => stateOf(pid) === "T"),
          [],
        );
      controller.kill("SIGKILL");
      await until("all have ended", () => pids.every(isGone));
    } finally {
      controller.kill("SIGKILL");
      await rm(directory, { recursive: true, force: true });
    }
  },
);

const nobody = 65534;

test("an ordinary user can do all this to what is his own", { skip: process.getuid?.() !== 0 }, async () => {
  const directory = await mkdtemp(join(place, "faults-"));
  try {
    await chown(directory, nobody, nobody);
    const { NODE_TEST_CONTEXT: _, ...inherited } = process.env;
    const env = { ...inherited, HOME: directory, XDG_CACHE_HOME: directory, TMPDIR: directory };
    const names = "hung|locked|disk|killed in the middle";
    const args = ["--test", "--test-reporter=tap", `--test-name-pattern=${names}`, fileURLToPath(import.meta.url)];
    const run = spawn(process.execPath, args, { uid: nobody, gid: nobody, env, stdio: ["ignore", "pipe", "inherit"] });
    const said = await text(run.stdout);
    assert.match(said, /^# fail 0$/m, said);
    assert.match(said, /^# pass [4-9]$/m, said);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

test("a start heals what the journal of a life before still has, and no stranger", { skip: linux }, async () => {
  const directory = await mkdtemp(join(place, "faults-"));
  const [stopped, stranger] = [spawn("sleep", ["60"]), spawn("sleep", ["60"])];
  try {
    for (const { pid } of [stopped, stranger]) process.kill(pid!, "SIGSTOP");
    const later = Date.now() + longMs;
    note(
      journalOf(directory),
      { event: "begun", id: "f1", kind: "hang", target: "all", until: later },
      { event: "undo", id: "f1", signal: "SIGCONT", ...identify(stopped.pid!)! },
      // The same number as of a process that was started at another time.
      { event: "undo", id: "f1", signal: "SIGCONT", pid: stranger.pid!, start: "00000000:1" },
    );
    const up = await deploy({
      app: small,
      appUrl,
      topology: topology({ processes: { all: { modules: ["notes", "labels"] } } }),
      topologyName: "test",
      directory,
      durable: false,
      entry,
    });
    await up.stop();
    assert.equal(stateOf(stopped.pid!), "S");
    assert.equal(stateOf(stranger.pid!), "T");
  } finally {
    stopped.kill("SIGKILL");
    stranger.kill("SIGKILL");
    await rm(directory, { recursive: true, force: true });
  }
});
