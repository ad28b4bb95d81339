import assert from "node:assert/strict";
import { readFile, rm } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { isError, topology } from "seamline";
import { throwAwayDirectory } from "../../src/data/testing.ts";
import { loginTo } from "../../src/deploy/login.ts";
import { verify } from "../../src/deploy/verify/verify.ts";
import kiosk from "../fixtures/kiosk/app.ts";
import invariants from "../fixtures/kiosk/invariants.ts";
import { till } from "../fixtures/kiosk/till/contract.ts";
import { bringUp, isAlive, until, type Deployed } from "../suites/deployed.ts";
import { eachPlacement, type TestContext } from "../suites/placements.ts";

/** An app's own programs, its clock, and the check of its data, in every placement and under a kill. */

const appUrl = import.meta.resolve("../fixtures/kiosk/app.ts");
const day = 86_400_000;
const ahead = (iso: string): number => Math.round((Date.parse(iso) - Date.now()) / day) + 0; // no -0

eachPlacement(kiosk, appUrl, (running) => {
  const ask = (): TestContext => running().context;

  test("a program is asked by its module and calls it back, and each proves itself by what only they know", async () => {
    await ask().till.charge({ id: "bread" });
    assert.deepEqual(await ask().till.payments(), ["bread"]);
    await assert.rejects(ask().till.paid({ id: "wine", proof: "made up" }), (error) =>
      isError(error, till.paid, "forged"),
    );
  });

  test("a program that the module does not declare is refused", async () => {
    await assert.rejects(ask().till.stranger(), { code: "internal" });
  });

  test("the clock moves for modules and programs alike, and back", async () => {
    await running().moveClock(3 * day);
    assert.equal(ahead(await ask().till.time()), 3);
    assert.equal(ahead((await ask().till.bank()).now), 3);
    await running().moveClock(-3 * day);
    assert.equal(ahead(await ask().till.time()), 0);
    assert.equal(ahead((await ask().till.bank()).now), 0);
  });

  test("verify is clean, and finds what was spoilt behind the module's back", async () => {
    const states = async (): Promise<string[]> =>
      (await verify(invariants, running().stores)).checks.map(({ id, state }) => `${id} ${state}`);
    assert.deepEqual(await states(), ["I1 holds", "I2 holds", "S1 holds", "S2 holds"]);
    const client = await loginTo(running().stores["till"]!);
    try {
      await client.query("insert into payments values ('WINE')");
      assert.deepEqual(await states(), ["I1 violated", "I2 holds", "S1 holds", "S2 holds"]);
    } finally {
      await client.query("delete from payments where id = 'WINE'");
      await client.end();
    }
  });
});

