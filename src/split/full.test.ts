import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { throwAwayDirectory } from "../data/testing.ts";

/** Whoever may mount a disk of memory where nobody else sees it. */
const alone = ["unshare", "--mount", ...(process.getuid?.() === 0 ? [] : ["--user", "--map-root-user"])];
const mounting = 'mount -t tmpfs -o size=300m none "$1"';
const may = spawnSync(alone[0]!, [...alone.slice(1), "sh", "-c", mounting, "sh", "/mnt"]).status === 0;

test(
  "a target without room is refused, one whose disk fills up is taken back from, and both may be tried again",
  { skip: !may && "no disk can be mounted here (unshare --mount)", timeout: 120_000 },
  async (t) => {
    const directory = await throwAwayDirectory();
    t.after(() => rm(directory, { recursive: true, force: true }));
    const [small, large] = [join(directory, "small"), join(directory, "large")];
    for (const path of [small, large]) await mkdir(path);
    const script = fileURLToPath(new URL("./testing/full.ts", import.meta.url));
    const words = [...alone, "sh", "-c", `${mounting} && exec "$2" "$3" "$1" "$4"`, "sh"];
    const child = spawn(words[0]!, [...words.slice(1), small, process.execPath, script, large], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const output = await text(child.stdout);
    const told = output
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, any>);
    assert.deepEqual(
      told.map(({ step, code }) => [step, code]),
      [
        ["no room", "move_refused"],
        ["filled meanwhile", "move_undone"],
        ["source", undefined],
        ["room again", "moved"],
      ],
    );
    const [refused, undone, , moved] = told;
    assert.deepEqual(refused!["data"].kinds, ["disk"]);
    assert.match(refused!["message"], /has \d+ MB free, and the move needs \d+ MB: make room/);
    assert.match(undone!["message"], /the disk of \S+ is full \(\d+ MB free\): make room/);
    assert.match(undone!["message"], /Everything was taken back/);
    assert.equal(moved!["verified"].rows > 20_000, true);
    assert.deepEqual(moved!["verified"].differences, []);
  },
);
