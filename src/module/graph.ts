import { eventsOf, nameOf, operationsOf, type Contract } from "../contract/contract.ts";
import { SeamlineError, type ErrorCode } from "../contract/errors.ts";
import { fileOf, reachingImports } from "./imports.ts";
import type { App, Loader } from "./app.ts";
import type { Module } from "./module.ts";
import type { Pages } from "./pages.ts";
import type { Program } from "./program.ts";

/**
 * The graph of an app: its parts (modules and pages), their seams and their subscriptions. Rights, start order and what
 * a dead module takes with it all follow from it, so it is checked as a whole before anything starts.
 */

/** Something wrong, said so that it can be mended: `where` is a field or a file, `remedy` a thing to do. */
export interface Problem {
  readonly code: ErrorCode;
  readonly where: string;
  readonly message: string;
  readonly remedy: string;
}

export interface GraphPart {
  readonly name: string;
  readonly kind: "module" | "pages";
  /** null for pages. */
  readonly contract: Contract | null;
  /** Modules it asks. */
  readonly uses: readonly string[];
  /** Events it handles: "module.event". */
  readonly subscribes: readonly string[];
  readonly hasStore: boolean;
  /** Programs it asks. */
  readonly programs: readonly string[];
  /** Path of the file that the app loads it from, where that can be told. */
  readonly file: string | null;
}

export interface AppGraph {
  readonly app: App;
  readonly parts: Readonly<Record<string, GraphPart>>;
  /** Part → modules it may ask; "edge" → the identity module, for requests that come with a session token. */
  readonly uses: Readonly<Record<string, readonly string[]>>;
  /** "module.event" → modules that subscribe. */
  readonly subscribers: Readonly<Record<string, readonly string[]>>;
  /** Modules that have a store. */
  readonly stores: readonly string[];
  /** The app's programs. */
  readonly programs: readonly string[];
  readonly problems: readonly Problem[];
}

/** Loads every part of an app and checks that they fit together. Never throws for what it finds: see `problems`. */
export async function loadGraph(app: App, appUrl?: string): Promise<AppGraph> {
  const problems: Problem[] = [];
  const parts: Record<string, GraphPart> = {};
  const place = (loader: Loader<unknown>): string | null => (appUrl === undefined ? null : fileOf(loader, appUrl));
  const load = async (
    kind: "module" | "pages",
    loaders: Readonly<Record<string, Loader<Module | Pages>>>,
  ): Promise<void> => {
    for (const [name, loader] of Object.entries(loaders)) {
      const file = place(loader);
      const part = await loadPart(kind, name, loader, file, problems);
      if (part !== null) parts[name] = part;
    }
  };
  await load("module", app.modules);
  await load("pages", app.pages);
  const programs = Object.entries(app.programs).map(([name, loader]) => ({ name, loader, file: place(loader) }));
  for (const { name, loader, file } of programs) await loadAs("program", `programs.${name}`, loader, file, problems);
  const stores = Object.values(parts).flatMap(({ name, hasStore }) => (hasStore ? [name] : []));
  checkSeams(app, parts, problems);
  checkCycles(parts, problems);
  problems.push(...(await reachingImports([...Object.values(parts), ...programs])));
  return {
    app,
    parts,
    uses: usesOf(app, parts),
    subscribers: subscribersOf(parts),
    stores,
    programs: programs.map(({ name }) => name),
    problems,
  };
}

/** Throws the problems, if there are any, as one error whose message lists them. */
export function throwProblems(subject: string, problems: readonly Problem[]): void {
  if (problems.length === 0) return;
  const lines = problems.map(({ where, message, remedy }) => `  ${where}: ${message}. ${remedy}`);
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  throw new SeamlineError(problems[0]!.code, `${subject}: ${count}\n${lines.join("\n")}`, { data: { problems } });
}

async function loadPart(
  kind: "module" | "pages",
  name: string,
  loader: Loader<Module | Pages>,
  file: string | null,
  problems: Problem[],
): Promise<GraphPart | null> {
  const where = `${kind === "module" ? "modules" : "pages"}.${name}`;
  const loaded = await loadAs(kind, where, loader, file, problems);
  if (loaded === null) return null;
  if (loaded.name !== name) {
    const message = `it is called "${loaded.name}" in its own file`;
    problems.push({ code: "app_invalid", where, message, remedy: `Use the key "${loaded.name}"` });
    return null;
  }
  const uses = Object.values(loaded.uses).map((contract) => nameOf(contract));
  const common = { name, kind, uses, file };
  if (loaded.type === "pages") return { ...common, contract: null, subscribes: [], hasStore: false, programs: [] };
  const { contract, subscriptions, store, programs } = loaded;
  const subscribes = subscriptions.map(({ event }) => `${event.module}.${event.name}`);
  return { ...common, contract, subscribes, hasStore: store !== null, programs };
}

