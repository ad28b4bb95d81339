import assert from "node:assert/strict";
import { chmod, mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { startServer } from "./server.ts";
import { throwAwayDirectory } from "./testing.ts";

/** An empty place for temporary files, for the length of one test. */
async function useTemporary(t: TestContext): Promise<{ shelf: string; directory: () => Promise<string> }> {
  const temporary = await throwAwayDirectory();
  const before = process.env.TMPDIR;
  process.env.TMPDIR = temporary;
  const directories = [temporary];
  t.after(async () => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
    for (const directory of directories) await rm(directory, { recursive: true, force: true });
  });
  const directory = async (): Promise<string> => directories[directories.push(await throwAwayDirectory()) - 1]!;
  return { shelf: join(temporary, `seamline-${process.getuid?.() ?? 0}`), directory };
}

async function startAndStop(directory: string): Promise<void> {
  const server = await startServer({ directory, durable: false });
  await server.stop();
}

const windows = process.platform === "win32" && "TMPDIR means nothing there";

test("first starts at once make one template, whole, and leave nothing else", { skip: windows }, async (t) => {
  const { shelf, directory } = await useTemporary(t);
  await Promise.all([1, 2].map(async () => startAndStop(await directory())));
  assert.equal((await readdir(shelf)).length, 1);
});

test("a template from which a file has vanished is not used, and is removed", { skip: windows }, async (t) => {
  const { shelf, directory } = await useTemporary(t);
  await startAndStop(await directory());
  const [name] = await readdir(shelf);
  await rm(join(shelf, name!, "pgdata", "base", "1", "pg_filenode.map"));
  await startAndStop(await directory());
  assert.deepEqual(await readdir(shelf), []);
});

test("a template directory that others can write is left alone", { skip: windows }, async (t) => {
  const { shelf, directory } = await useTemporary(t);
  await mkdir(shelf);
  await chmod(shelf, 0o777);
  await startAndStop(await directory());
  assert.deepEqual(await readdir(shelf), []);
});

test(
  "where the server's user may not enter the template directory, a server starts without one",
  { skip: windows },
  async (t) => {
    const { directory } = await useTemporary(t);
    await chmod(process.env.TMPDIR!, 0o700); // under root, nobody may not enter
    await startAndStop(await directory());
  },
);
