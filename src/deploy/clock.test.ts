import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readClock, writeClock } from "./clock.ts";

test("a clock is kept as it was set; none is the machine's; a damaged one is told with the remedy", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "clock-"));
  t.after(() => rm(directory, { recursive: true }));
  assert.equal(await readClock(directory), 0);
  await writeClock(directory, -5000);
  assert.equal(await readClock(directory), -5000);
  for (const wrong of [0.5, NaN, Infinity, 4e12])
    await assert.rejects(writeClock(directory, wrong), { code: "usage", message: /100 years at most/ });
  assert.equal(await readClock(directory), -5000);
  for (const text of ["", "{}", '{"offsetMs":"x"}']) {
    await writeFile(join(directory, "clock.json"), text);
    await assert.rejects(readClock(directory), {
      code: "start_failed",
      message: /clock\.json: not a clock\. Remove it/,
    });
  }
});
