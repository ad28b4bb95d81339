/**
 * Runs benchmarks of `bench/`: all, or those named.
 *
 *   npm run bench            every bench/*.ts
 *   npm run bench -- calls   bench/calls.ts; what follows is given to it
 */
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { basename, join } from "node:path";
import { root } from "./setup.mjs";

const [name, ...args] = process.argv.slice(2);
const all = globSync("bench/*.ts", { cwd: root })
  .filter((file) => !file.endsWith(".test.ts"))
  .sort();
const files = name === undefined ? all : all.filter((file) => basename(file, ".ts") === name);
if (files.length === 0) {
  console.error(
    `no benchmark ${name ?? ""}; there are: ${all.map((file) => basename(file, ".ts")).join(", ") || "none"}`,
  );
  process.exitCode = 1;
}
for (const file of files) {
  console.log(`\n${file}`);
  const { status } = spawnSync(process.execPath, ["--expose-gc", join(root, file), ...args], {
    cwd: root,
    stdio: "inherit",
  });
  if (status !== 0) process.exitCode = 1;
}
