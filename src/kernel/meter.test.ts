import assert from "node:assert/strict";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { contract, query, type Client } from "../contract/contract.ts";
import { monotonicMs } from "../contract/deadline.ts";
import { app } from "../module/app.ts";
import { module } from "../module/module.ts";
import { pages } from "../module/pages.ts";
import { Histogram } from "../record/histogram.ts";
import { topology } from "../topology/topology.ts";
import type { Directory, MeterReport, ProcessConfig, SeamDelta } from "./control.ts";
import { startProcess } from "./process.ts";
import type { RunningProcess } from "./running.ts";

/** A shop and somebody who asks it: in one process, or in two with a socket between them. */

const shop = contract("shop", {
  get: query({
    input: z.object({ id: z.string() }),
    output: z.string(),
    errors: { missing: z.object({}) },
    deadlineMs: 20_000,
  }),
  wait: query({ deadlineMs: 60_000 }),
  hang: query({ deadlineMs: 60 }),
  breaks: query({}),
  plain: query({ errors: { missing: z.object({}) } }),
});

type Shop = Client<typeof shop>;
const silent = { debug() {}, info() {}, warn() {}, error() {} };
const nowhere: Directory = { endpoints: {}, ports: {}, clockOffsetMs: 0 };

/** What every `wait` waits for. */
class Gate {
  readonly #opened = Promise.withResolvers<void>();
  #come = 0;

  pass(): Promise<void> {
    this.#come++;
    return this.#opened.promise;
  }

  open(): void {
    this.#opened.resolve();
  }

  async until(come: number): Promise<void> {
    for (const end = monotonicMs() + 10_000; this.#come < come; await sleep(2)) assert.ok(monotonicMs() < end);
  }
}

class Metered {
  readonly ask: () => Shop;
  /** The caller's process first. */
  readonly processes: readonly RunningProcess[];
  readonly gate: Gate;
  readonly told: SeamDelta[] = [];

  constructor(processes: readonly RunningProcess[], gate: Gate) {
    this.processes = processes;
    this.gate = gate;
    const scope = { deadlineMs: 30_000, signal: new AbortController().signal, traceparent: "", degraded() {} };
    this.ask = () => (processes[0]!.context("desk", scope) as unknown as { shop: Shop }).shop;
  }

  get seam(): ReturnType<RunningProcess["seam"]> {
    return this.processes[0]!.seam("desk", "shop");
  }

  /** Switches all meters, or asks for what they have. */
  meter(on: boolean): void {
    const say = ({ seams }: MeterReport): unknown => this.told.push(...seams);
    for (const process of this.processes) process.meter(on, say);
  }

  /** What was told of an operation so far, added up. */
  sum(operation: keyof Shop, binding: "joined" | "cut"): { calls: number; failed: number; answers: number[] } {
    const lines = this.told.filter((line) => line.operation === operation && line.binding === binding);
    const counts = { calls: 0, failed: 0, answers: [0, 0] };
    for (const { calls, failed, callerHistogram, handlerHistogram } of lines) {
      counts.calls += calls;
      counts.failed += failed;
      counts.answers[0]! += callerHistogram.count;
      counts.answers[1]! += handlerHistogram.count;
    }
    return counts;
  }

