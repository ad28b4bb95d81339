import assert from "node:assert/strict";
import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { SeamlineError } from "../contract/errors.ts";
import { outcomeCode } from "./outcome.ts";
import { readRecording, readRunLine } from "./reader.ts";
import { recordingVersion, type RunLine } from "./recording.ts";
import { createRun, LineWriter, runNumbers } from "./writer.ts";

const run: Omit<RunLine, "id"> = {
  ...{ type: "run", version: recordingVersion, app: "board", scenario: "chapter", seed: 1, rate: 10, hangMs: 5000 },
  ...{ repetitions: 1, machine: { cores: 2 }, versions: {}, git: null, command: "seamline compare board" },
  columns: [
    {
      ...{ name: "monolith", topology: "monolith", processes: { board: ["board", "web"] }, guards: "naive" },
      ...{ data: "shared-pool", changedFiles: 0, changedLines: 0 },
    },
  ],
  features: [{ name: "home", says: { en: "home", ko: "첫 화면" }, weight: 1, promiseMs: 300 }],
  faults: [],
  startedAt: "2026-01-01T00:00:00.000Z",
};

async function runs(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "seamline-record-"));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return join(directory, "runs");
}

const isInvalid = (pattern: RegExp) => (error: unknown) =>
  error instanceof SeamlineError && error.code === "recording_invalid" && pattern.test(error.message);

test("what was written is read, samples from every file", async (t) => {
  const made = await createRun(await runs(t), run);
  made.events.write({ type: "generator", t: 1000, loopP99Ms: 1, cpuMs: 5, sent: 2, dropped: 0, inFlight: 0 });
  made.events.write(["s", 0, 0, 10, 0.2, 5.5, outcomeCode.good, 200]);
  const own = await LineWriter.open(join(made.directory, "samples-1.ndjson"));
  own.write(["s", 0, 0, 20, 0, 7, outcomeCode.status, 503, "reviews", "ab"]);
  await Promise.all([own.close(), made.events.close()]);
  const recording = await readRecording(made.directory);
  assert.equal(recording.run.id, "1");
  assert.equal(recording.generator.length, 1);
  assert.deepEqual(recording.samples, [
    {
      ...{ column: 0, feature: 0, intended: 10, lateMs: 0.2, latencyMs: 5.5, outcome: "good", status: 200 },
      ...{ degradedParts: "", traceId: "" },
    },
    {
      ...{ column: 0, feature: 0, intended: 20, lateMs: 0, latencyMs: 7, outcome: "status", status: 503 },
      ...{ degradedParts: "reviews", traceId: "ab" },
    },
  ]);
  assert.deepEqual(recording.torn, []);
  assert.equal((await readRunLine(made.directory)).app, "board");
});

test("runs that begin at once get numbers of their own", async (t) => {
  const directory = await runs(t);
  const made = await Promise.all([1, 2, 3].map(() => createRun(directory, run)));
  await Promise.all(made.map(({ events }) => events.close()));
  assert.deepEqual(
    made.map(({ number }) => number).sort((a, b) => a - b),
    [1, 2, 3],
  );
  assert.deepEqual(await runNumbers(directory), [1, 2, 3]);
});

test("a torn last line is dropped and reported; the rest is read", async (t) => {
  const { directory, events } = await createRun(await runs(t), run);
  events.write(["s", 0, 0, 10, 0, 5, 0, 200]);
  await events.close();
  await appendFile(events.path, `["s",0,0,20,0,`);
  const recording = await readRecording(directory);
  assert.equal(recording.samples.length, 1);
  assert.deepEqual(recording.torn, [events.path]);
});

test("a line that is broken anywhere else is refused, with its file and number", async (t) => {
  const { directory, events } = await createRun(await runs(t), run);
  await events.close();
  const good = await readFile(events.path, "utf8");
  const cases: [string, RegExp][] = [
    ["{\n", /line 2: it is not JSON/],
    ['["s",0,9,10,0,5,0,200]\n', /line 2: a sample is not well formed/],
    ['["s",0,0,10,0,5,99,200]\n', /line 2: a sample is not well formed/],
    ['{"type":"end","t":-1,"complete":true}\n', /line 2: .*t/s],
    ['{"type":"start","column":"other","t":1,"ms":1,"processes":{}}\n', /no column "other"/],
    ['{"type":"fault","id":"x","column":"monolith","t":1,"repetition":0,"state":"applied"}\n', /no fault "x"/],
    [good, /line 2: a second line of type run/],
  ];
  for (const [line, message] of cases) {
    await writeFile(events.path, good + line);
    await assert.rejects(readRecording(directory), isInvalid(message));
  }
});

test("a recording of another version, and what is none, are refused with a remedy", async (t) => {
  const { directory, events } = await createRun(await runs(t), run);
  await events.close();
  await writeFile(events.path, `${JSON.stringify({ type: "run", version: 99, anything: true })}\n`);
  await assert.rejects(readRecording(directory), isInvalid(/version 99; this Seamline reads version 1\. Use the/));
  await writeFile(events.path, "");
  await assert.rejects(readRecording(directory), isInvalid(/empty/));
  await assert.rejects(readRecording(join(directory, "nothing")), isInvalid(/give the directory of a run/));
});

test("a full disk ends the recording with one clear error", { skip: !existsSync("/dev/full") }, async () => {
  const writer = await LineWriter.open("/dev/full");
  const failed = new Promise((resolve) => writer.failed.addEventListener("abort", resolve));
  writer.write({ type: "end", t: 1, complete: true });
  await failed;
  writer.write({ type: "end", t: 2, complete: true });
  const isFull = { code: "recording_failed", message: /\/dev\/full: the disk is full; make room/ };
  await assert.rejects(writer.close(), isFull);
  await assert.rejects(writer.close(), isFull);
});

test("lines are on disk soon, without closing", async (t) => {
  const { events } = await createRun(await runs(t), run);
  t.after(() => events.close());
  for (let tries = 0; tries < 200 && (await readFile(events.path, "utf8")) === ""; tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 25));
  assert.match(await readFile(events.path, "utf8"), /^\{"type":"run".*\}\n$/);
});
