import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { SeamlineError } from "../contract/errors.ts";
import { askControl, serveControl } from "./control-socket.ts";

async function serving(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "control-"));
  const path = join(directory, "c.sock");
  const server = await serveControl(path, async (question: any) => {
    if (question.ask === "fail") throw new SeamlineError("usage", "no such thing");
    return { asked: question };
  });
  t.after(async () => {
    await server.close();
    await server.close().catch(() => {});
    await rm(directory, { recursive: true });
  });
  return path;
}

test("a question gets its answer, an error its code", async (t) => {
  const path = await serving(t);
  assert.deepEqual(await askControl(path, { ask: "x" }), { asked: { ask: "x" } });
  await assert.rejects(askControl(path, { ask: "fail" }), { code: "usage", message: "no such thing" });
});

test("rubbish harms nobody else", async (t) => {
  const path = await serving(t);
  const rude = createConnection(path).on("error", () => {});
  t.after(() => rude.destroy());
  rude.write("not json\n");
  rude.write("x".repeat(3_000_000));
  assert.deepEqual(await askControl(path, { ask: "y" }), { asked: { ask: "y" } });
});

test("nobody there is said at once", async () => {
  await assert.rejects(askControl("/nowhere/c.sock", { ask: "x" }), { code: "unavailable" });
});
