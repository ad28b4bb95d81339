/**
 * What can be checked without running anything: types, lint, format, dead code.
 *
 *   npm run check            all
 *   npm run check -- types   one or more of them
 */
import { spawnSync } from "node:child_process";
import { root } from "./setup.mjs";
import { tool } from "./tool.mjs";

const steps = {
  types: tool("typescript", "tsc", ["--noEmit", "-p", "."]),
  lint: tool("oxlint", "oxlint", ["--type-aware", "--deny-warnings", "--report-unused-disable-directives"]),
  format: tool("oxfmt", "oxfmt", ["--check"]),
  "dead-code": tool("knip", "knip", ["--no-progress"]),
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in steps));
if (unknown.length > 0) {
  console.error(`${unknown.join(", ")}: not one of ${Object.keys(steps).join(", ")}`);
  process.exit(1);
}
const failed = [];
for (const [name, args] of Object.entries(steps)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: "utf8",
    timeout: 300_000,
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${status === 0 ? "✓" : "✗"} ${name} (${seconds} s)`);
  if (status === 0) continue;
  failed.push(name);
  console.log(`${stdout}${stderr}`);
}
console.log(failed.length === 0 ? "all checks passed" : `failed: ${failed.join(", ")}`);
process.exitCode = failed.length === 0 ? 0 : 1;
