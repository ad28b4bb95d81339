import { existsSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, extname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { SeamlineError } from "../contract/errors.ts";
import type { App } from "../module/app.ts";
import { placeOf } from "../module/graph.ts";
import { microservices, monolith, topology, type Topology, type TopologyInput } from "../topology/topology.ts";
import { nearest } from "./suggest.ts";

/** Apps and topologies by the words of a command line: a name, or a path. */

export interface ResolvedApp {
  readonly app: App;
  /** File URL of the module whose default export it is. */
  readonly appUrl: string;
}

export interface ResolvedTopology {
  /** Also part of the name of the state directory. */
  readonly name: string;
  readonly topology: Topology;
}

/** Beside this file's room in the repository as in a built package. */
const bundledRoot = new URL("../../apps/", import.meta.url);
const entries = ["app.ts", "app.js", "app.mjs"];
const programs = [".ts", ".mts", ".js", ".mjs"];

/** @throws SeamlineError `app_unknown` with the names there are, `app_invalid` */
export async function resolveApp(word: string): Promise<ResolvedApp> {
  const path = looksLikePath(word) ? await appFile(resolve(word)) : entryIn(join(fileURLToPath(bundledRoot), word));
  if (path === null) throw await unknownApp(word);
  const appUrl = pathToFileURL(path).href;
  const app = await importDefault(appUrl, path, "app_invalid");
  if ((app as App | undefined)?.type !== "app")
    throw new SeamlineError(
      "app_invalid",
      `${path}: the default export is not made by app(). Write "export default app(…)"`,
    );
  return { app: app as App, appUrl };
}

export async function bundledApps(): Promise<string[]> {
  const root = fileURLToPath(bundledRoot);
  const names = await readdir(root).catch(() => []);
  return names.filter((name) => entryIn(join(root, name)) !== null).toSorted((a, b) => a.localeCompare(b));
}

/** The names that `--topology` may have for an app. */
export function topologyNames(app: App): string[] {
  return [...new Set(["monolith", "microservices", ...Object.keys(app.topologies)])];
}

/** @throws SeamlineError `topology_unknown` with the names there are, `topology_invalid` with the field */
export async function resolveTopology(app: App, word: string, guards?: "guarded" | "naive"): Promise<ResolvedTopology> {
  if (looksLikePath(word)) return fromFile(resolve(word), guards);
  const named = app.topologies[word] as TopologyInput | undefined;
  if (named !== undefined) return { name: word, topology: read(named, guards, word) };
  // Only what the preset says, so that what follows from the guards is chosen for the guards that were asked for.
  if (word === "monolith")
    return { name: word, topology: read({ processes: monolith(app).processes as never }, guards, word) };
  if (word === "microservices") return { name: word, topology: read(microservices(app) as never, guards, word) };
  const names = topologyNames(app);
  const near = nearest(word, names);
  throw new SeamlineError(
    "topology_unknown",
    `no topology "${word}"${near ? `; did you mean "${near}"?` : ""} The app "${app.name}" has ${names.join(", ")}; a file is given by its path, such as ./${word}.json`,
    { data: { topology: word, known: names } },
  );
}

async function fromFile(path: string, guards: "guarded" | "naive" | undefined): Promise<ResolvedTopology> {
  if (!existsSync(path)) throw new SeamlineError("topology_unknown", `no topology file ${path}. Check the path`);
  const name = basename(path, extname(path));
  if (programs.includes(extname(path)))
    return {
      name,
      topology: read(await importTopology(path), guards, path),
    };
  if (extname(path) !== ".json")
    throw new SeamlineError("topology_unknown", `${path}: a topology file ends with .json, .ts or .js`);
  try {
    // Some editors begin a file with a mark of its encoding.
    return { name, topology: read(JSON.parse((await readFile(path, "utf8")).replace(/^\ufeff/, "")), guards, path) };
  } catch (error) {
    if (error instanceof SeamlineError) throw error;
    throw new SeamlineError("topology_invalid", `${path} cannot be read as JSON: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

async function importTopology(path: string): Promise<TopologyInput> {
  const found = await importDefault(pathToFileURL(path).href, path, "topology_invalid");
  if (found !== undefined) return found as TopologyInput;
  throw new SeamlineError("topology_invalid", `${path} has no default export. Write "export default topology({ … })"`);
}

function read(input: TopologyInput, guards: "guarded" | "naive" | undefined, where: string): Topology {
  try {
    return topology(guards === undefined ? input : { ...input, guards });
  } catch (error) {
    if (!(error instanceof SeamlineError)) throw error;
    throw new SeamlineError(error.code, `${where}: ${error.message}`, { data: error.data, cause: error });
  }
}

async function importDefault(url: string, path: string, code: "app_invalid" | "topology_invalid"): Promise<unknown> {
  try {
    return ((await import(url)) as { default?: unknown }).default;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new SeamlineError(
      error instanceof SeamlineError ? error.code : code,
      `${placeOf(error) ?? path}: ${message}`,
      {
        cause: error,
      },
    );
  }
}

function looksLikePath(word: string): boolean {
  return /[/\\]/.test(word) || word === "." || word === ".." || [...programs, ".json"].includes(extname(word));
}

async function appFile(path: string): Promise<string | null> {
  const found = await stat(path).catch(() => null);
  if (found?.isFile()) return programs.includes(extname(path)) ? path : null;
  return found?.isDirectory() ? entryIn(path) : null;
}

function entryIn(directory: string): string | null {
  return entries.map((entry) => join(directory, entry)).find((path) => existsSync(path)) ?? null;
}

async function unknownApp(word: string): Promise<SeamlineError> {
  const names = await bundledApps();
  const near = nearest(word, names);
  const inside = programs.includes(extname(word)) ? "" : ` (${entries.join(", ")})`;
  const where = looksLikePath(word) ? `no app at ${resolve(word)}${inside}` : `no app "${word}"`;
  const hint = near ? `; did you mean "${near}"?` : ".";
  return new SeamlineError(
    "app_unknown",
    `${where}${hint} Known by name: ${names.join(", ")}; your own is given by its path, such as ./my-app`,
    {
      data: { app: word, known: names },
    },
  );
}
