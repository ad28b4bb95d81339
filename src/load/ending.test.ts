import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { isSample, lineSchema, type EventLine, type SampleLine, type WriteLine } from "../record/recording.ts";
import { startLoad, type Load } from "./load.ts";

/** How a window ends before its time, and what people are told of what they write. */

const names = ["hello", "list", "signIn", "mine"];
const features = names.map((name) => ({ name, promiseMs: 30_000 }));

interface Recorded {
  readonly load: Load;
  /** Ends the load. */
  lines(): Promise<unknown[]>;
}

async function recording(t: TestContext, scenario: string, answer: RequestListener, hangMs: number): Promise<Recorded> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const directory = await mkdtemp(join(tmpdir(), "load-"));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const samples = join(directory, "samples.ndjson");
  const appUrl = import.meta.resolve("./testing/app.ts");
  const columns = [{ name: "one", url }];
  const load = await startLoad({ appUrl, scenario, size: null, columns, features, samples, hangMs });
  t.after(async () => {
    await load.stop();
    server.closeAllConnections();
    server.close();
    await rm(directory, { recursive: true });
  });
  return {
    load,
    async lines() {
      await load.stop();
      return (await readFile(samples, "utf8"))
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown);
    },
  };
}

const window = { id: "1", columns: ["one"], forMs: 60_000, rate: 50, seed: "7" };

test("a window that has been enough sends nothing more, waits for what is on its way, and says when it ended", async (t) => {
  const { load, lines } = await recording(
    t,
    "hello",
    (_, response) => setTimeout(() => response.end("hello []"), 300),
    5000,
  );
  const enough = new AbortController();
  const tally = await load.window(window, { enough: enough.signal, onProgress: () => enough.abort() });
  assert.ok(tally.toMs > tally.fromMs && tally.toMs - tally.fromMs < 30_000);
  const sent = (await lines()).filter((line): line is SampleLine => isSample(line, 1, features.length));
  assert.equal(sent.length, tally.columns[0]!.offered);
  assert.ok(sent.length > 0);
  for (const [, , , intended] of sent) assert.ok(intended <= tally.toMs);
  for (const feature of tally.columns[0]!.features) assert.equal(feature.outcomes.good, feature.offered);
});

test("of everything that is written it is noted what its writer was told", async (t) => {
  let turn = 0;
  const { load, lines } = await recording(
    t,
    "writers",
    (_, response) => {
      turn += 1;
      if (turn % 4 === 0) response.writeHead(503).end();
      else if (turn % 4 === 1) response.end("done");
      else if (turn % 4 === 2) response.end("what?");
    },
    500,
  );
  await load.window({ ...window, forMs: 1000 });
  const wrote = (await lines()).flatMap((line): WriteLine[] => {
    const { success, data } = lineSchema.safeParse(line);
    return success && data.type === "write" ? [data] : [];
  });
  assert.equal(new Set(wrote.map(({ writeId }) => writeId)).size, wrote.length);
  const told = { acknowledged: 0, refused: 0, unknown: 0 };
  for (const { said, column, feature } of wrote) {
    told[said] += 1;
    assert.deepEqual([column, feature], ["one", "mine"]);
  }
  assert.equal(wrote.length, turn);
  // Answers that are wrong, and none at all.
  assert.ok(Math.abs(told.unknown - told.acknowledged - told.refused) <= 2, JSON.stringify(told));
  assert.ok(told.acknowledged > 0 && told.refused > 0);
});

test("a few of the acknowledged writes are looked for until they are seen, and none of that is a sample", async (t) => {
  /** By write, in the order in which they are looked for: how often. */
  const looks = new Map<string, number>();
  const shown = ["never", "at once", "the third time", "broken", "in part"] as const;
  const { load, lines } = await recording(
    t,
    "lookers",
    (request, response) => {
      const id = request.url!.split("/written/")[1];
      if (id === undefined) return void response.end("done");
      const times = (looks.get(id) ?? 0) + 1;
      looks.set(id, times);
      const kind = shown[[...looks.keys()].indexOf(id)];
      if (kind === "broken") response.writeHead(503);
      if (kind === "in part") response.setHeader("x-degraded", "comments");
      response.end(kind === "at once" || (kind === "the third time" && times > 2) ? `there is ${id}` : "nothing yet");
    },
    2000,
  );
  const sent = await load.window({ ...window, forMs: 4500 });
  const told = (await lines()).flatMap((line): EventLine[] => {
    const { success, data } = lineSchema.safeParse(line);
    return success ? [data] : [];
  });
  const writes = told.filter((line) => line.type === "write");
  assert.equal(sent.columns[0]!.offered, writes.length);
  assert.ok(looks.size >= 4 && looks.size <= 6, `${looks.size} of ${writes.length} were looked for`);
  const seen = new Map(told.filter((line) => line.type === "look").map((line) => [line.writeId, line]));
  const ids = [...looks.keys()];
  const [never, atOnce, third] = ids.map((id) => seen.get(id));
  assert.ok(never !== undefined && !never.seen && never.staleMs > 0);
  assert.deepEqual([atOnce?.seen, atOnce?.staleMs], [true, 0]);
  assert.ok(third !== undefined && third.seen && third.staleMs > 0);
  // What is away, or does without a part, says nothing of what was written, and is not asked again.
  for (const id of ids.slice(3, 5)) assert.deepEqual([seen.get(id), looks.get(id)], [undefined, 1]);
});
