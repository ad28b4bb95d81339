import { join } from "node:path";
import type { StoreAddress } from "../data/data.ts";
import { checkServer, provision } from "../data/provision.ts";
import type { AppGraph } from "../module/graph.ts";
import type { Topology } from "../topology/topology.ts";
import type { Reporter } from "./events.ts";
import { SupervisedDatabase, type DatabaseView } from "./process/database.ts";

export type { DatabaseView };

/** The database servers of a deployment, and where each module's store is in them. */
export interface Databases {
  readonly stores: Readonly<Record<string, StoreAddress>>;
  views(): DatabaseView[];
  /** Keeps a server down after its end. @returns lets go; may be called twice */
  hold(name: string): () => void;
  /** May be called twice. */
  stop(): Promise<void>;
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

/** The modules that share one server. */
interface Share {
  readonly name: string;
  readonly modules: readonly string[];
  readonly adminUrl: string;
  /** Left out: the deployment's own. */
  readonly database?: string;
}

/** Starts or checks the servers and makes a place for each module. @throws SeamlineError; nothing is left running then */
export async function openDatabases(options: DatabasesOptions): Promise<Databases> {
  const { graph, topology, report, postgres } = options;
  const plan = planServers(topology, graph);
  await using undo = new AsyncDisposableStack();
  const servers: SupervisedDatabase[] = [];
  const shares = await report.step("databases", () =>
    postgres === undefined ? startAll(plan, servers, undo, options) : shareGiven(postgres, plan, options),
  );
  options.signal?.throwIfAborted();
  const stores = await report.step("provision", () => provisionAll(shares, options));
  const given = postgres === undefined ? [] : shares.map((share) => viewOfGiven(share, stores));
  const started = undo.move();
  return {
    stores,
    views: () => [...servers.map(({ view }) => view), ...given],
    hold: (name) => servers.find(({ view }) => view.name === name)?.hold() ?? (() => {}),
    stop: () => started.disposeAsync(),
  };
}

/** Which modules share a server. A topology of stores decides; modules without a store need none. */
export function planServers(
  { data }: Pick<Topology, "data">,
  { parts }: Pick<AppGraph, "parts">,
): Record<string, string[]> {
  const stored = Object.values(parts).filter((part) => part.hasStore);
  const names = stored.map((part) => part.name);
  if (data === "server-per-module") return Object.fromEntries(names.map((name) => [name, [name]]));
  return names.length === 0 ? {} : { main: names };
}

async function startAll(
  plan: Record<string, string[]>,
  servers: SupervisedDatabase[],
  undo: AsyncDisposableStack,
  { directory, durable = true, signal, report }: DatabasesOptions,
): Promise<Share[]> {
  undo.defer(async () => void (await Promise.all(servers.map((server) => server.stop()))));
  const starts = Object.entries(plan).map(async ([name, modules]) => {
    const server = await SupervisedDatabase.start(
      {
        name,
        modules,
        directory: join(directory, "postgres", name),
        durable,
        onChange: (database) => report.tell({ type: "database", database }),
      },
      signal,
    );
    servers.push(server);
    return { name, modules, adminUrl: server.adminUrl };
  });
  // All are settled before a failure is told, so that none comes up after the others were stopped.
  const settled = await Promise.allSettled(starts);
  const failed = settled.find((each) => each.status === "rejected");
  if (failed) throw failed.reason;
  return settled.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
}

async function shareGiven(
  adminUrl: string,
  plan: Record<string, string[]>,
  options: DatabasesOptions,
): Promise<Share[]> {
  await checkServer(adminUrl);
  const apart = options.topology.data === "server-per-module";
  if (apart)
    options.report.tell({
      type: "note",
      note: "database-per-module",
      message: "one PostgreSQL server was given, so each module has a database of its own on it instead of a server",
    });
  return Object.entries(plan).map(([name, modules]) => ({
    name,
    modules,
    adminUrl,
    database: apart ? `${options.deployment}.${name}` : undefined,
  }));
}

async function provisionAll(shares: Share[], options: DatabasesOptions): Promise<Record<string, StoreAddress>> {
  const { deployment, secret, topology } = options;
  const places = shares.map(({ adminUrl, modules, database }) =>
    provision({ adminUrl, deployment, secret, modules, dataTopology: topology.data, database }),
  );
  return Object.assign({}, ...(await Promise.all(places)));
}

function viewOfGiven({ name, modules }: Share, stores: Record<string, StoreAddress>): DatabaseView {
  const { host, port } = stores[modules[0]!]!;
  return { name, modules, state: "external", host, port, pid: null, restarts: 0, lastError: null };
}
