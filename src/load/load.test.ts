import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Histogram } from "../record/histogram.ts";
import { outcomes } from "../record/outcome.ts";
import { isSample, lineSchema, type SampleLine } from "../record/recording.ts";
import { startLoad, type Load, type LoadOptions, type WindowTally } from "./load.ts";

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

async function serving(t: TestContext, answer: Answer): Promise<string> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const features = [
  { name: "hello", promiseMs: 500 },
  { name: "list", promiseMs: 500 },
  { name: "signIn", promiseMs: 30_000 },
  { name: "mine", promiseMs: 30_000 },
];

async function loading(t: TestContext, url: string, over: Partial<LoadOptions> = {}): Promise<Load> {
  const appUrl = import.meta.resolve("./testing/app.ts");
  const columns = [{ name: "one", url }];
  const load = await startLoad({ appUrl, scenario: "hello", size: null, columns, features, ...over });
  t.after(() => load.stop());
  return load;
}

const well: Answer = (_request, response) => void response.end("hello []");
const window = { id: "1", columns: ["one"], forMs: 1000, rate: 100, seed: "7" };

/** Of all features of the first column. */
function counts(tally: WindowTally): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const feature of tally.columns[0]!.features)
    for (const outcome of outcomes)
      if (feature.outcomes[outcome] > 0) sums[outcome] = (sums[outcome] ?? 0) + feature.outcomes[outcome];
  return sums;
}

function latency(tally: WindowTally): Histogram {
  return Histogram.merged(tally.columns[0]!.features.map((feature) => Histogram.fromJson(feature.latency)));
}

function reasons(tally: WindowTally): string {
  return JSON.stringify(
    tally.columns[0]!.features.map(({ feature, outcomes, reasons }) => [feature, outcomes, reasons]),
  );
}

async function directory(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "load-"));
  t.after(() => rm(path, { recursive: true }));
  return path;
}

