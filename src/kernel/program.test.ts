import assert from "node:assert/strict";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { contract, query } from "../contract/contract.ts";
import { app } from "../module/app.ts";
import { module } from "../module/module.ts";
import { program, type ProgramHost, type StartedProgram } from "../module/program.ts";
import { startProgram, type Running } from "./program.ts";
import { programSecret, programsOf } from "./programs.ts";

const log = { debug() {}, info() {}, warn() {}, error() {} };
const shop = contract("shop", { get: query({}) });
const shopModule = module(shop, { programs: ["bank", "mint"], async get() {} });

async function run(
  t: TestContext,
  start: (host: ProgramHost) => Promise<StartedProgram>,
): Promise<{ running: Promise<Running>; home: string }> {
  const directory = await mkdtemp(join(tmpdir(), "program-"));
  t.after(() => rm(directory, { recursive: true }));
  const of = app("shop", {
    modules: { shop: async () => ({ default: shopModule }) },
    programs: { bank: async () => ({ default: program({ start }) }) },
  });
  const home = join(directory, "programs", "bank");
  const config = { program: "bank", app: "", port: 7, secret: "ab".repeat(32), directory: home };
  const nowhere = { endpoints: {}, ports: {}, clockOffsetMs: 60_000 };
  return { running: startProgram(of, config, nowhere, log), home };
}

test("a program is given its port, directory, secret, time and where modules are, now and later", async (t) => {
  let host!: ProgramHost;
  let closed = 0;
  const { running, home } = await run(t, async (given) => {
    host = given;
    return { port: 7, close: async () => void closed++ };
  });
  const started = await running;
  assert.deepEqual([host.name, host.port, host.secret.length, host.directory], ["bank", 7, 32, home]);
  assert.equal((await stat(home)).mode & 0o777, 0o700);
  assert.ok(Math.abs(host.now().getTime() - Date.now() - 60_000) < 30_000);
  assert.equal(host.urlOf("shop"), null);
  started.direct({ endpoints: {}, ports: { shop: 8080 }, clockOffsetMs: 0 });
  assert.equal(host.urlOf("shop"), "http://127.0.0.1:8080");
  assert.ok(Math.abs(host.now().getTime() - Date.now()) < 30_000);
  assert.deepEqual(started.status().parts, { bank: "ready" });
  assert.equal(host.signal.aborted, false);
  await Promise.all([started.drain(1000), started.drain(1000)]);
  assert.deepEqual([host.signal.aborted, closed], [true, 1]);
});

test("a program that does not close in time, or fails to, does not hold up the end", async (t) => {
  const hanging = await run(t, async () => ({ port: 7, close: () => new Promise(() => {}) }));
  await (await hanging.running).drain(10);
  const failing = await run(t, async () => ({ port: 7, close: () => Promise.reject(new Error("no")) }));
  await (await failing.running).drain(1000);
});

test("a start that says nothing of a port is refused, and what it began is closed", async (t) => {
  let closed = false;
  const { running } = await run(t, async () => ({ port: 0, close: async () => void (closed = true) }));
  await assert.rejects(running, { code: "start_failed", message: /program "bank": start gave port 0/ });
  assert.equal(closed, true);
  await assert.rejects((await run(t, async () => undefined as never)).running, { code: "start_failed" });
});

test("each program has a secret of its own, the same on both sides, and none is told of another's", () => {
  const deployment = Buffer.alloc(32, 1);
  const address = programsOf(shopModule, deployment, (name) => (name === "bank" ? 7 : undefined));
  assert.deepEqual(address("bank"), { url: "http://127.0.0.1:7", secret: programSecret(deployment, "bank") });
  assert.notDeepEqual(programSecret(deployment, "bank"), programSecret(deployment, "mint"));
  assert.throws(() => address("mint"), { code: "unavailable", message: /"mint" has not started yet/ });
  assert.throws(() => address("stranger"), { code: "internal", message: /"shop" declares bank, mint; add it/ });
});
