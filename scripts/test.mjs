/**
 * Runs every test file under `node:test`, each in a process group of its own, and says what came of it.
 *
 *   npm test                  everything
 *   npm test -- wire board    only files whose path contains one of the words
 *   npm run test:long         what is a selection otherwise, in full (SEAMLINE_LONG=1); takes an hour
 *
 * Two files run at a time, and a further one begins whenever processors are idle, because many tests mostly wait. A file
 * that takes too long is killed and counts as failed. At the end nothing that a test started may be alive: every process
 * carries the run's mark in its environment and is looked for by it.
 */
import { spawn } from "node:child_process";
import { globSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { root } from "./setup.mjs";

const patterns = ["src/**/*.test.ts", "apps/**/*.test.ts", "test/**/*.test.ts"];
const long = process.argv[2] === "--long";
/** Longer hides a test that hangs; shorter fails a slow machine. */
const fileLimitMs = long ? 7_200_000 : 240_000;
const totalLimitMs = long ? 10_800_000 : 1_200_000;
/** More makes each slower, and the last of them later. */
const atOnce = Math.max(2, availableParallelism()) + 1;
const lookEveryMs = 3000;
/** Of all processors, over one look. Less begins files that only slow the others down; more leaves processors unused. */
const idleEnough = 0.25;

const mark = `SEAMLINE_TEST_RUN=${process.pid}-${Date.now()}`;
const started = performance.now();
/** Without it each file would strip and compile everything it loads again. */
const compiled = join(root, "node_modules", ".cache", "seamline", "compile");
const results = mkdtempSync(join(tmpdir(), "seamline-results-"));
const running = new Set();
const totals = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
const skips = [];

const isSystem = (file) => file.startsWith(join("test", "system"));

async function main(words) {
  const files = patterns
    .flatMap((pattern) => globSync(pattern, { cwd: root, exclude: (name) => name === "node_modules" }))
    .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
    // The long ones first, so that neither of the two waits for the other's last.
    .sort((a, b) => Number(isSystem(b)) - Number(isSystem(a)) || a.localeCompare(b));
  if (files.length === 0) throw new Error(`no test file matches ${words.join(" ") || patterns.join(" ")}`);
  console.log(`${files.length} test files on Node ${process.versions.node}`);
  const more = useIdle(files);
  await Promise.all([work(files), work(files)]);
  await more.stop();
  await lookForSurvivors();
  report();
}

/** Takes files off the list until it is empty. Two of these on one list share it. */
async function work(files) {
  for (let file = files.shift(); file !== undefined; file = files.shift()) await runAndTell(file);
}

/** Runs files from the end of the list besides, where the short ones are, whenever processors have been idle. */
function useIdle(files) {
  const further = [];
  let before = times();
  const timer = setInterval(() => {
    const now = times();
    const idle = (now.idle - before.idle) / (now.all - before.all);
    before = now;
    if (idle > idleEnough && running.size < atOnce && files.length > 0) further.push(runAndTell(files.pop()));
  }, lookEveryMs);
  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(further);
    },
  };
}

/** What all processors did since the machine started. */
function times() {
  const each = cpus().map(({ times: { idle, ...busy } }) => ({ idle, busy: Object.values(busy) }));
  const idle = each.reduce((sum, one) => sum + one.idle, 0);
  return { idle, all: each.flatMap(({ busy }) => busy).reduce((sum, one) => sum + one, idle) };
}

async function runAndTell(file) {
  const begun = performance.now();
  const { passed, failed, skipped } = await runFile(file, begun);
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  totals.passed += passed;
  totals.failed += failed;
  totals.skipped += skipped;
  const counts = [`${passed} passed`, failed && `${failed} failed`, skipped && `${skipped} skipped`].filter(Boolean);
  console.log(`${failed ? "✗" : "✓"} ${file} (${seconds} s) ${counts.join(", ")}`);
}

