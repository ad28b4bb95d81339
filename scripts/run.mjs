/**
 * `npm start`, `npm test` and the other scripts begin here: makes the clone ready (setup.mjs), then runs the real
 * program under Node 26 and ends as it ends.
 */
import { spawn } from "node:child_process";
import { delimiter, dirname, join } from "node:path";
import { pack } from "./pack.mjs";
import { prepare, Refusal, root } from "./setup.mjs";

const programs = {
  start: ["bin/seamline.mjs", "start"],
  test: ["scripts/test.mjs"],
  "test:long": ["scripts/test.mjs", "--long"],
  check: ["scripts/check.mjs"],
  format: ["node_modules/oxfmt/bin/oxfmt"],
  bench: ["scripts/bench.mjs"],
  build: ["scripts/build.mjs"],
};

async function main([name, ...args]) {
  const program = programs[name];
  if (!program) throw new Refusal(`"${name}" is not one of ${Object.keys(programs).join(", ")}`);
  const node = await prepare();
  await pack();
  const [file, ...first] = program;
  const bins = [join(root, "node_modules", ".bin"), dirname(node)];
  const child = spawn(node, [join(root, file), ...first, ...args], {
    stdio: "inherit",
    env: { ...process.env, PATH: [...bins, process.env.PATH].join(delimiter) },
  });
  passSignals(child);
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? 1;
    if (signal !== null) console.error(`${file} was ended by ${signal}`);
  });
}

/** Waits for the child to end by itself. A terminal sends Ctrl-C to both; anything else must be handed on. */
function passSignals(child) {
  process.on("SIGINT", () => process.stdin.isTTY || child.kill("SIGINT"));
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  process.on("SIGHUP", () => child.kill("SIGHUP"));
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  console.error(`\n${error.message}`);
  process.exitCode = 1;
}
