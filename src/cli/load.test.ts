import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";

const bin = fileURLToPath(new URL("../../bin/seamline.mjs", import.meta.url));
const app = fileURLToPath(new URL("../load/testing/app.ts", import.meta.url));

async function serving(t: TestContext, body: string): Promise<string> {
  const server = createServer((_request, response) => response.end(body)).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function load(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const child = spawn(process.execPath, [bin, "load", app, ...args], {
    env: { ...process.env, LC_ALL: "C" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exit = once(child, "exit");
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: ((await exit) as [number])[0], out, err };
}

const brief = ["--rate", "40", "--for", "1500ms", "--warmup", "0s"];

test("load tells what the users of an address got, and succeeds when they got it", async (t) => {
  const { code, out } = await load(...brief, "--url", await serving(t, "hello []"), "--json");
  const lines = out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const last = lines.at(-1);
  assert.ok(lines.some(({ type, sent }) => type === "progress" && sent > 0));
  assert.equal(last.type, "load");
  // On a machine that is busy with others the run may be invalid, or answers late; then it must not succeed.
  assert.equal(code, last.valid && last.enough ? 0 : 1);
  const failed = last.features.map(({ offered, outcomes }: any) => offered - outcomes.good - outcomes.slow);
  assert.deepEqual(failed, [0, 0, 0, 0]);
});

test("load fails where pages with a good status are not what was asked for, and says what was wrong", async (t) => {
  const pages = await serving(t, "sorry");
  const { code, out, err } = await load(
    ...brief,
    "--url",
    pages,
    "--url",
    `lists=${await serving(t, "[]")}`,
    "--lang",
    "ko",
  );
  assert.equal(code, 1);
  assert.match(out, /hello {2}인사 +\d+ +(0 %|무효) /);
  assert.match(out, /hello: \d+ × the page does not say hello/);
  assert.doesNotMatch(out, /^list: /m, "the part was asked at its own address");
  assert.match(err, /초당 40개씩 1\.5초/);
});

test("load refuses what it cannot do with what it can", async (t) => {
  const url = await serving(t, "");
  for (const [args, wrong] of [
    [["--url", url, "--scenario", "helo"], /no scenario "helo"; it has hello/],
    [["--url", url, "--rate", "many"], /--rate "many"/],
    [["--url", "localhost:8000"], /--url "localhost:8000" is no address/],
    [["--url", `lists=${url}`], /address of the pages/],
    [["--data", "/nowhere"], /no deployment of "load-test" runs/],
  ] as const) {
    const { code, err } = await load(...args);
    assert.equal(code, 2, err);
    assert.match(err, wrong);
  }
});
