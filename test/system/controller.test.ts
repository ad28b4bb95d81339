import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { TopologyInput } from "../../src/topology/topology.ts";
import { topology } from "../../src/topology/topology.ts";
import board from "../../apps/board/app.ts";
import { throwAwayDirectory } from "../../src/data/testing.ts";
import { bringUp, childrenOf, isAlive, until } from "../suites/deployed.ts";
import { Visitor } from "../suites/visitor.ts";

const shape: TopologyInput = {
  processes: { main: { modules: ["board-web", "accounts", "board"], port: 0 }, comments: { modules: ["comments"] } },
  data: "server-per-module",
};

test(
  "a killed controller leaves no process and no database server, and the next one finds all that was acknowledged",
  { skip: process.platform !== "linux" && "only Linux ends a process with its parent" },
  async (t) => {
    const directory = await throwAwayDirectory();
    const undo = new AsyncDisposableStack();
    t.after(() => undo.disposeAsync());
    undo.defer(() => rm(directory, { recursive: true, force: true }));

    const program = fileURLToPath(new URL("programs/controller.ts", import.meta.url));
    const args = [program, directory, JSON.stringify(shape)];
    const controller = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    undo.defer(() => void controller.kill("SIGKILL"));
    const [line] = await once(createInterface({ input: controller.stdout }), "line");
    const port: number = JSON.parse(line)["board-web"];
    const member = new Visitor(() => `http://127.0.0.1:${port}`);
    await member.signUp("Clara");
    const post = await member.write("before the controller was killed");
    assert.equal((await member.submit(post, `${post}/comments`, { content: "a word below it" })).status, 303);

    // Servers and what they have made, and the processes: one of them frozen, and so unable to see that it is alone.
    const pids = childrenOf(controller.pid!);
    const app = pids.filter((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("kernel/main"));
    assert.equal(app.length, 2);
    assert.ok(pids.length > 5 && pids.every(isAlive));
    process.kill(app[0]!, "SIGSTOP");
    controller.kill("SIGKILL");
    await until("all of them have ended", () => !pids.some(isAlive));

    const up = await bringUp({
      app: board,
      appUrl: import.meta.resolve("../../apps/board/app.ts"),
      topology: topology(shape),
      directory,
      durable: true,
    });
    undo.defer(() => up.stop());
    const page = await new Visitor(() => up.url("board-web")).get(post);
    assert.deepEqual([page.status, page.degraded], [200, []]);
    assert.match(page.text, /content of before the controller was killed[^]*a word below it/);
  },
);