/** Loads a file whose default export must be of a kind. null: it is not, which is noted as a problem. */
async function loadAs<T extends Module | Pages | Program>(
  kind: T["type"],
  where: string,
  loader: Loader<T>,
  file: string | null,
  problems: Problem[],
): Promise<T | null> {
  const add = (message: string, remedy: string): null => {
    problems.push({ code: "app_invalid", where, message, remedy });
    return null;
  };
  let loaded: T | undefined;
  try {
    loaded = (await loader()).default;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return add(
      `loading ${placeOf(error) ?? file ?? "it"} failed: ${reason}`,
      "Mend the file, or the path in the loader",
    );
  }
  if (loaded?.type !== kind)
    return add(
      `the default export of ${file ?? "its file"} is not made by ${kind}()`,
      `Write "export default ${kind}(…)"`,
    );
  return loaded;
}

/** Where a file does not parse, "file:line": Node says it in the first line of the stack only. Otherwise null. */
export function placeOf(error: unknown): string | null {
  const [first = ""] = error instanceof SyntaxError ? (error.stack ?? "").split("\n") : [];
  return /\.[cm]?[jt]s:\d+$/.test(first) ? first.replace(/^file:\/\//, "") : null;
}

function usesOf(app: App, parts: Record<string, GraphPart>): Record<string, string[]> {
  const uses: Record<string, string[]> = {};
  for (const part of Object.values(parts)) uses[part.name] = [...part.uses];
  uses["edge"] = app.identity === null ? [] : [app.identity.module];
  return uses;
}

function subscribersOf(parts: Record<string, GraphPart>): Record<string, string[]> {
  const subscribers: Record<string, string[]> = {};
  for (const part of Object.values(parts))
    for (const event of part.subscribes) (subscribers[event] ??= []).push(part.name);
  return subscribers;
}

function checkSeams(app: App, parts: Record<string, GraphPart>, problems: Problem[]): void {
  const add = (where: string, message: string, remedy: string): void => {
    problems.push({ code: "app_invalid", where, message, remedy });
  };
  for (const part of Object.values(parts)) {
    for (const used of part.uses)
      if (!(used in app.modules))
        add(
          `${part.name}.uses`,
          `the app has no module "${used}"`,
          `Add "${used}" to the app's modules, or remove the seam`,
        );
    for (const name of part.programs)
      if (!(name in app.programs))
        add(
          `${part.name}.programs`,
          `the app has no program "${name}"`,
          `Add "${name}" to the app's programs, or remove it here`,
        );
    for (const event of part.subscribes) {
      const [source = "", name = ""] = event.split(".");
      const publisher = parts[source]?.contract;
      // Of a module that this app lacks nothing will ever be heard: a module that several apps share may know more than one has.
      if (publisher && !eventsOf(publisher).some((event) => event.name === name))
        add(
          `${part.name}.on`,
          `the contract of "${source}" has no event "${name}"`,
          "Import the contract from one place only",
        );
    }
  }
  const identity = app.identity;
  if (identity === null) return;
  const contract = parts[identity.module]?.contract;
  if (!(identity.module in app.modules))
    add("identity", `the app has no module "${identity.module}"`, `Add it, or remove identity`);
  else if (contract && !operationsOf(contract).some(({ name }) => name === identity.name))
    add("identity", `the contract of "${identity.module}" has no operation "${identity.name}"`, "Name one that it has");
}

/** Modules that ask each other in a circle can neither be started in an order nor be split from each other. */
function checkCycles(parts: Record<string, GraphPart>, problems: Problem[]): void {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (name: string): void => {
    const start = path.indexOf(name);
    if (start >= 0) {
      const cycle = [...path.slice(start), name].join(" → ");
      problems.push({
        code: "app_invalid",
        where: `${name}.uses`,
        message: `modules ask each other in a circle: ${cycle}`,
        remedy: "Let one of them tell an event instead, or merge them",
      });
      return;
    }
    if (done.has(name)) return;
    path.push(name);
    for (const used of parts[name]?.uses ?? []) visit(used);
    path.pop();
    done.add(name);
  };
  for (const name of Object.keys(parts)) visit(name);
}
