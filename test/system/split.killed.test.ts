import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { topology } from "seamline";
import { throwAwayDirectory } from "../../src/data/testing.ts";
import type { LiveProgress, Wish } from "../../src/split/live.ts";
import { beginMove } from "../../src/split/moving.ts";
import { abort, statusOf } from "../../src/split/recall.ts";
import { sideOf } from "../../src/split/scene.ts";
import moving from "../fixtures/moving/app.ts";
import { stock } from "../fixtures/moving/vault.ts";
import { bringUp, endOf, until, type Deployed } from "../suites/deployed.ts";
import { long } from "../suites/long.ts";
import type { TestContext } from "../suites/placements.ts";
import { askStore } from "../suites/stops.ts";
import { assertEqual, back, bin, homeOf, insistOn, optionsOf, out } from "./split/moves.ts";

/**
 * A module goes to a process and a database server of its own and comes back while somebody pays, and something is killed
 * or frozen meanwhile: nothing is lost or twice. `npm test` tries a selection that follows from a seed (SEAMLINE_SEED);
 * `npm run test:long` tries all.
 */

const points = [
  ...["begin", "process.begun", "process.ended", "prepare.begun", "copy.slot", "copy.subscription", "copy.caught-up"],
  ...["reverse.subscription", "gate.holding", "fence.held", "fence.locked", "fence.arrived", "fence.closed"],
  ...["open.opened", "gate.moved", "verify.compared", "finish.begun", "finish.ended"],
] as const;
/** The process that comes to hold the module, the one that held it and has a caller in it, both servers, the command. */
const victims = ["holder", "left", "source", "target", "controller"] as const;
const hows = ["killed", "frozen"] as const;
/** Longer than a call waits, shorter than a hold lasts. */
const frozenMs = 3000;

interface Blow {
  readonly point: (typeof points)[number];
  readonly victim: (typeof victims)[number];
  readonly how: (typeof hows)[number];
}

/** In `npm test` those where most is at stake, and one that the seed chooses. */
function selection(): Blow[] {
  const all = hows.flatMap((how) => points.flatMap((point) => victims.map((victim) => ({ point, victim, how }))));
  if (long) return all;
  const seed = Number(process.env["SEAMLINE_SEED"] ?? Math.floor(Math.random() * 1e6));
  console.log(`SEAMLINE_SEED=${seed}`);
  return [{ point: "fence.closed", victim: "target", how: "killed" }, all[seed % all.length]!];
}

