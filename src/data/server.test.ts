import assert from "node:assert/strict";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { chmod, chown, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { startServer, type PostgresServer } from "./server.ts";
import { throwAwayDirectory } from "./testing.ts";

const nobody = 65534;
const asRoot = process.getuid?.() === 0;
const linux = process.platform === "linux";

async function directoryFor(t: { after(undo: () => Promise<void>): void }): Promise<string> {
  const directory = await throwAwayDirectory();
  t.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

async function ask(url: string, sql: string): Promise<any[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  client.on("error", () => {});
  try {
    await client.connect();
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Behaviour, not speed: the limit only ends a test that would wait for ever. */
async function eventually(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let waited = 0; waited < 15_000; waited += 20) {
    if (await holds()) return;
    await sleep(20);
  }
  assert.fail(`not within 15 s: ${what}`);
}

/** A process that ended and that its parent has not asked after yet is not alive. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !linux || !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

const children = new Set<ChildProcess>();
after(() => children.forEach((child) => child.kill("SIGKILL")));

/** A program that starts a server and then does nothing. */
function launcher(
  directory: string,
  uid?: number,
): { child: ChildProcess; started: Promise<{ pid: number; adminUrl: string }> } {
  const program = `
    const { startServer } = await import(${JSON.stringify(import.meta.resolve("./server.ts"))});
    const { pid, adminUrl } = await startServer({ directory: ${JSON.stringify(directory)}, durable: false });
    console.log(JSON.stringify({ pid, adminUrl }));
    setInterval(() => {}, 1000);`;
  const args = ["--input-type=module", "-e", program];
  const child = spawn(process.execPath, args, { uid, gid: uid, stdio: ["ignore", "pipe", "inherit"] });
  children.add(child);
  const lines = createInterface({ input: child.stdout! });
  const started = Promise.race([
    once(lines, "line").then(([line]) => JSON.parse(line as string)),
    once(child, "exit").then(([code]) => assert.fail(`the launcher ended with ${code}`)),
  ]);
  started.catch(() => {}); // not every test awaits it
  return { child, started };
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

test("a server answers on 127.0.0.1 alone, and only to who knows its password", async (t) => {
  const directory = await directoryFor(t);
  const server = await startServer({ directory, durable: false });
  t.after(() => server.stop());
  const names = ["listen_addresses", "unix_socket_directories", "wal_level", "password_encryption", "max_connections"];
  const [row] = await ask(
    server.adminUrl,
    `select ${names.map((name) => `current_setting('${name}') as ${name}`).join()}`,
  );
  assert.deepEqual(row, {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    wal_level: "logical",
    password_encryption: "scram-sha-256",
    max_connections: "100",
  });
  const wrong = new URL(server.adminUrl);
  wrong.password = "wrong";
  await assert.rejects(ask(wrong.href, "select 1"), { code: "28P01" });
  wrong.password = "";
  await assert.rejects(ask(wrong.href, "select 1"));
  const secret = await stat(join(directory, "cluster", "password"));
  assert.equal(secret.mode & 0o777, 0o600);
  assert.equal((await stat(join(directory, "cluster", "pgdata"))).mode & 0o777, 0o700);
});

test("each server has its own password", async (t) => {
  const passwords = await Promise.all(
    [1, 2].map(async () => {
      const server = await startServer({ directory: await directoryFor(t), durable: false });
      await server.stop();
      return new URL(server.adminUrl).password;
    }),
  );
  assert.notEqual(passwords[0], passwords[1]);
  assert.ok(passwords.every((password) => password.length >= 32));
});

test("data, password and port survive a stop and a SIGKILL of the server", async (t) => {
  const directory = await directoryFor(t);
  const first = await startServer({ directory });
  t.after(() => first.stop());
  await ask(first.adminUrl, "create table kept as select 1 as one");
  await Promise.all([first.stop(), first.stop()]);
  assert.deepEqual(await first.exited, { code: 0, signal: null });

  const second = await startServer({ directory });
  t.after(() => second.stop());
  assert.equal(second.adminUrl, first.adminUrl);
  await ask(second.adminUrl, "insert into kept values (2)");
  process.kill(second.pid, "SIGKILL");
  assert.deepEqual(await second.exited, { code: null, signal: "SIGKILL" });

  const third = await startServer({ directory });
  t.after(() => third.stop());
  assert.equal(third.adminUrl, first.adminUrl);
  assert.deepEqual(await ask(third.adminUrl, "select count(*)::int as n from kept"), [{ n: 2 }]);
});

test("a port that another program took is replaced, unless it was asked for", async (t) => {
  const directory = await directoryFor(t);
  const first = await startServer({ directory, durable: false });
  await first.stop();
  const other = createServer().listen(first.port, "127.0.0.1");
  t.after(() => other.close());
  await once(other, "listening");
  await assert.rejects(startServer({ directory, port: first.port }), { code: "port_in_use" });
  const second = await startServer({ directory, durable: false });
  t.after(() => second.stop());
  assert.notEqual(second.port, first.port);
  assert.equal(Number(await readFile(join(directory, "port"), "utf8")), second.port);
});

test("a postmaster.pid that names some other living process does not stand in the way", async (t) => {
  const directory = await directoryFor(t);
  await (await startServer({ directory, durable: false })).stop();
  await writeFile(join(directory, "cluster", "pgdata", "postmaster.pid"), `${process.pid}\n/elsewhere\n`);
  const server = await startServer({ directory, durable: false });
  await server.stop();
});

test("of two starts in one directory one gets the server, the other is told who has it", async (t) => {
  const directory = await directoryFor(t);
  const both = await Promise.allSettled([1, 2].map(() => startServer({ directory, durable: false })));
  const servers = both.filter((one) => one.status === "fulfilled").map((one) => one.value);
  t.after(() => Promise.all(servers.map((server) => server.stop())).then(() => {}));
  assert.equal(servers.length, 1);
  const refused = both.find((one) => one.status === "rejected")!.reason;
  assert.equal(refused.code, "already_running", refused);
  assert.match(refused.message, new RegExp(`pid ${servers[0]!.pid}\\b`));
  assert.deepEqual(await ask(servers[0]!.adminUrl, "select 1 as one"), [{ one: 1 }]);
});

test("what a killed maker left is never used, and is removed", async (t) => {
  const directory = await directoryFor(t);
  const half = join(directory, "cluster.4194305.half", "pgdata"); // above the largest pid
  await mkdir(half, { recursive: true });
  await writeFile(join(half, "PG_VERSION"), "18\n");
  const server = await startServer({ directory, durable: false });
  t.after(() => server.stop());
  assert.deepEqual((await readdir(directory)).toSorted(), ["cluster", "log", "port"]);
});

test("a launcher killed at any moment of its first start leaves a directory in which the next start works", async (t) => {
  for (const delay of [60, 110, 160, 210]) {
    const directory = await directoryFor(t);
    const { child } = launcher(directory);
    await sleep(delay);
    await kill(child);
    const server = await startServer({ directory, durable: false });
    await server.stop();
    assert.deepEqual((await readdir(directory)).toSorted(), ["cluster", "log", "port"]);
  }
});

test("a start that fails shows the end of the server's log, and leaves no server", async (t) => {
  const directory = await directoryFor(t);
  await (await startServer({ directory, durable: false })).stop();
  await writeFile(join(directory, "cluster", "pgdata", "postgresql.auto.conf"), "no_such_setting = 1\n");
  await assert.rejects(startServer({ directory, durable: false }), (error: any) => {
    assert.equal(error.code, "postgres_failed");
    assert.match(error.message, /exit code 1/);
    assert.match(error.message, /no_such_setting/);
    return true;
  });
});

test("a directory that cannot be used is named", async (t) => {
  const file = join(await directoryFor(t), "file");
  await writeFile(file, "");
  for (const directory of [file, join(file, "below")])
    await assert.rejects(startServer({ directory }), { code: "postgres_failed", message: /data directory .*file/ });
});

test("a cluster without its password file is not remade over the data", async (t) => {
  const directory = await directoryFor(t);
  await (await startServer({ directory, durable: false })).stop();
  await rm(join(directory, "cluster", "password"));
  await assert.rejects(startServer({ directory }), { code: "postgres_failed", message: /password.*backup/ });
  await stat(join(directory, "cluster", "pgdata", "PG_VERSION"));
});

test("a start that is given up rejects with the signal's reason, and leaves no server", async (t) => {
  const directory = await directoryFor(t);
  const gaveUp = new Error("gave up");
  await assert.rejects(startServer({ directory, signal: AbortSignal.abort(gaveUp) }), gaveUp);
  const controller = new AbortController();
  const start = startServer({ directory, durable: false, signal: controller.signal });
  await eventually("it writes its log", async () => (await readdir(directory)).includes("log"));
  controller.abort(gaveUp);
  await start.then(
    (server) => server.stop(), // it was ready before it noticed
    (error) => assert.equal(error, gaveUp),
  );
  await assert.rejects(readFile(join(directory, "cluster", "pgdata", "postmaster.pid")), { code: "ENOENT" });
});

/** Whether this system lets ordinary users make a user namespace. */
function lendsNames(): boolean {
  return spawnSync("unshare", ["--user", "true"], { uid: nobody, gid: nobody, cwd: "/" }).status === 0;
}

/** Ways in which the server runs, by who starts it where. */
const places = {
  "as whoever runs the tests": { mode: 0o711, skip: false },
  "as root, in a directory that only root may enter": { mode: 0o700, skip: !asRoot },
  "as an ordinary user": { mode: 0o700, skip: !asRoot, uid: nobody },
  "as a user without a name": { mode: 0o700, skip: !asRoot || !lendsNames(), uid: 54321 },
} as const;

for (const [who, place] of Object.entries(places)) {
  const uid = "uid" in place ? place.uid : undefined;
  test(`a SIGKILLed launcher leaves no server behind: ${who}`, { skip: place.skip || !linux }, async (t) => {
    const directory = await directoryFor(t);
    await chmod(directory, place.mode);
    if (uid !== undefined) await chown(directory, uid, uid);
    const { child, started } = launcher(directory, uid);
    const { pid, adminUrl } = await started;
    assert.deepEqual(await ask(adminUrl, "select 1 as one"), [{ one: 1 }]);
    await kill(child);
    await eventually("the server is gone", () => !isAlive(pid));
    const again = launcher(directory, uid);
    assert.equal((await again.started).adminUrl, adminUrl);
    await kill(again.child);
    await eventually("the second server is gone", async () => !isAlive((await again.started).pid));
  });
}

test("a frozen server whose launcher was killed is ended by the next start", { skip: !linux }, async (t) => {
  const directory = await directoryFor(t);
  const { child, started } = launcher(directory);
  const { pid, adminUrl } = await started;
  process.kill(pid, "SIGSTOP");
  await kill(child);
  assert.ok(isAlive(pid));
  const server: PostgresServer = await startServer({ directory, durable: false });
  t.after(() => server.stop());
  assert.ok(!isAlive(pid));
  assert.equal(server.adminUrl, adminUrl);
});

test("a frozen server is stopped like any other", { skip: !linux }, async (t) => {
  const server = await startServer({ directory: await directoryFor(t), durable: false });
  process.kill(server.pid, "SIGSTOP");
  await server.stop();
  assert.ok(!isAlive(server.pid));
});

test("a program that exits without stopping its server takes the server with it", async (t) => {
  const directory = await directoryFor(t);
  const program = `
    const { startServer } = await import(${JSON.stringify(import.meta.resolve("./server.ts"))});
    const { pid } = await startServer({ directory: ${JSON.stringify(directory)}, durable: false });
    console.log(pid);
    process.exit(0);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(createInterface({ input: child.stdout! }), "line");
  await eventually("the server is gone", () => !isAlive(Number(line)));
});
