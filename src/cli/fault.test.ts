import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const bin = fileURLToPath(new URL("../../bin/seamline.mjs", import.meta.url));

function begin(...args: string[]): ChildProcess {
  const env = { ...process.env, LC_ALL: "C" };
  return spawn(process.execPath, [bin, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
}

async function ended(child: ChildProcess): Promise<{ code: number | null; out: string; err: string }> {
  const exit = once(child, "exit");
  const [out, err] = await Promise.all([text(child.stdout!), text(child.stderr!)]);
  return { code: ((await exit) as [number | null])[0], out, err };
}

describe("faults of a running app", () => {
  let data = "";
  let up: ChildProcess;
  let url = "";
  const seamline = (...args: string[]) => ended(begin(...args, "--data", data));
  const answers = (): Promise<number> =>
    fetch(`${url}board`, { signal: AbortSignal.timeout(20_000) }).then(
      ({ status }) => status,
      () => 0,
    );

  async function comesBack(): Promise<void> {
    for (const end = Date.now() + 20_000; (await answers()) !== 200; await sleep(50))
      assert.ok(Date.now() < end, "it did not come back");
  }

  before(async () => {
    data = await mkdtemp(join(tmpdir(), "cli-"));
    up = begin("up", "board", "--port", "0", "--empty", "--faults", "--json", "--data", data);
    for await (const line of createInterface({ input: up.stdout! })) {
      const event = JSON.parse(line) as { type: string; url?: string };
      if (event.type !== "ready") continue;
      url = event.url!;
      break;
    }
    up.stdout!.resume();
    up.stderr!.resume();
    assert.notEqual(url, "", "the app did not start");
  });
  after(async () => {
    if (up.exitCode === null && up.kill("SIGTERM")) await once(up, "exit");
    await rm(data, { recursive: true, force: true });
  });

  test("a fault lasts as long as was said, and both ends are printed", async () => {
    await comesBack();
    const child = begin("fault", "crash", "comments", "--for", "1500ms", "--json", "--data", data);
    const end = ended(child);
    let seen = 200;
    while (child.exitCode === null) {
      seen = Math.min(seen, await answers());
      await sleep(20);
    }
    const { code, out } = await end;
    assert.equal(code, 0);
    assert.equal(seen, 0, "the monolith was never away");
    const lines = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      lines.map(({ type, state, fault }) => [type, state, fault.kind, fault.target]),
      [
        ["fault", "applied", "crash", "comments"],
        ["fault", "healed", "crash", "comments"],
      ],
    );
    await comesBack();
  });

  test("Ctrl-C heals at once", async () => {
    const child = begin("fault", "status", "edge", "--for", "60s", "--code", "502", "--data", data);
    const end = ended(child);
    for (const late = Date.now() + 20_000; (await answers()) !== 502; await sleep(50)) assert.ok(Date.now() < late);
    child.kill("SIGINT");
    const { code, err } = await end;
    assert.equal(code, 130);
    assert.match(err, /f\d status edge: broken for 60 s[^]*f\d status edge: healed/);
    assert.equal(await answers(), 200);
  });

  test("what is active is listed, and healed by another command", async () => {
    const child = begin("fault", "hang", "board", "--for", "60s", "--data", data);
    const end = ended(child);
    await once(child.stderr!, "data");
    const { out } = await seamline("faults", "board", "--json");
    const { deployments } = JSON.parse(out) as { deployments: { active: { kind: string }[] }[] };
    assert.deepEqual(
      deployments.map(({ active }) => active.map(({ kind }) => kind)),
      [["hang"]],
    );
    assert.match((await seamline("heal")).out, /f\d hang board: healed/);
    assert.equal((await end).code, 0);
    await comesBack();
  });

  test("a wrong word is told with the right ones", async () => {
    const wrong = [
      [["fault", "crush", "board"], /"crush" is no kind of fault; there are crash/],
      [["fault", "crash", "reviews"], /"reviews" is no target; there are board/],
      [["fault", "latency", "board>comments"], /in one process/],
      [["fault", "latency", "board>database", "--ms", "much"], /--ms "much" is no number/],
      [["fault", "crash", "board", "--on", "microservices"], /no deployment "microservices" runs/],
    ] as const;
    for (const [args, said] of wrong) {
      const { code, err } = await seamline(...args);
      assert.equal(code, 2, err);
      assert.match(err, said);
    }
  });
});

test("kinds and what they do are listed in both languages without an app", async () => {
  const { code, out } = await ended(begin("faults"));
  assert.equal(code, 0);
  for (const kind of ["crash", "hang", "db-locked", "latency", "status"])
    assert.match(out, new RegExp(`^${kind} `, "m"));
  assert.match((await ended(begin("faults", "--lang", "ko"))).out, /프로세스/);
});
