import type { z } from "zod";
import { SeamlineError } from "../contract/errors.ts";
import { askControl } from "../deploy/control-socket.ts";
import { planServers, type Site } from "../deploy/databases.ts";
import type { Origin, Question } from "../deploy/questions.ts";
import type { App } from "../module/app.ts";
import { loadGraph, type AppGraph } from "../module/graph.ts";
import type { StoreDefinition } from "../module/module.ts";
import { processOf } from "../topology/move.ts";
import type { Topology } from "../topology/topology.ts";
import type { Live, Place } from "./live.ts";
import type { Side } from "./split.ts";

/** What a controller knows of a deployment and of one module in it. */
export interface Scene extends Live {
  readonly module: string;
  readonly graph: AppGraph;
  /** As it is now, and as it was started. */
  readonly topology: Topology;
  readonly asked: Topology;
  /** Where the module is now. */
  readonly here: Place;
  /** null: it has no data. */
  readonly definition: StoreDefinition | null;
}

/** A process may have to be started and another to finish what it has in hand. */
const placeMs = 120_000;
const askMs = 20_000;

type Asked = z.input<typeof Question>;

/** @throws SeamlineError `unavailable` when the deployment does not answer, or what it answers */
export function ask(live: Live, question: Asked): Promise<unknown> {
  return askControl(live.control, question, question.ask === "place" ? placeMs : askMs);
}

/** @throws SeamlineError `unavailable`; `usage` for what is no module of the deployment */
export async function lookAt({ control, directory }: Live, module: string): Promise<Scene> {
  const live = { control, directory };
  const { appUrl, asked } = (await ask(live, { ask: "origin" })) as Origin;
  const { default: app } = (await import(appUrl)) as { default: App };
  const graph = await loadGraph(app, appUrl);
  const topology = (await ask(live, { ask: "topology" })) as Topology;
  if (!Object.hasOwn(app.modules, module)) throw notAModule(app, module);
  const loaded = (await app.modules[module]!()).default;
  const here = { process: processOf(topology, module)!, server: serverOf(topology, graph, module) };
  return { ...live, module, graph, topology, asked, here, definition: loaded.store };
}

function notAModule({ name, modules, pages, programs }: App, word: string): SeamlineError {
  const kind = word in pages ? "pages" : word in programs ? "a program" : null;
  const what = kind === null ? `there is no module "${word}"` : `"${word}" is ${kind}, which stay where they are`;
  return new SeamlineError("usage", `${what}; the modules of ${name} are ${Object.keys(modules).join(", ")}`);
}

/** The server that a module's store is on, by the topology; null: it has none. */
export function serverOf(topology: Topology, graph: AppGraph, module: string): string | null {
  const servers = Object.entries(planServers(topology, graph));
  return servers.find(([, modules]) => modules.includes(module))?.[0] ?? null;
}

/** Where a module's data is, or is to be, on a server, which is started if it does not run. */
export async function sideOf({ module, ...live }: Pick<Scene, "module" | keyof Live>, server: string): Promise<Side> {
  const { adminUrl, address } = (await ask(live, { ask: "site", module, server })) as Site;
  return { adminUrl, address };
}

/** The same where it is there already; null: the move would make it. */
export async function seenSide(
  { module, ...live }: Pick<Scene, "module" | keyof Live>,
  server: string,
): Promise<Side | null> {
  const site = (await ask(live, { ask: "site", module, server, look: true })) as Site | null;
  return site === null ? null : { adminUrl: site.adminUrl, address: site.address };
}
