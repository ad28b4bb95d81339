import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { chooseLanguage } from "./terminal.ts";

const bin = fileURLToPath(new URL("../../bin/seamline.mjs", import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function begin(...args: string[]): ChildProcess {
  return spawn(process.execPath, [bin, ...args], {
    env: { ...process.env, LC_ALL: "C" },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

async function seamline(...args: string[]): Promise<Ended> {
  const child = begin(...args);
  const exit = once(child, "exit");
  const [out, err] = await Promise.all([text(child.stdout!), text(child.stderr!)]);
  return { code: ((await exit) as [number | null])[0], out, err };
}

async function place(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "cli-"));
  t.after(() => rm(directory, { recursive: true }));
  return directory;
}

test("help lists every command, each command has its own, and both exist in Korean", async () => {
  const { code, out } = await seamline();
  assert.equal(code, 0);
  for (const name of [
    "start",
    "up",
    "status",
    "check",
    "graph",
    "seed",
    "verify",
    "letters",
    "clock",
    "openapi",
    "load",
    "compare",
    "runs",
  ])
    assert.match(out, new RegExp(`^  ${name} `, "m"));
  assert.match(
    (await seamline("up", "--help")).out,
    /--topology NAME\|FILE[^]*seamline up board --topology microservices/,
  );
  assert.match((await seamline("help", "up", "--lang", "ko")).out, /사용법: seamline up APP/);
  assert.match((await seamline("--version")).out, /^\d+\.\d+\.\d+\n$/);
});

test("what is not there is refused with exit code 2, on stderr, and as JSON where that was asked for", async () => {
  const wrong = await seamline("upp");
  assert.deepEqual([wrong.code, wrong.out], [2, ""]);
  assert.match(wrong.err, /^usage: unknown command "upp"; did you mean "up"\?/);
  const { code, out } = await seamline("up", "board", "--topology", "micro", "--json");
  assert.equal(code, 2);
  assert.equal(JSON.parse(out).code, "topology_unknown");
});

test("an error has no stack unless --debug asks for it", async (t) => {
  const file = join(await place(t), "file");
  await writeFile(file, "");
  const { code, err } = await seamline("up", "board", "--data", file);
  assert.equal(code, 1);
  assert.match(err, /^directory_unusable: .*--data DIR$/m);
  assert.doesNotMatch(err, /\n\s+at /);
  assert.match((await seamline("up", "board", "--data", file, "--debug")).err, /\n\s+at /);
});

test("check passes for the board in each of its topologies, and fails for one that does not fit", async (t) => {
  const good = await seamline("check", "board", "--json");
  assert.equal(good.code, 0);
  assert.deepEqual(
    JSON.parse(good.out)
      .slice(0, 3)
      .map(({ subject }: any) => subject),
    ["board", "monolith", "microservices"],
  );
  const file = join(await place(t), "half.json");
  await writeFile(file, JSON.stringify({ processes: { a: { modules: ["board"] } } }));
  const bad = await seamline("check", "board", "--topology", file);
  assert.equal(bad.code, 1);
  assert.match(bad.out, /"accounts" has no place/);
});

test("the graph says which seams a topology cuts", async () => {
  const cut = JSON.parse((await seamline("graph", "board", "--topology", "microservices", "--json")).out);
  assert.ok(cut.seams.length > 0 && cut.seams.every(({ binding }: any) => binding === "cut"));
  const joined = JSON.parse((await seamline("graph", "board", "--topology", "monolith", "--json")).out);
  assert.ok(joined.seams.every(({ binding }: any) => binding === "joined"));
  assert.match((await seamline("graph", "board", "--mermaid")).out, /^flowchart LR\n[^]*board_web --> board/);
});

test("the graph has an app's programs, and who asks them", async () => {
  const kiosk = fileURLToPath(new URL("../../test/fixtures/kiosk/app.ts", import.meta.url));
  const { programs } = JSON.parse((await seamline("graph", kiosk, "--json")).out);
  assert.deepEqual(programs, [{ name: "bank", usedBy: ["till"] }]);
  assert.match((await seamline("graph", kiosk)).out, /Programs[^\n]*\n {2}bank {2}← till/);
  const { out } = await seamline("graph", kiosk, "--topology", "monolith", "--mermaid");
  assert.match(out, /end\n {2}bank\{\{"bank"\}\}\n {2}till -\. HTTP \.-> bank/);
});

test("nothing running is said, not an error", async (t) => {
  const { code, out } = await seamline("status", "--data", await place(t), "--json");
  assert.deepEqual([code, JSON.parse(out)], [0, []]);
});

test("the clock of nothing, and of what is no app's, is refused with what to do", async (t) => {
  const { code, err } = await seamline("clock", "board", "--data", await place(t), "--move", "3d");
  assert.equal(code, 2);
  assert.match(err, /no deployment of "board" runs from .*; start one with seamline up/);
  assert.match((await seamline("clock", "--move", "soon")).err, /--move "soon" is no duration: write 3d/);
});

test("up runs until it is told to end, answers status, seed, clock, letters and verify meanwhile, and leaves nothing", async (t) => {
  const data = await place(t);
  const up = begin("up", "board", "--data", data, "--port", "0", "--json");
  t.after(() => up.kill("SIGKILL"));
  const exit = once(up, "exit");
  let said = "";
  const { promise: ready, resolve, reject } = Promise.withResolvers<void>();
  up.stdout!.on("data", (chunk: Buffer) => (said += chunk.toString()).includes('"type":"ready"') && resolve());
  void exit.then(() => reject(new Error(said)));
  await ready;
  const [{ state, status }] = JSON.parse((await seamline("status", "--data", data, "--json")).out);
  assert.equal(state, "running");
  const { url, processes } = status;
  assert.equal((await fetch(new URL("/board", url))).status, 200);
  const before = ((await (await fetch(new URL("/board_list", url))).json()) as unknown[]).length;
  assert.equal((await seamline("seed", "board", "--data", data, "--size", "XS")).code, 0);
  assert.ok(((await (await fetch(new URL("/board_list", url))).json()) as unknown[]).length > before);
  const moved = JSON.parse((await seamline("clock", "board", "--data", data, "--move", "3d", "--json")).out);
  assert.equal(moved.offsetMs, 3 * 86_400_000);
  assert.match((await seamline("status", "--data", data)).out, /board-monolith: .*Z \(\+3d\)/);
  assert.match((await seamline("clock", "--data", data, "--reset")).out, /the machine's time/);
  assert.match((await seamline("letters", "board", "--data", data)).out, /no event was given up/);
  const sound = await seamline("verify", "board", "--data", data);
  assert.equal(sound.code, 0, sound.out);
  assert.match(sound.out, /✓ S1 .*\n✓ S2 .*\n\nclean/);
  up.kill("SIGTERM");
  assert.deepEqual(await exit, [0, null]);
  assert.throws(() => process.kill(processes[0].pid, 0), { code: "ESRCH" });
  assert.deepEqual(JSON.parse((await seamline("status", "--data", data, "--json")).out), []);
});

test("the language is what was asked for, else what the locale says", () => {
  assert.equal(chooseLanguage(undefined, { LANG: "ko_KR.UTF-8" }), "ko");
  assert.equal(chooseLanguage(undefined, { LC_ALL: "C", LANG: "ko_KR.UTF-8" }), "en");
  assert.equal(chooseLanguage("ko", { LANG: "en_US.UTF-8" }), "ko");
});