  times(side: "caller" | "handler", operation: keyof Shop): Histogram {
    const lines = this.told.filter((line) => line.operation === operation);
    return Histogram.merged(lines.map((line) => Histogram.fromJson(line[`${side}Histogram`])));
  }
}

function keys(): Pick<ProcessConfig, "secret" | "identityPublicKey" | "identityPrivateKey"> {
  const { publicKey } = generateKeyPairSync("ed25519");
  const identityPublicKey = publicKey.export({ type: "spki", format: "der" }).toString("base64");
  return { secret: randomBytes(32).toString("hex"), identityPublicKey, identityPrivateKey: null };
}

async function open(t: TestContext, binding: "joined" | "cut"): Promise<Metered> {
  const gate = new Gate();
  const module_ = module(shop, {
    async get({ id }, { fail }) {
      await sleep(2);
      return id === "" ? fail("missing", {}) : id;
    },
    wait: () => gate.pass(),
    hang: (_input, { signal }) => sleep(10_000, undefined, { signal }).catch(() => {}),
    plain: (_input, { fail }) => fail("missing", {}),
    async breaks() {
      throw new Error("a mistake");
    },
  });
  const desk = pages("desk", { uses: { shop }, plugin() {} });
  const program = app("metered", {
    modules: { shop: () => Promise.resolve({ default: module_ }) },
    pages: { desk: () => Promise.resolve({ default: desk }) },
  });
  const own = keys();
  const start = async (modules: string[], more: Partial<ProcessConfig>, directory: Directory) => {
    const graph = { uses: { desk: ["shop"] }, subscribers: {}, stores: [] };
    const shape = { topology: topology({ processes: { it: { modules } } }), graph, stores: {}, directory: "" };
    const config = { deployment: "test", process: "it", replica: 0, app: "", listen: null, port: null, ...shape };
    const running = await startProcess(program, { ...config, ...own, ...more }, directory, {
      ...{ log: silent, health() {}, detect: "off" },
    });
    t.after(() => running.drain(100));
    return running;
  };
  if (binding === "joined") return new Metered([await start(["desk", "shop"], {}, nowhere)], gate);
  const callee = await start(["shop"], { listen: "tcp:127.0.0.1:0" }, nowhere);
  const caller = await start(["desk"], {}, { ...nowhere, endpoints: { shop: [callee.listen!] } });
  return new Metered([caller, callee], gate);
}

for (const binding of ["joined", "cut"] as const) {
  test(`every ${binding} call is counted once, and both its ends are timed if it was answered`, async (t) => {
    const metered = await open(t, binding);
    const { ask } = metered;
    await ask().get({ id: "before" });
    metered.meter(true);
    for (const id of ["a", "b", "c", "", ""])
      await ask()
        .get({ id })
        .catch(() => {});
    await assert.rejects(ask().breaks());
    await assert.rejects(ask().hang());
    await assert.rejects(ask().plain(), { code: "missing" });
    metered.meter(true);
    const [answered, failed] = [
      { calls: 5, failed: 2, answers: [5, 5] },
      { calls: 1, failed: 1, answers: [0, 0] },
    ];
    assert.deepEqual(metered.sum("get", binding), answered);
    assert.deepEqual(metered.sum("plain", binding), { calls: 1, failed: 1, answers: [1, 1] });
    assert.deepEqual([metered.sum("breaks", binding), metered.sum("hang", binding)], [failed, failed]);
    assert.ok(metered.told.every(({ from, to, binding: way }) => from === "desk" && to === "shop" && way === binding));
    // The one lies within the other, call for call.
    const [caller, handler] = [metered.times("caller", "get"), metered.times("handler", "get")];
    assert.ok(caller.mean! > handler.mean! && handler.mean! > 1, `${caller.mean} > ${handler.mean} ms`);
  });

  test(`reports of ${binding} calls tell what is new, and what is in flight`, async (t) => {
    const metered = await open(t, binding);
    const { ask, told, gate } = metered;
    metered.meter(true);
    const calls = [ask().wait(), ask().wait()];
    await gate.until(2);
    metered.meter(true);
    assert.deepEqual(
      told.map(({ calls, inFlight }) => [calls, inFlight]),
      [[0, 2]],
    );
    gate.open();
    await Promise.all(calls);
    metered.meter(true);
    assert.deepEqual(metered.sum("wait", binding), { calls: 2, failed: 0, answers: [2, 2] });
    const lines = told.length;
    metered.meter(true);
    assert.equal(told.length, lines);
  });

  test(`meters switched on and off lose no ${binding} call under load, and leave nothing in its way`, async (t) => {
    const metered = await open(t, binding);
    const bare = metered.seam.invoke;
    let going = true;
    let made = 0;
    const callers = Array.from({ length: 20 }, async () => {
      for (; going; made++) assert.equal(await metered.ask().get({ id: "a" }), "a");
    });
    try {
      for (let round = 0; round < 10; round++) {
        metered.meter(true);
        assert.notEqual(metered.seam.invoke, bare);
        await sleep(10);
        metered.meter(false);
        assert.equal(metered.seam.invoke, bare);
        await sleep(5);
      }
    } finally {
      going = false;
    }
    await Promise.all(callers);
    const { calls, failed } = metered.sum("get", binding);
    assert.ok(calls > 0 && calls <= made && failed === 0, `${calls} of ${made}, ${failed} failed`);
    assert.deepEqual([metered.seam.calls, metered.seam.failed, metered.seam.inFlight], [made, 0, 0]);
  });

  test(`a ${binding} seam that is held and let go while it is metered goes on being metered`, async (t) => {
    const metered = await open(t, binding);
    const { ask, seam } = metered;
    const bind = (): void => (binding === "joined" ? seam.join(seam.local!) : seam.cut(seam.destination!, false));
    metered.meter(true);
    seam.hold();
    assert.equal(seam.binding, "held");
    const calls = [
      ask().get({ id: "a" }),
      ask()
        .get({ id: "" })
        .catch(() => {}),
    ];
    const given = ask().get({ id: "late" }, { deadlineMs: 20 });
    const since = monotonicMs();
    await assert.rejects(given, { code: "deadline_exceeded" });
    const held = monotonicMs() - since;
    bind();
    assert.equal(seam.binding, binding);
    await Promise.all(calls);
    metered.meter(true);
    assert.deepEqual(metered.sum("get", binding), { calls: 3, failed: 2, answers: [2, 2] });
    // The third that was held got no answer.
    const [caller, handler] = [metered.times("caller", "get").mean!, metered.times("handler", "get").mean!];
    assert.ok(caller >= handler + held, `${caller} ≥ ${handler} + ${held} ms`);
    await ask().get({ id: "b" });
    metered.meter(false);
    assert.equal(metered.sum("get", binding).calls, 4);
    assert.equal(seam.invoke, seam.way);
  });

  test(`the time for which a ${binding} call waits for a place is its module's, not the way's`, async (t) => {
    const metered = await open(t, binding);
    const { ask, gate } = metered;
    metered.meter(true);
    const running = Array.from({ length: 128 }, () => ask().wait());
    await gate.until(128);
    const waiting = Array.from({ length: 256 }, () => ask().get({ id: "a" }));
    // There is no place left to wait in either, so all of them have come.
    await assert.rejects(ask().get({ id: "too many" }), { code: "overloaded" });
    const since = monotonicMs();
    await sleep(30);
    const waited = monotonicMs() - since;
    gate.open();
    await Promise.all([...running, ...waiting]);
    metered.meter(true);
    assert.deepEqual(metered.sum("get", binding), { calls: 257, failed: 1, answers: [256, 256] });
    const least = metered.times("handler", "get").percentile(0)!;
    assert.ok(least >= waited * 0.98, `${least} ms of ${waited} ms`);
  });
}
