import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { throwAwayDirectory } from "../data/testing.ts";
import { Histogram } from "../record/histogram.ts";
import { lineSchema, type SeamLine } from "../record/recording.ts";
import { topology, type TopologyInput } from "../topology/topology.ts";
import { deploy, type Deployment } from "./deploy.ts";
import type { MeterLine } from "./metering.ts";
import asking from "./testing/asking.ts";

async function bringUp(t: TestContext, processes: TopologyInput["processes"]): Promise<Deployment> {
  const directory = await throwAwayDirectory();
  const deployment = await deploy({
    ...{ app: asking, appUrl: new URL("./testing/asking.ts", import.meta.url).href },
    ...{ topology: topology({ processes }), topologyName: "test", directory },
  });
  t.after(async () => {
    await deployment.stop();
    await rm(directory, { recursive: true, force: true });
  });
  return deployment;
}

const together = { all: { modules: ["asks", "answers"], port: 0 } };
const apart = { asks: { modules: ["asks"], port: 0 }, answers: { modules: ["answers"] } };

async function ask(deployment: Deployment, times: number): Promise<void> {
  const url = new URL("/api/ask", deployment.url!.replace("localhost", "127.0.0.1"));
  for (let n = 0; n < times; n++) assert.equal((await fetch(url)).status, 200);
}

/** Of calls from asks to answers. */
function sum(lines: readonly MeterLine[]): { bindings: string[]; calls: number; caller: number; handler: number } {
  const own = lines.filter((line) => line.type === "seam").filter(({ from }) => from === "asks");
  const count = (side: "callerHistogram" | "handlerHistogram"): number =>
    Histogram.merged(own.map((line: Pick<SeamLine, typeof side>) => Histogram.fromJson(line[side]))).count;
  return {
    bindings: [...new Set(own.map(({ binding }) => binding))],
    calls: own.reduce((all, { calls }) => all + calls, 0),
    caller: count("callerHistogram"),
    handler: count("handlerHistogram"),
  };
}

for (const [binding, processes] of [
  ["joined", together],
  ["cut", apart],
] as const)
  test(`a deployment tells of every ${binding} call between its parts while it is metered, as lines of a recording`, async (t) => {
    const deployment = await bringUp(t, processes);
    await ask(deployment, 3);
    const lines: MeterLine[] = [];
    const metering = await deployment.meter((line) => lines.push(line));
    await ask(deployment, 20);
    await metering.flush();
    assert.deepEqual(sum(lines), { bindings: [binding], calls: 20, caller: 20, handler: 20 });
    for (const line of lines) lineSchema.parse({ ...line, column: "a", t: 1 });
    const measured = lines.flatMap((line) => (line.type === "process" && line.cpuMs! > 0 ? [line.process] : []));
    assert.deepEqual(new Set(measured), new Set(Object.keys(processes).map((name) => `${name}#0`)));
    await ask(deployment, 5);
    await metering.stop();
    assert.equal(sum(lines).calls, 25);
    const before = lines.length;
    await ask(deployment, 5);
    await metering.stop();
    assert.equal(lines.length, before);
  });

test("a process that is started anew while its deployment is metered goes on being metered", async (t) => {
  const deployment = await bringUp(t, apart);
  const lines: MeterLine[] = [];
  const metering = await deployment.meter((line) => lines.push(line));
  await ask(deployment, 4);
  await metering.flush();
  await deployment.restart("answers#0");
  await metering.flush();
  await ask(deployment, 6);
  await metering.flush();
  assert.deepEqual(sum(lines), { bindings: ["cut"], calls: 10, caller: 10, handler: 10 });
});

test("while a deployment is metered it tells by itself, to everybody who meters it", async (t) => {
  const deployment = await bringUp(t, together);
  const [one, other]: MeterLine[][] = [[], []];
  const metering = await deployment.meter((line) => one!.push(line));
  await deployment.meter((line) => other!.push(line));
  await ask(deployment, 2);
  for (const end = Date.now() + 10_000; sum(other!).calls < 2; await sleep(20)) assert.ok(Date.now() < end);
  assert.equal(sum(one!).calls, 2);
  await metering.stop();
  await ask(deployment, 3);
  for (const end = Date.now() + 10_000; sum(other!).calls < 5; await sleep(20)) assert.ok(Date.now() < end);
  assert.equal(sum(one!).calls, 2);
});