describe("a program of sagas and events, whose modules move while something is killed", () => {
  const appUrl = import.meta.resolve("../fixtures/moving/app.ts");
  const shape = topology({ processes: { main: { modules: ["vault", "desk"] } } });
  let directory = "";
  let up: Deployed;
  let ask: () => TestContext;
  const paid = new Map<string, number>();

  const start = async (): Promise<void> => {
    up = await bringUp({
      app: moving,
      appUrl,
      topology: shape,
      directory: join(directory, "moving-test"),
      durable: true,
    });
    ask = await up.asks(moving);
  };
  before(async () => {
    directory = await throwAwayDirectory();
    await start();
  });
  after(async () => {
    await up?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  /** Pays under its key until the outcome is known. */
  async function insist(): Promise<void> {
    const id = crypto.randomUUID();
    const n = 1 + (paid.size % 7);
    for (const end = performance.now() + 60_000; ; await sleep(20)) {
      const operation = n % 2 === 0 ? "pay" : "order";
      const { code } = await endOf(10_000, ask().desk[operation]({ id, n }, { key: id, deadlineMs: 2000 }));
      if (code === "ok") break;
      assert.ok(["unavailable", "deadline_exceeded", "overloaded"].includes(code), `it ended with ${code}`);
      assert.ok(performance.now() < end, `still ${code} after 60 s`);
    }
    paid.set(id, n);
  }

  async function paying(during: () => Promise<void>): Promise<void> {
    let going = true;
    const loops = [1, 2, 3].map(async () => {
      while (going) await insist();
    });
    await Promise.race([Promise.all(loops), during()]).finally(() => (going = false));
    await Promise.all(loops);
  }

  /** What was acknowledged is there once, has taken effect once, and every event of it too. */
  async function assertSound(): Promise<void> {
    const count = async (module: string, text: string): Promise<number> =>
      (await askStore(up.deployment.stores()[module]!, text))[0]!["n"] as number;
    await until("all sagas and events are through", async () => {
      const open = await count("desk", "select count(*)::int as n from orders where by is null");
      return open + (await count("vault", "select count(*)::int as n from seamline_outbox")) === 0;
    });
    const expected = Object.fromEntries(paid);
    for (const table of ["orders", "heard"]) {
      const rows = await askStore(up.deployment.stores()["desk"]!, `select id, n from ${table}`);
      assert.equal(rows.length, paid.size, table);
      assert.deepEqual(Object.fromEntries(rows.map(({ id, n }) => [id, n])), expected, table);
    }
    const sum = [...paid.values()].reduce((total, n) => total + n, 0);
    assert.equal(stock - (await count("vault", `select "left" as n from stock`)), sum);
  }

  /** No slot is left that could fill a disk. */
  async function assertNothingLeft(): Promise<void> {
    for (const server of new Set(["main", homeOf(up, "vault").server])) {
      const { adminUrl } = await sideOf({ ...(await optionsOf(up, "vault")), module: "vault" }, server);
      const client = new pg.Client({ connectionString: adminUrl });
      await client.connect();
      const { rows } = await client.query("select slot_name from pg_replication_slots");
      await client.end();
      assert.deepEqual(rows, [], server);
    }
  }

  const wishNow = (): Wish => (homeOf(up, "vault").process === "main" ? out : back);

  /** The command in a process of its own, which is killed or frozen at a point. */
  async function struckCommand(wish: Wish, point: string, how: Blow["how"]): Promise<void> {
    const words = [bin, wish === out ? "split" : "merge", "vault", "--app", "moving", "--data", directory, "--json"];
    const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "ignore"] });
    const exited = once(child, "exit");
    for await (const line of createInterface({ input: child.stdout })) {
      const said = JSON.parse(line) as { step?: string; point?: string };
      if (nameOf(said) !== point) continue;
      child.kill(how === "killed" ? "SIGKILL" : "SIGSTOP");
      if (how === "frozen") setTimeout(() => child.kill("SIGCONT"), frozenMs);
    }
    await exited;
  }

  function strikeAt({ point, victim, how }: Blow, wish: Wish): (progress: LiveProgress) => void {
    const target = wish === out ? "vault" : "main";
    const before = homeOf(up, "vault");
    let struck = false;
    return (progress) => {
      if (struck || nameOf(progress) !== point) return;
      struck = true;
      const running = up.deployment.processes().map(({ id }) => id);
      const process = victim === "holder" ? `${target}#0` : `${before.process}#0`;
      const server = victim === "source" ? before.server : victim === "target" ? target : null;
      if (server === null && !running.includes(process)) return;
      if (how === "killed") return void (server === null ? up.kill(process) : up.killDatabase(server));
      const thaw = server === null ? up.freeze(process) : up.freezeDatabase(server);
      setTimeout(thaw, frozenMs);
    };
  }

  /** Whoever comes later goes on with the move, or takes it back. @returns how it ended */
  async function settle(wish: Wish): Promise<void> {
    const options = await optionsOf(up, "vault");
    const end = performance.now() + 60_000;
    for (let turn = paid.size; ; turn++, await sleep(300)) {
      const status = await statusOf(options, "vault").catch(() => null);
      if (status !== null && status.at !== "begun") return;
      // Past the commit point only the first helps.
      const again = turn % 2 === 0 ? beginMove(options, wish) : abort(options);
      const error = await again.then(
        () => null,
        (failure: Error & { code?: string }) => failure,
      );
      assert.ok(performance.now() < end, `not settled after 60 s: ${error?.message}`);
    }
  }

  test("its data goes to a server of its own and comes back, and no call fails", async () => {
    const options = await optionsOf(up, "vault");
    let going = true;
    const pay = async (): Promise<void> => {
      for (let n = 1; going; n = 1 + (n % 7)) {
        const id = crypto.randomUUID();
        await ask().desk.pay({ id, n });
        paid.set(id, n);
      }
    };
    const loops = Promise.all([pay(), pay(), pay()]);
    const moves = (async () => {
      assertEqual(await insistOn(options, out));
      assertEqual(await insistOn(options, back));
    })().finally(() => (going = false));
    await Promise.all([loops, moves]);
    await assertNothingLeft();
    await assertSound();
  });

  for (const blow of selection()) {
    const { point, victim, how } = blow;
    test(`${victim} is ${how} at ${point}: moved or taken back, and nothing is lost or twice there`, async (t) => {
      await paying(async () => {
        const wish = wishNow();
        const options = await optionsOf(up, "vault");
        const from = homeOf(up, "vault");
        if (victim === "controller") await struckCommand(wish, point, how);
        else {
          const report = strikeAt(blow, wish);
          const code = await beginMove({ ...options, report }, wish).then(
            () => "moved",
            (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
          );
          t.diagnostic(code);
        }
        await settle(wish);
        const now = homeOf(up, "vault");
        assert.equal(now.process === from.process, now.server === from.server, "process and data go together");
        const since = paid.size;
        await until("more is paid", () => paid.size > since + 5);
      });
      await assertNothingLeft();
      await assertSound();
    });
  }

  test("the command and then the whole deployment end right after the commit point, and the command goes on", async () => {
    const wish = wishNow();
    await paying(async () => {
      const since = paid.size;
      await until("more is paid", () => paid.size > since + 5);
    });
    await struckCommand(wish, "fence.closed", "killed");
    await up.stop();
    await start();
    const report = await beginMove(await optionsOf(up, "vault"), wish);
    assert.deepEqual(homeOf(up, "vault"), report.to);
    await paying(async () => {
      const since = paid.size;
      await until("more is paid", () => paid.size > since + 5);
    });
    await assertNothingLeft();
    await assertSound();
  });
});

function nameOf({ step, point }: { step?: string; point?: string }): string {
  return step === "begin" ? "begin" : `${step}.${point}`;
}