describe("a program in a deployment", () => {
  let directory: string;
  let deployed: Deployed;
  let ask: () => TestContext;
  let changes: string[] = [];
  const up = async (): Promise<void> => {
    deployed = await bringUp({
      app: kiosk,
      appUrl,
      directory,
      codeFaults: true,
      onEvent(event) {
        if (event.type === "process") changes.push(`${event.process.id} ${event.process.state}`);
      },
      topology: topology({ processes: { shop: { modules: ["till"], port: 0 } } }),
    });
    ask = await deployed.asks(kiosk);
  };
  before(async () => {
    directory = await throwAwayDirectory();
    await up();
  });
  after(async () => {
    await deployed?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  test("it is ready before the modules start, and stopped after them", async () => {
    const order = ["bank#0 starting", "bank#0 ready", "shop#0 starting", "shop#0 ready"];
    assert.deepEqual([...new Set(changes)], order);
    changes = [];
    await deployed.stop();
    assert.deepEqual([...new Set(changes)], ["shop#0 stopped", "bank#0 stopped"]);
    await up();
  });

  test("it is a process of its own, seen like the others, with a directory of its own", async () => {
    const { processes, urls } = await deployed.deployment.status();
    assert.deepEqual(
      processes.map(({ id, program, state }) => [id, program, state]),
      [
        ["shop#0", false, "ready"],
        ["bank#0", true, "ready"],
      ],
    );
    assert.ok(processes[1]!.pssBytes! > 0 && processes[1]!.status!.rssBytes > 0);
    const bank = await ask().till.bank();
    assert.equal(bank.pid, deployed.pid("bank#0"));
    assert.equal(bank.directory, `${directory}/programs/bank`);
    assert.equal(`${bank.till}/`, urls["till"]!.replace("localhost", "127.0.0.1"));
  });

  test("killed, it comes back at the same address with its files, and its module with the address it calls back", async () => {
    const before = await ask().till.bank();
    const { count } = await ask().till.charge({ id: "first" });
    const killed = deployed.kill("bank#0");
    await deployed.isBack("bank#0", killed);
    const back = await ask().till.bank();
    assert.notEqual(back.pid, before.pid);
    assert.deepEqual([back.url, back.till], [before.url, before.till]);
    assert.equal((await ask().till.charge({ id: "second" })).count, count + 1);
    const shop = deployed.kill("shop#0");
    await deployed.isBack("shop#0", shop);
    assert.equal((await ask().till.charge({ id: "third" })).count, count + 2);
    assert.deepEqual(await ask().till.payments(), ["first", "second", "third"]);
  });

  test("while it is away its address stays, and its module goes on", async () => {
    const { url } = await ask().till.bank();
    const { killed, release } = deployed.keepDown("bank#0");
    await until("the bank is gone", () => deployed.process("bank#0").pid !== killed);
    await assert.rejects(ask().till.charge({ id: "nobody" }), { code: "internal" });
    await ask().till.payments();
    release();
    await deployed.isBack("bank#0", killed);
    assert.equal((await ask().till.bank()).url, url);
  });

  test("it does itself harm when told to, and recovers", async () => {
    const { faults } = deployed.deployment;
    const bankNow = async () =>
      (await deployed.deployment.status()).processes.find(({ id }) => id === "bank#0")!.status;
    const { rssBytes } = (await bankNow())!;
    const hoard = await faults.apply({ kind: "memory", target: "bank", forMs: 60_000, parameters: { mb: 150 } });
    await until("memory is taken", async () => ((await bankNow())?.rssBytes ?? 0) > rssBytes + 100 * 1024 * 1024);
    await faults.heal(hoard.id);
    const { cpuMs } = (await bankNow())!;
    const loop = await faults.apply({ kind: "busy", target: "bank", forMs: 60_000, parameters: { ms: 100 } });
    await until("it computes", async () => ((await bankNow())?.cpuMs ?? 0) > cpuMs + 1000);
    await faults.heal(loop.id);
    await ask().till.charge({ id: "afterwards" });
  });

  test("the clock stays moved over a restart, of a process and of everything", async () => {
    assert.equal(await deployed.deployment.moveClock(2 * day), 2 * day);
    const shop = deployed.kill("shop#0");
    await deployed.isBack("shop#0", shop);
    assert.equal(ahead(await ask().till.time()), 2);
    const program = deployed.pid("bank#0");
    await deployed.stop();
    assert.equal(isAlive(program), false);
    await up();
    assert.equal((await deployed.deployment.status()).clockOffsetMs, 2 * day);
    assert.equal(ahead(await ask().till.time()), 2);
    assert.equal(ahead((await ask().till.bank()).now), 2);
    assert.match(await readFile(`${directory}/programs/bank/charges`, "utf8"), /^first\n/);
    await Promise.all([deployed.deployment.moveClock(day), deployed.deployment.moveClock(-3 * day)]);
    assert.equal(ahead(await ask().till.time()), 0);
  });

  test("a time that no calendar has is refused, and nothing moves", async () => {
    for (const wrong of [Infinity, NaN, 1e15]) {
      await assert.rejects(deployed.deployment.moveClock(wrong), { code: "usage", message: /100 years/ });
      assert.equal(deployed.deployment.clockOffsetMs, 0);
    }
  });
});
