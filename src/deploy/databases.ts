import { existsSync } from "node:fs";
import { join } from "node:path";
import { SeamlineError } from "../contract/errors.ts";
import type { StoreAddress } from "../data/data.ts";
import { checkServer, provision, provisioned, type ProvisionOptions } from "../data/provision.ts";
import type { AppGraph } from "../module/graph.ts";
import type { Topology } from "../topology/topology.ts";
import type { Reporter } from "./events.ts";
import { SupervisedDatabase, type DatabaseView } from "./process/database.ts";

export type { DatabaseView };

/** The database servers of a deployment, and where each module's store is in them. */
export interface Databases {
  /** As they are now. */
  readonly stores: Readonly<Record<string, StoreAddress>>;
  /**
   * The place of a module's store on a server, which is started if there is none of that name; null: where the store is.
   *
   * @throws SeamlineError `usage` for what has no store; what starting a server throws
   */
  siteOf(module: string, server: string | null): Promise<Site>;
  /** The same where it is there already; null: `siteOf` would make it. A server of that name that rests is started. */
  siteIn(module: string, server: string): Promise<Site | null>;
  /** From now on the module's store is there. */
  bind(module: string, site: Site): void;
  /** Stops a server that holds no store any more; its data stays. Nothing happens to one that was given by URL. */
  close(server: string): Promise<void>;
  views(): DatabaseView[];
  /** Keeps a server down after its end. @returns lets go; may be called twice */
  hold(name: string): () => void;
  /** May be called twice. */
  stop(): Promise<void>;
}

/** A place for one module's store. */
export interface Site {
  readonly server: string;
  /** A login with every right there that `provision` needs. */
  readonly adminUrl: string;
  readonly address: StoreAddress;
}

export interface DatabasesOptions {
  readonly deployment: string;
  readonly graph: AppGraph;
  readonly topology: Topology;
  readonly directory: string;
  /** The deployment's secret: passwords follow from it. */
  readonly secret: string;
  readonly postgres?: string;
  readonly durable?: boolean;
  readonly signal?: AbortSignal;
  readonly report: Reporter;
}

/** Starts or checks the servers and makes a place for each module. @throws SeamlineError; nothing is left running then */
export async function openDatabases(options: DatabasesOptions): Promise<Databases> {
  const { graph, topology, report } = options;
  await using undo = new AsyncDisposableStack();
  const servers = new Servers(options);
  undo.defer(() => servers.stop());
  const plan = planServers(topology, graph);
  await report.step("databases", () => servers.open(plan));
  options.signal?.throwIfAborted();
  const sites = await report.step("provision", () => servers.places(plan));
  const started = undo.move();
  // Places that were made beforehand, so that nobody waits for it while a module is held.
  const made = new Map<string, Site>();
  const knownOf = (module: string, server: string | null): Site | null => {
    const now = sites.get(module);
    if (now === undefined) throw new SeamlineError("usage", `there is no module "${module}" with a store`);
    if (server === null || server === now.server) return now;
    return made.get(JSON.stringify([server, module])) ?? null;
  };
  return {
    get stores() {
      return Object.fromEntries([...sites].map(([module, { address }]) => [module, address]));
    },
    views: () => servers.views(sites),
    async siteOf(module, server) {
      const known = knownOf(module, server);
      if (known !== null) return known;
      await servers.open({ [server!]: [] });
      const site = (await servers.places({ [server!]: [module] })).get(module)!;
      made.set(JSON.stringify([server, module]), site);
      return site;
    },
    async siteIn(module, server) {
      return knownOf(module, server) ?? (servers.isThere(server) ? servers.placeIn(server, module) : null);
    },
    bind(module, site) {
      sites.set(module, site);
      servers.hold(sites);
    },
    close(server) {
      for (const [key, site] of made) if (site.server === server) made.delete(key);
      return servers.close(server);
    },
    hold: (name) => servers.find(name)?.hold() ?? (() => {}),
    stop: () => started.disposeAsync(),
  };
}

/**
 * Which modules share a server: those that the topology names, and for all others its topology of stores decides. Modules
 * without a store need none.
 */
export function planServers(
  { data, servers = {} }: Pick<Topology, "data" | "servers">,
  { parts }: Pick<AppGraph, "parts">,
): Record<string, string[]> {
  const named = Object.entries(servers).map(([name, modules]): [string, string[]] => [name, [...modules]]);
  const stored = Object.values(parts).filter((part) => part.hasStore);
  const names = stored.map((part) => part.name).filter((name) => !named.some(([, modules]) => modules.includes(name)));
  const plan: Record<string, string[]> = Object.fromEntries(named);
  if (data === "server-per-module") for (const name of names) (plan[name] ??= []).push(name);
  else if (names.length > 0) plan["main"] = [...(plan["main"] ?? []), ...names];
  return plan;
}

