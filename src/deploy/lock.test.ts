import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { bornAt, lockHolder, takeLock } from "./lock.ts";

async function directoryFor(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "lock-"));
  t.after(() => rm(directory, { recursive: true }));
  return directory;
}

const holderFile = (pid: number, born: string): string => JSON.stringify({ pid, born, since: "2026-01-01T00:00:00Z" });

test("a second deployment in one directory is refused with the pid of the first and a remedy", async (t) => {
  const directory = await directoryFor(t);
  const lock = await takeLock(directory);
  assert.equal(await lockHolder(directory), process.pid);
  await assert.rejects(takeLock(directory), (error: any) => {
    assert.equal(error.code, "already_running");
    assert.match(error.message, new RegExp(`${process.pid}.*--data`));
    return true;
  });
  await lock.release();
  await lock.release();
  assert.deepEqual(await readdir(directory), []);
  await (await takeLock(directory)).release();
});

test("the lock of a process that died is taken over", async (t) => {
  const directory = await directoryFor(t);
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  await once(child, "spawn");
  const born = bornAt(child.pid!)!;
  await writeFile(join(directory, "lock"), holderFile(child.pid!, born));
  await assert.rejects(takeLock(directory), { code: "already_running" });
  child.kill("SIGKILL");
  await once(child, "exit");
  await (await takeLock(directory)).release();
});

test("a pid that now belongs to another process holds nothing", { skip: bornAt(process.pid) === null }, async (t) => {
  const directory = await directoryFor(t);
  await writeFile(join(directory, "lock"), holderFile(process.pid, "before the reboot"));
  assert.equal(await lockHolder(directory), null);
  await (await takeLock(directory)).release();
});

test("a damaged lock is nobody's", async (t) => {
  const directory = await directoryFor(t);
  await writeFile(join(directory, "lock"), "{");
  await (await takeLock(directory)).release();
  assert.deepEqual(await readdir(directory), []);
});

test("of several who find a stale lock at once, one gets it", async (t) => {
  const directory = await directoryFor(t);
  await writeFile(join(directory, "lock"), holderFile(2 ** 22 - 1, "gone"));
  const tries = await Promise.allSettled(Array.from({ length: 8 }, () => takeLock(directory)));
  assert.equal(tries.filter(({ status }) => status === "fulfilled").length, 1);
});