/** A site with a form and cookies; `out` while nobody can sign in. */
function members(state: { out: boolean }): Answer {
  return (request, response) => {
    const cookie = request.headers.cookie ?? "";
    if (request.url === "/mine") return void response.end(/session=\d+/.test(cookie) ? "yours" : "who are you?");
    if (state.out) return void response.writeHead(503).end();
    if (request.method === "GET") {
      response.setHeader("set-cookie", ["form=f1; Path=/", "old=; Max-Age=0"]);
      return void response.end("ticket-1");
    }
    request.setEncoding("utf8").once("data", (body: string) => {
      const fits = cookie === "form=f1" && body.endsWith(" ticket-1");
      if (fits) response.setHeader("set-cookie", `session=${body.split(" ")[0]}; HttpOnly`);
      response.writeHead(303, { location: fits ? "/" : "/login" }).end();
    });
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

// Most of a test is waiting, so several wait at once.
describe("load", { concurrency: 4 }, () => {
  test("two columns get the same requests at the same times, and samples say what came of each", async (t) => {
    const seen: string[][] = [[], []];
    const urls = await Promise.all(
      seen.map((paths) =>
        serving(t, (request, response) => {
          paths.push(request.url!);
          well(request, response);
        }),
      ),
    );
    const samples = join(await directory(t), "samples-0.ndjson");
    const columns = urls.map((url, place) => ({ name: `side ${place}`, url }));
    const load = await loading(t, urls[0]!, { columns, samples });
    const tally = await load.window({ ...window, columns: ["side 0", "side 1"] });
    await load.stop();
    const [one, other] = tally.columns;
    assert.equal(one!.digest, other!.digest);
    assert.ok(one!.offered > 50 && one!.offered === other!.offered);
    const offered = ({ features }: WindowTally["columns"][number]): number[] => features.map((each) => each.offered);
    assert.deepEqual(offered(one!), offered(other!));
    assert.deepEqual(seen[0]!.toSorted(), seen[1]!.toSorted());
    const lines = (await readFile(samples, "utf8"))
      .trimEnd()
      .split("\n")
      .map((line): unknown => JSON.parse(line));
    const recorded = lines.filter((line): line is SampleLine => isSample(line, 2, features.length));
    for (const line of lines) if (!Array.isArray(line)) lineSchema.parse(line);
    const intended = (place: number): number[] => recorded.filter((line) => line[1] === place).map((line) => line[3]);
    assert.equal(recorded.length, one!.offered + other!.offered);
    assert.deepEqual(
      intended(0).toSorted((a, b) => a - b),
      intended(1).toSorted((a, b) => a - b),
    );
    assert.ok(lines.some((line) => (line as { type?: string }).type === "generator"));
    // What a system tells of its processors is recorded, and where it tells nothing, nothing is.
    const told = lines.filter((line) => (line as { type?: string }).type === "generator") as { taken?: number }[];
    const known = process.platform === "linux";
    assert.ok(told.every(({ taken }) => (known ? taken! >= 0 && taken! <= 1 : taken === undefined)));
    assert.equal(typeof tally.generator.taken, known ? "number" : "object");
  });

  test("a server that stalls for a second shows it in the percentiles: later requests are not sent later", async (t) => {
    let stalledFrom = 0;
    const url = await serving(t, (request, response) => {
      stalledFrom ||= performance.now() + 500;
      const now = performance.now();
      const stalled = now > stalledFrom && now < stalledFrom + 1000;
      setTimeout(() => well(request, response), stalled ? stalledFrom + 1000 - now : 0);
    });
    const load = await loading(t, url);
    const tally = await load.window({ ...window, forMs: 3000 });
    // A third of all came while it stalled, and half of these waited for 500 ms or more. A client that waits for one
    // answer before it sends the next would have seen one slow request of 200.
    const slow = counts(tally)["slow"]!;
    assert.ok(slow > tally.columns[0]!.offered * 0.1, reasons(tally));
    assert.ok(latency(tally).percentile(0.99)! > 800);
  });

  test("a hung request counts as offered, is given up, and its connection is closed; the others go on", async (t) => {
    let closed = 0;
    const url = await serving(t, (request, response) => {
      if (request.url !== "/list") return well(request, response);
      request.socket.once("close", () => (closed += 1));
    });
    const load = await loading(t, url, { hangMs: 1500 });
    const tally = await load.window(window);
    const [hello, list] = tally.columns[0]!.features;
    assert.ok(list!.offered > 0);
    assert.equal(list!.outcomes.hung, list!.offered);
    assert.equal(list!.latency.count, 0);
    assert.equal(hello!.outcomes.good + hello!.outcomes.slow, hello!.offered);
    for (let i = 0; i < 100 && closed < list!.offered; i += 1) await sleep(20);
    assert.equal(closed, list!.offered);
  });

  test("beyond the bound of requests on their way arrivals are dropped, counted and recorded", async (t) => {
    const samples = join(await directory(t), "samples-0.ndjson");
    const load = await loading(t, await serving(t, () => {}), { hangMs: 3000, mostInFlight: 5, samples });
    const tally = await load.window({ ...window, arrivals: "uniform" });
    await load.stop();
    assert.deepEqual(counts(tally), { hung: 5, dropped: 95 });
    assert.equal(tally.columns[0]!.offered, 100);
    const dropped = (await readFile(samples, "utf8")).match(/^\["s",0,\d,[\d.]+,0,0,6,0\]$/gm);
    assert.equal(dropped?.length, 95);
  });

  test("what is sent late is counted: its latency is still from when it was to be sent", async (t) => {
    const load = await loading(t, await serving(t, well));
    process.kill(load.pid, "SIGSTOP");
    const going = load.window({ ...window, fromMs: 0 });
    await sleep(100);
    process.kill(load.pid, "SIGCONT");
    await going;
    const late = load.window({ ...window, id: "2" });
    await sleep(400);
    process.kill(load.pid, "SIGSTOP");
    await sleep(400);
    process.kill(load.pid, "SIGCONT");
    const tally = await late;
    assert.ok(tally.columns[0]!.late > 10, `${tally.columns[0]!.late} late`);
    assert.ok(latency(tally).percentile(0.99)! > 200);
  });

  test("a status of 200 with the wrong page is a failure, and so is each other way to fail; reasons are told", async (t) => {
    const answers: Record<string, Answer> = {
      wrong: (_request, response) => void response.end("sorry []"),
      status: (_request, response) => void response.writeHead(503, { "x-trace-id": "ab".repeat(16) }).end("hello []"),
      unreachable: (request) => void request.socket.destroy(),
    };
    for (const [outcome, answer] of Object.entries(answers)) {
      const tally = await (await loading(t, await serving(t, answer))).window({ ...window, forMs: 300 });
      const [hello] = tally.columns[0]!.features;
      assert.equal(hello!.outcomes[outcome as "wrong"], hello!.offered, outcome);
      assert.ok(hello!.offered > 0 && hello!.reasons[0]!.count === hello!.offered, JSON.stringify(hello!.reasons));
      assert.equal(hello!.latency.count, 0, "latencies are of answers");
    }
  });

  test("an honest no is an answer of its own kind, and the same status with another body stays a failure", async (t) => {
    const asked = { write: 0, mine: 0 };
    const url = await serving(t, (request, response) => {
      if (request.url === "/mine") return ((asked.mine += 1), void response.end("yours"));
      const turn = (asked.write += 1) % 4;
      if (turn === 0) return void response.end("done");
      response.writeHead(turn === 3 ? 503 : 409).end(turn === 2 ? "conflict" : "sold out");
    });
    const samples = join(await directory(t), "samples-0.ndjson");
    const load = await loading(t, url, { scenario: "buyers", samples });
    const tally = await load.window({ ...window, arrivals: "uniform" });
    await load.stop();
    // Of 100 buyers in a row every fourth gets it and goes on, one is told that it is sold out, one of a conflict, one an error.
    assert.deepEqual(counts(tally), { good: 25, status: 50, refused: 25 });
    assert.deepEqual(asked, { write: 100, mine: 25 });
    const mine = tally.columns[0]!.features[3]!;
    assert.deepEqual(mine.refusals, [{ reason: "soldOut", count: 25 }]);
    assert.equal(mine.latency.count, 50, "an honest no is a right answer");
    const lines = (await readFile(samples, "utf8")).split("\n");
    assert.equal(lines.filter((line) => /^\["s",0,3,.*,7,409\]$/.test(line)).length, 25);
    const refused = lines.filter((line) => line.includes('"said":"refused"'));
    assert.equal(refused.length, 75, "no write is acknowledged by a no");
  });

  test("an answer that had to do without a part is good, and counted apart; parts answer at addresses of their own", async (t) => {
    const lists = await serving(t, (_request, response) => {
      response.setHeader("x-degraded", "reviews");
      response.end("[]");
    });
    const url = await serving(t, (_request, response) => void response.end("hello"));
    const samples = join(await directory(t), "samples-0.ndjson");
    const load = await loading(t, url, { columns: [{ name: "one", url, parts: { lists } }], samples });
    const tally = await load.window(window);
    await load.stop();
    const [hello, list] = tally.columns[0]!.features;
    assert.deepEqual([hello!.degraded, list!.degraded], [0, list!.outcomes.good]);
    assert.ok(list!.degraded > 0);
    assert.match(await readFile(samples, "utf8"), /^\["s",0,1,.*,200,"reviews"\]$/m);
  });

  test("what a step does not need is not asked for, and its sample is that of what was", async (t) => {
    const asked = new Set<string>();
    const url = await serving(t, (request, response) => {
      asked.add(request.url!);
      response.end("[]");
    });
    const samples = join(await directory(t), "samples-0.ndjson");
    const load = await loading(t, url, { scenario: "choosy", samples });
    const tally = await load.window(window);
    await load.stop();
    assert.deepEqual([...asked], ["/list"]);
    const { good = 0, slow = 0 } = counts(tally);
    assert.equal(good + slow, tally.columns[0]!.offered, reasons(tally));
    assert.match(await readFile(samples, "utf8"), /^\["s",0,1,.*,200\]$/m);
  });

  test("visitors keep cookies and tickets, sign in before all else, and once, and go on in the next window", async (t) => {
    const signedIn: string[] = [];
    const site = members({ out: false });
    const url = await serving(t, (request, response) => {
      if (request.method === "POST") signedIn.push(request.url!);
      site(request, response);
    });
    const load = await loading(t, url, { scenario: "members" });
    const first = await load.window(window);
    const second = await load.window({ ...window, id: "2", forMs: 2000 });
    for (const tally of [first, second]) {
      const { good = 0, slow = 0 } = counts(tally);
      assert.equal(good + slow, tally.columns[0]!.offered, reasons(tally));
    }
    assert.equal(signedIn.length, 20);
  });

  test("who could not sign in tries again with their next step: a fault that is over does not go on in the people", async (t) => {
    const state = { out: true };
    const load = await loading(t, await serving(t, members(state)), { scenario: "members" });
    const during = await load.window(window);
    assert.deepEqual(Object.keys(counts(during)), ["status"]);
    state.out = false;
    const after = await load.window({ ...window, id: "2" });
    const { good = 0, slow = 0 } = counts(after);
    assert.equal(good + slow, after.columns[0]!.offered, reasons(after));
  });

  test("a window can be called off, and the next one begins", async (t) => {
    const load = await loading(t, await serving(t, well));
    const off = new AbortController();
    const going = load.window({ ...window, forMs: 60_000 }, { signal: off.signal });
    await assert.rejects(load.window(window), { code: "invalid" });
    off.abort(new Error("enough"));
    await assert.rejects(going, /enough/);
    assert.ok((await load.window({ ...window, id: "2" })).columns[0]!.offered > 0);
  });

  test("who watches is told every second", async (t) => {
    const load = await loading(t, await serving(t, well));
    const told: number[] = [];
    const tally = await load.window(
      { ...window, forMs: 2500 },
      { onProgress: ({ columns }) => told.push(columns[0]!.sent) },
    );
    assert.ok(told.length >= 2, `${told.length} times`);
    assert.equal(told.at(-1), tally.columns[0]!.offered);
  });

  test("what cannot be is refused with what there is", async (t) => {
    const url = await serving(t, well);
    await assert.rejects(loading(t, url, { scenario: "helo" }), {
      code: "usage",
      message: /"helo"; it has hello, .*members/,
    });
    await assert.rejects(loading(t, url, { scenario: "lost" }), {
      code: "app_invalid",
      message: /"greeting".*hello, list/,
    });
    const samples = join(tmpdir(), "no", "such", "directory", "samples-0.ndjson");
    await assert.rejects(loading(t, url, { samples }), { code: "recording_failed" });
    const load = await loading(t, url);
    await assert.rejects(load.window({ ...window, columns: ["two"] }), {
      code: "invalid",
      message: /"two"; there are one/,
    });
    await assert.rejects(load.window({ ...window, rate: -1 }), { code: "invalid" });
  });

  test("a generator that dies says so, and stopping it twice is no error", async (t) => {
    const load = await loading(t, await serving(t, well));
    const going = load.window({ ...window, forMs: 60_000 });
    process.kill(load.pid, "SIGKILL");
    await assert.rejects(going, { code: "unavailable" });
    await assert.rejects(load.window(window), { code: "unavailable" });
    await Promise.all([load.stop(), load.stop()]);
  });

  test("the generator ends with its parent, however that ends", async (t) => {
    const url = await serving(t, well);
    const appUrl = import.meta.resolve("./testing/app.ts");
    const columns = [{ name: "one", url }];
    const program = `
    const { startLoad } = await import(${JSON.stringify(import.meta.resolve("./load.ts"))});
    const load = await startLoad(${JSON.stringify({ appUrl, scenario: "hello", size: null, columns, features })});
    console.log(load.pid);
    await load.window(${JSON.stringify({ ...window, forMs: 60_000 })});`;
    const parent = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    t.after(() => parent.kill("SIGKILL"));
    const pid = Number(await new Promise((resolve) => parent.stdout.once("data", resolve)));
    assert.ok(isAlive(pid));
    parent.kill("SIGKILL");
    for (let i = 0; i < 250 && isAlive(pid); i += 1) await sleep(20);
    assert.ok(!isAlive(pid), `${pid} is still alive`);
  });
});