/** The servers by their names: embedded ones, or one that was given, on which each name is a database. */
class Servers {
  readonly #options: DatabasesOptions;
  readonly #servers: SupervisedDatabase[] = [];
  /** Names of databases on the given server. */
  readonly #given = new Set<string>();
  #stopped = false;

  constructor(options: DatabasesOptions) {
    this.#options = options;
  }

  find(name: string): SupervisedDatabase | undefined {
    return this.#servers.find(({ view }) => view.name === name);
  }

  /** Starts those that do not run. All are settled before a failure is told, so that none comes up after the others were stopped. */
  async open(plan: Readonly<Record<string, readonly string[]>>): Promise<void> {
    if (this.#options.postgres !== undefined) return this.#take(this.#options.postgres, Object.keys(plan));
    const missing = Object.entries(plan).filter(([name]) => this.find(name) === undefined);
    const settled = await Promise.allSettled(missing.map(([name, modules]) => this.#start(name, modules)));
    const failed = settled.find((each) => each.status === "rejected");
    if (failed) throw failed.reason;
  }

  async #start(name: string, modules: readonly string[]): Promise<void> {
    const { directory, durable = true, signal, report } = this.#options;
    const onChange = (database: DatabaseView): void => report.tell({ type: "database", database });
    const place = placeOf(directory, name);
    const server = await SupervisedDatabase.start({ name, modules, directory: place, durable, onChange }, signal);
    this.#servers.push(server);
    if (this.#stopped) await server.stop();
  }

  async #take(url: string, names: readonly string[]): Promise<void> {
    const { topology, report } = this.#options;
    if (this.#given.size === 0) await checkServer(url);
    if (this.#given.size === 0 && topology.data === "server-per-module")
      report.tell({
        type: "note",
        note: "database-per-module",
        message: "one PostgreSQL server was given, so each module has a database of its own on it instead of a server",
      });
    for (const name of names) this.#given.add(name);
  }

  /** Makes a place for each module on its server. */
  async places(plan: Readonly<Record<string, readonly string[]>>): Promise<Map<string, Site>> {
    const made = Object.entries(plan).map(async ([server, modules]) => {
      const options = this.#provisioning(server);
      const addresses = await provision({ ...options, modules });
      const { adminUrl } = options;
      return modules.map((module) => [module, { server, adminUrl, address: addresses[module]! }] as const);
    });
    return new Map((await Promise.all(made)).flat());
  }

  /** Whether it runs, or has data to start with. */
  isThere(name: string): boolean {
    const { postgres, directory } = this.#options;
    return postgres !== undefined || this.find(name) !== undefined || existsSync(placeOf(directory, name));
  }

  /** A module's place on a server that is there; null: it has none. */
  async placeIn(server: string, module: string): Promise<Site | null> {
    await this.open({ [server]: [] });
    const options = this.#provisioning(server);
    const address = await provisioned({ ...options, module });
    return address === null ? null : { server, adminUrl: options.adminUrl, address };
  }

  #provisioning(server: string): Omit<ProvisionOptions, "modules"> {
    const { deployment, secret, topology, postgres } = this.#options;
    const adminUrl = postgres ?? this.find(server)!.adminUrl;
    const database = postgres !== undefined && server !== "main" ? `${deployment}.${server}` : undefined;
    return { adminUrl, deployment, secret, dataTopology: topology.data, ...(database !== undefined && { database }) };
  }

  /** Says of each server whose stores it holds. */
  hold(sites: ReadonlyMap<string, Site>): void {
    for (const server of this.#servers) server.holds(modulesOn(server.view.name, sites));
  }

  views(sites: ReadonlyMap<string, Site>): DatabaseView[] {
    const given = [...this.#given].map((name) => ({ name, modules: modulesOn(name, sites) }));
    const external = given
      .filter(({ modules }) => modules.length > 0)
      .map(({ name, modules }) => {
        const { host, port } = sites.get(modules[0]!)!.address;
        return { name, modules, state: "external", host, port, pid: null, restarts: 0, lastError: null } as const;
      });
    return [...this.#servers.map(({ view }) => view), ...external];
  }

  async close(name: string): Promise<void> {
    const server = this.find(name);
    if (server === undefined) return;
    this.#servers.splice(this.#servers.indexOf(server), 1);
    await server.stop();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#servers.map((server) => server.stop()));
  }
}

function placeOf(directory: string, name: string): string {
  return join(directory, "postgres", name);
}

function modulesOn(server: string, sites: ReadonlyMap<string, Site>): string[] {
  return [...sites].flatMap(([module, site]) => (site.server === server ? [module] : []));
}
