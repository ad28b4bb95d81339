import type { Operation, Schema } from "../contract/contract.ts";
import { SeamlineError } from "../contract/errors.ts";
import type { InvariantProgram } from "./invariants.ts";
import type { Module } from "./module.ts";
import type { Pages } from "./pages.ts";
import type { Program } from "./program.ts";
import type { Feature, Scenario } from "./scenario.ts";

/** Loads a part of an app when a process needs it: `() => import("./board/board.ts")`, whose default export it is. */
export type Loader<T> = () => Promise<{ default: T }>;

/** The operation that turns a session token into a signed identity; `edge` asks it for `Authorization: Bearer`. */
export type IdentityOperation = Operation<
  "query",
  Schema<{ token: string }>,
  Schema<any, { identity: string } | null>,
  any
>;

export interface AppDefinition {
  /** Modules by name, loaded only by the processes that hold them. */
  modules: Readonly<Record<string, Loader<Module>>>;
  pages?: Readonly<Record<string, Loader<Pages>>>;
  identity?: IdentityOperation;
  /** Topologies by name, beside the presets "monolith" and "microservices"; same name: in place of the preset. */
  topologies?: Readonly<Record<string, unknown>>;
  /** Fills an empty deployment with an app's first data; run once, by name, through the contracts. */
  seed?: Loader<SeedProgram>;
  /** Programs that are started with the app, each in a process of its own, by name. */
  programs?: Readonly<Record<string, Loader<Program>>>;
  /** What must hold in its data; `seamline verify` checks it. */
  invariants?: Loader<InvariantProgram>;
  /** What users see it do, by name, and how soon. */
  features?: Readonly<Record<string, Feature>>;
  /** What users do with it, by name, for load and comparisons. */
  scenarios?: Readonly<Record<string, Loader<Scenario>>>;
}

/**
 * Writes generated data, into an empty deployment only: for one that has data it throws a SeamlineError with the code
 * `not_empty`.
 */
export interface SeedProgram {
  readonly sizes: readonly string[];
  /** The size with which the first start of an empty deployment fills it by itself. Left out: it stays empty. */
  readonly first?: string;
  run(size: string, access: SeedAccess): Promise<void>;
  /**
   * Whether what follows from the data by itself, such as an index, is there too, once they are written. Left out: nothing
   * follows.
   */
  settled?(access: Pick<SeedAccess, "sql">): Promise<boolean>;
}

export interface SeedAccess {
  /** Bulk access to the store of one module, as that module's role. */
  copy(module: string, table: string, columns: readonly string[], rows: Iterable<readonly unknown[]>): Promise<number>;
  /** One statement in one module's store; rows back. */
  sql(module: string, text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  /** The directory of one of the app's programs. It exists; the program may be running. */
  directoryOf(program: string): Promise<string>;
  /** The app's time. */
  now(): Date;
  progress(message: string): void;
}

export interface App {
  readonly type: "app";
  readonly name: string;
  readonly modules: Readonly<Record<string, Loader<Module>>>;
  readonly pages: Readonly<Record<string, Loader<Pages>>>;
  readonly identity: IdentityOperation | null;
  readonly topologies: Readonly<Record<string, unknown>>;
  readonly seed: Loader<SeedProgram> | null;
  readonly programs: Readonly<Record<string, Loader<Program>>>;
  readonly invariants: Loader<InvariantProgram> | null;
  readonly features: Readonly<Record<string, Feature>>;
  readonly scenarios: Readonly<Record<string, Loader<Scenario>>>;
}

/** Of an app and of its programs, whose names are those of directories and processes. */
const namePattern = /^[a-z][a-z0-9-]*$/;

/** Puts modules and pages together under a name. @throws SeamlineError `app_invalid` */
export function app(name: string, definition: AppDefinition): App {
  const refuse = (what: string): never => {
    throw new SeamlineError("app_invalid", `app "${name}": ${what}`, { data: { app: name } });
  };
  if (!namePattern.test(name)) refuse("the name must be lower-case letters, digits and hyphens");
  const { modules, pages = {}, identity = null, topologies = {}, seed = null } = definition;
  const { programs = {}, invariants = null, features = {}, scenarios = {} } = definition;
  for (const [kind, parts] of Object.entries({ modules, pages, programs, scenarios }))
    for (const [key, loader] of Object.entries(parts ?? {}))
      if (typeof loader !== "function")
        refuse(`${kind}.${key} must be a loader such as () => import("./${key}/${key}.ts")`);
  for (const key of Object.keys(pages)) if (key in modules) refuse(`"${key}" is both a module and pages; rename one`);
  for (const key of Object.keys(programs)) {
    if (!namePattern.test(key)) refuse(`programs.${key}: the name must be lower-case letters, digits and hyphens`);
    if (key in modules || key in pages) refuse(`"${key}" is a program and something else too; rename one`);
  }
  if (Object.keys(modules).length + Object.keys(pages).length === 0) refuse("it has no modules; add one");
  const more = { topologies, seed, programs, invariants, features, scenarios };
  return Object.freeze({ type: "app", name, modules, pages, identity, ...more });
}
