import type { App } from "../module/app.ts";
import { partsOf, type ProcessGroup, type Topology } from "./topology.ts";

/** Topologies that differ from another by where one module is. Nothing here starts or moves anything. */

export interface ModuleMove {
  readonly app: App;
  readonly topology: Topology;
  readonly module: string;
  readonly to: string;
  /** As it was started. */
  readonly asked: Topology;
}

/** The process that holds a part. */
export function processOf({ processes }: Topology, part: string): string | undefined {
  return Object.keys(processes).find((name) => processes[name]!.modules.includes(part));
}

/** A process that a move makes: as many replicas as one of that name had at the start, else as the module has now. */
function newGroup(topology: Topology, module: string, to: string, asked: Topology): ProcessGroup {
  const like = asked.processes[to] ?? topology.processes[processOf(topology, module)!]!;
  return { modules: [], replicas: like.replicas };
}

/**
 * The same with the module in another process, which is added if there is none of that name. A process that answers HTTP
 * goes on answering the routes of the module that left it (`routed`: it has some), and then remains even without modules.
 */
export function moveModule({ app, topology, module, to, asked }: ModuleMove, routed: boolean): Topology {
  const { [to]: target = newGroup(topology, module, to, asked), ...others } = topology.processes;
  const processes: Record<string, ProcessGroup> = {};
  for (const [name, group] of Object.entries(others)) {
    const left = group.modules.includes(module) ? without(group, module, routed) : group;
    if (left.modules.length + (left.routes?.length ?? 0) > 0) processes[name] = left;
  }
  const placed: Record<string, ProcessGroup> = {};
  // In the order in which they were.
  for (const name of [...Object.keys(topology.processes), to])
    if (name === to) placed[to] = withModule(app, target, module);
    else if (processes[name]) placed[name] = processes[name];
  return { ...topology, processes: placed };
}

/** The same with the module in another process too, as it is while it moves. */
export function alsoIn({ app, topology, module, to, asked }: ModuleMove): Topology {
  const target = topology.processes[to] ?? newGroup(topology, module, to, asked);
  return { ...topology, processes: { ...topology.processes, [to]: withModule(app, target, module) } };
}

/** The same with the module's store on a server, by its name; "main" is the one that modules share. */
export function moveStore(topology: Topology, module: string, server: string): Topology {
  const named: Record<string, string[]> = {};
  for (const [name, modules] of Object.entries(topology.servers ?? {})) {
    const others = modules.filter((other) => other !== module);
    if (others.length > 0) named[name] = others;
  }
  const usual = topology.data === "server-per-module" ? module : "main";
  if (server !== usual) (named[server] ??= []).push(module);
  const { servers: _, ...rest } = topology;
  return Object.keys(named).length === 0 ? rest : { ...rest, servers: named };
}

function without(group: ProcessGroup, module: string, routed: boolean): ProcessGroup {
  const left = { ...group, modules: group.modules.filter((part) => part !== module) };
  return routed && group.port !== undefined ? { ...left, routes: [...(group.routes ?? []), module] } : left;
}

/** In the app's order, so that a module that comes back stands where it was. */
function withModule(app: App, { routes, ...group }: ProcessGroup, module: string): ProcessGroup {
  if (group.modules.includes(module)) return routes ? { ...group, routes } : group;
  const order = partsOf(app);
  const at = group.modules.findIndex((part) => order.indexOf(part) > order.indexOf(module));
  const modules = group.modules.toSpliced(at < 0 ? group.modules.length : at, 0, module);
  const others = (routes ?? []).filter((name) => name !== module);
  return { ...group, modules, ...(others.length > 0 && { routes: others }) };
}
