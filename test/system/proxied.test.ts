import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import board from "../../apps/board/app.ts";
import { throwAwayDirectory } from "../../src/data/testing.ts";
import { deploy, type Deployment } from "../../src/deploy/deploy.ts";
import { withAnyPorts } from "../../src/deploy/ports.ts";
import { topology } from "../../src/topology/topology.ts";
import { until } from "../suites/deployed.ts";
import { ask, Visitor } from "../suites/visitor.ts";

/** What users of the board see while the ways between its processes, to its databases and to themselves are broken. */

const appUrl = import.meta.resolve("../../apps/board/app.ts");
const longMs = 120_000;

describe("the board as microservices over proxied links", () => {
  let directory = "";
  let up: Deployment;
  let post = "";
  const urlOf = (part: string): string => `http://127.0.0.1:${up.endpoints().ports[part]}`;
  const visitor = new Visitor(() => urlOf("board-web"));

  before(async () => {
    directory = await throwAwayDirectory();
    up = await deploy({
      app: board,
      appUrl,
      topology: withAnyPorts(
        topology({
          processes: {
            web: { modules: ["board-web"], port: 8000 },
            board: { modules: ["board"], port: 8080 },
            accounts: { modules: ["accounts"] },
            comments: { modules: ["comments"] },
          },
          data: "pool-per-module",
        }),
      ),
      topologyName: "test",
      directory,
      durable: false,
      links: "proxied",
      codeFaults: true,
    });
    await visitor.signUp("Anna");
    post = await visitor.write("before every fault");
  });
  after(async () => {
    await up?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  async function during<T>(kind: string, target: string, parameters: object, work: () => Promise<T>): Promise<T> {
    const fault = await up.faults.apply({ kind, target, forMs: longMs, parameters: { ...parameters } });
    try {
      return await work();
    } finally {
      await up.faults.heal(fault.id);
    }
  }

  async function showsComments(): Promise<boolean> {
    const { status, degraded } = await visitor.get(post);
    return status === 200 && !degraded.includes("comments");
  }

  /** The middle of some requests for the list of posts, of the pages or of the board's own port. */
  async function medianMs(part: "board-web" | "board"): Promise<number> {
    const times: number[] = [];
    for (let i = 0; i < 5; i++) {
      const begun = performance.now();
      const { status } = part === "board" ? await ask(`${urlOf("board")}/board_list`) : await visitor.get("/board");
      assert.equal(status, 200);
      times.push(performance.now() - begun);
    }
    return times.sort((a, b) => a - b)[2]!;
  }

  test("latency between two processes is felt by whoever goes that way, and by no other", async () => {
    await medianMs("board-web");
    await during("latency", "web>board", { ms: 300 }, async () => {
      assert.ok((await medianMs("board-web")) >= 295);
      assert.ok((await medianMs("board")) < 295);
    });
    assert.ok((await medianMs("board-web")) < 295);
  });

  test("a cut to comments leaves posts to be read without them, and comments come back", async () => {
    for (const kind of ["reset", "blackhole", "close"]) {
      assert.ok(await showsComments(), kind);
      await during(kind, "web>comments", {}, async () => {
        const { status, text, degraded } = await visitor.get(post);
        assert.equal(status, 200);
        assert.match(text, /content of before every fault/);
        assert.ok(degraded.includes("comments"), `${kind}: ${degraded.join(", ")}`);
      });
      await until(`comments are back after ${kind}`, showsComments);
    }
  });

  test("a database that cannot be reached from one module is there for the others on its server", async () => {
    await during("blackhole", "comments>database", {}, async () => {
      const { status, degraded } = await visitor.get(post);
      assert.equal(status, 200);
      assert.ok(degraded.includes("comments"));
    });
    await until("comments are back", showsComments);
  });

  test("a crashed process comes back behind the same port and the same links", async () => {
    const [before, { pid }] = [urlOf("board-web"), up.processes().find(({ id }) => id === "web#0")!];
    await during("crash", "web", {}, async () => {
      await assert.rejects(ask(`${before}/board`));
    });
    await until("the pages are back", async () => (await visitor.get("/board").catch(() => null))?.status === 200);
    assert.equal(urlOf("board-web"), before);
    assert.notEqual(up.processes().find(({ id }) => id === "web#0")!.pid, pid);
    assert.ok(await showsComments());
  });

  test("the edge answers with a status that no module gave", async () => {
    await during("status", "edge>web", { code: 502, path: "/board" }, async () => {
      assert.equal((await visitor.get("/board")).status, 502);
      assert.equal((await ask(`${urlOf("board")}/board_list`)).status, 200);
    });
    assert.equal((await visitor.get("/board")).status, 200);
  });

  test("a process that computes in a loop answers late, and one that hoards memory has it", async () => {
    const cpuOf = async (): Promise<number> => (await statusOf("comments#0"))!.cpuMs;
    const before = await cpuOf();
    await during("busy", "comments", { ms: 100 }, () => sleep(1500));
    assert.ok((await cpuOf()) - before > 300, "it hardly computed");
    const small = (await statusOf("comments#0"))!.rssBytes;
    await during("memory", "comments", { mb: 200 }, () =>
      until("memory is taken", async () => ((await statusOf("comments#0"))?.rssBytes ?? 0) > small + 150 * 1024 * 1024),
    );
    assert.ok(await showsComments());
  });

  async function statusOf(id: string): Promise<{ cpuMs: number; rssBytes: number } | null> {
    return (await up.status()).processes.find((each) => each.id === id)!.status;
  }
});
