import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { isLocked, takeLock } from "./lock.ts";

async function directoryFor(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "lock-"));
  t.after(() => rm(directory, { recursive: true }));
  return directory;
}

test("a directory is taken once, and can be taken again when it was given back", async (t) => {
  const directory = await directoryFor(t);
  assert.equal(isLocked(directory), false);
  const lock = await takeLock(directory);
  assert.equal(isLocked(directory), true);
  await assert.rejects(takeLock(directory), { code: "already_running", message: /Stop it, or use another --data/ });
  lock.release();
  lock.release();
  (await takeLock(directory)).release();
});

test("a directory that cannot be made is refused with its path", async (t) => {
  const file = join(await directoryFor(t), "file");
  await writeFile(file, "");
  await assert.rejects(takeLock(join(file, "board")), { code: "directory_unusable", message: /file\/board.*--data/ });
});

test("the lock of a process that was killed is free, and until then it is not", async (t) => {
  const directory = await directoryFor(t);
  const program = `
    import { takeLock } from ${JSON.stringify(new URL("./lock.ts", import.meta.url).href)};
    await takeLock(${JSON.stringify(directory)});
    console.log("taken");
    setInterval(() => {}, 1000);`;
  const holder = spawn(process.execPath, ["--input-type=module", "-e", program]);
  t.after(() => holder.kill("SIGKILL"));
  await once(holder.stdout, "data");
  assert.equal(isLocked(directory), true);
  await assert.rejects(takeLock(directory), { code: "already_running" });
  holder.kill("SIGKILL");
  await once(holder, "exit");
  (await takeLock(directory)).release();
});

test("of several who try at once, one gets it", async (t) => {
  const directory = await directoryFor(t);
  const tries = await Promise.allSettled(Array.from({ length: 8 }, () => takeLock(directory)));
  const taken = tries.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  assert.equal(taken.length, 1);
  taken[0]!.release();
});
