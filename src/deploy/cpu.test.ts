import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { cpuMs } from "./cpu.ts";

const skip = process.platform === "linux" ? false : "only Linux tells";

test("the CPU time of a process holds that of its children, those that have ended too", { skip }, async () => {
  // A shell whose child burns and ends, and which lives on.
  const burn = `'${process.execPath}' -e "const end = process.cpuUsage().user + 3e5; while (process.cpuUsage().user < end);"`;
  const shell = spawn("sh", ["-c", `${burn}; echo over; read line`], { stdio: ["pipe", "pipe", "inherit"] });
  try {
    await once(shell.stdout, "data");
    assert.ok((await cpuMs(shell.pid!))! >= 200);
  } finally {
    shell.kill("SIGKILL");
    await once(shell, "exit");
  }
});

test("of a process that is not there nothing is told", async () => {
  assert.equal(await cpuMs(2 ** 22 + 1), null);
});