async function runFile(file, begun) {
  const limitMs = Math.min(fileLimitMs, totalLimitMs - (begun - started));
  const destination = join(results, `${file.replaceAll(/[/\\]/g, "+")}.ndjson`);
  const { end, output } =
    limitMs > 0 ? await execute(file, destination, limitMs) : { end: "the run had no time left for it", output: "" };
  const tests = readLines(destination);
  const count = (state) => tests.filter((test) => test.state === state).length;
  for (const { name, error } of tests.filter((test) => test.state === "fail")) failures.push({ file, name, error });
  for (const { name, reason } of tests.filter((test) => test.state === "skip")) skips.push({ file, name, reason });
  const wrong = end ?? (tests.length === 0 ? "it holds no test" : null);
  const broken = wrong !== null && (count("fail") === 0 || end !== "code 1");
  if (broken) failures.push({ file, name: "(the file)", error: `${wrong}\n${output}` });
  return { passed: count("pass"), failed: count("fail") + (broken ? 1 : 0), skipped: count("skip") };
}

/** Runs one file. `end` says how it ended other than well; null: well. */
function execute(file, destination, limitMs) {
  const [name, value] = mark.split("=");
  const env = { NODE_COMPILE_CACHE: compiled, ...process.env, [name]: value, ...(long && { SEAMLINE_LONG: "1" }) };
  const child = spawn(
    process.execPath,
    [
      `--test-reporter=${new URL("test-reporter.mjs", import.meta.url)}`,
      `--test-reporter-destination=${destination}`,
      `--import=${new URL("../src/kernel/packed.ts", import.meta.url)}`,
      file,
    ],
    { cwd: root, detached: true, stdio: ["ignore", "pipe", "pipe"], env },
  );
  running.add(child);
  let output = "";
  const keep = (chunk) => (output = (output + chunk).slice(-20_000));
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  return new Promise((resolve) => {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      killGroup(child);
    }, limitMs);
    child.on("exit", (code, signal) => {
      clearTimeout(timer);
      running.delete(child);
      const end = late
        ? `it was killed after ${Math.round(limitMs / 1000)} s`
        : code === 0
          ? null
          : signal
            ? `signal ${signal}`
            : `code ${code}`;
      resolve({ end, output });
    });
  });
}

/** Kills a test file and what shares its process group. */
function killGroup(child) {
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    child.kill("SIGKILL");
  }
}

function readLines(path) {
  try {
    return readFileSync(path, "utf8")
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  } catch {
    return [];
  }
}

/** Whatever of this run is alive two seconds after the last test fails the run, and is ended. */
async function lookForSurvivors() {
  let alive = marked();
  for (let i = 0; alive.length > 0 && i < 20; i++) {
    await sleep(100);
    alive = marked();
  }
  for (const { pid, command } of alive) {
    totals.failed++;
    failures.push({ file: "(after all tests)", name: `process ${pid} is still alive`, error: command });
    try {
      process.kill(pid, "SIGKILL");
    } catch {}
  }
}

/** Linux only: elsewhere the environment of another process cannot be read. */
function marked() {
  if (process.platform !== "linux") return [];
  const found = [];
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      if (!readFileSync(`/proc/${pid}/environ`, "latin1").split("\0").includes(mark)) continue;
      const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
      if (command !== "") found.push({ pid: Number(pid), command });
    } catch {}
  }
  return found;
}

function report() {
  for (const { file, name, reason } of skips) console.log(`skipped: ${file}: ${name}: ${reason || "no reason given"}`);
  for (const { file, name, error } of failures) console.log(`\n✗ ${file}: ${name}\n${error.replaceAll(/^/gm, "    ")}`);
  console.log(`\n${Math.round((performance.now() - started) / 1000)} s`);
  console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
  if (totals.failed > 0 || totals.passed === 0) process.exitCode = 1;
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
  process.once(signal, async () => {
    console.log(`\n${signal}: stopping`);
    for (const child of running) killGroup(child);
    await lookForSurvivors();
    rmSync(results, { recursive: true, force: true });
    process.exit(130);
  });

try {
  await main(process.argv.slice(long ? 3 : 2));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(results, { recursive: true, force: true });
}
