import { operationsOf } from "../contract/contract.ts";
import type { AppGraph, Problem } from "../module/graph.ts";
import { partsOf, type Topology } from "./topology.ts";

/** What keeps an app from running in a topology; empty: nothing. */
export function checkTopology(graph: AppGraph, topology: Topology): Problem[] {
  const problems: Problem[] = [];
  const add = (where: string, message: string, remedy: string): void => {
    problems.push({ code: "topology_invalid", where, message, remedy });
  };
  checkPlaces(graph, topology, add);
  for (const name of graph.programs)
    if (name in topology.processes)
      add(
        `processes.${name}`,
        `"${name}" is a program, which has a process of that name already`,
        "Rename the process",
      );
  checkPorts(graph, topology, add);
  checkServers(graph, topology, add);
  for (const [name, { modules, routes = [] }] of Object.entries(topology.processes))
    checkRoutes(graph, name, [...new Set([...modules, ...routes])], add);
  return problems;
}

type Add = (where: string, message: string, remedy: string) => void;

function checkPlaces(graph: AppGraph, topology: Topology, add: Add): void {
  const parts = partsOf(graph.app);
  const places = new Map<string, string>();
  for (const [name, group] of Object.entries(topology.processes))
    for (const part of group.modules) {
      const where = `processes.${name}.modules`;
      const first = places.get(part);
      if (!parts.includes(part))
        add(where, `the app "${graph.app.name}" has no "${part}"`, `It has ${parts.join(", ")}`);
      else if (first !== undefined)
        add(where, `"${part}" is in process "${first}" already`, "Place it once; for more of it, set replicas");
      else places.set(part, name);
    }
  for (const part of parts)
    if (!places.has(part)) add("processes", `"${part}" has no place`, "Add it to the modules of a process");
}

function checkPorts(graph: AppGraph, topology: Topology, add: Add): void {
  const taken = new Map<number, string>();
  for (const [name, { modules, port, replicas }] of Object.entries(topology.processes)) {
    const where = `processes.${name}.port`;
    const pages = modules.filter((part) => graph.parts[part]?.kind === "pages");
    if (port === undefined && pages.length > 0)
      add(where, `"${pages[0]}" are pages and need a port`, 'Give the process a port, such as "port: 8000"');
    if (port === undefined || port === 0) continue;
    if (replicas > 1)
      add(
        where,
        `${replicas} replicas cannot share port ${port}`,
        "Set replicas to 1, or port to 0 for a free port each",
      );
    const other = taken.get(port);
    if (other !== undefined)
      add(where, `port ${port} is taken by process "${other}"`, "Give each process its own port");
    else taken.set(port, name);
  }
}

function checkServers(graph: AppGraph, { servers = {}, processes }: Topology, add: Add): void {
  const places = new Map<string, string>();
  for (const [server, modules] of Object.entries(servers))
    for (const name of modules) {
      const where = `servers.${server}`;
      const first = places.get(name);
      if (!graph.stores.includes(name))
        add(where, `"${name}" is no module with a store`, `There are ${graph.stores.join(", ") || "none"}`);
      else if (first !== undefined) add(where, `"${name}" is on server "${first}" already`, "Name it once");
      else places.set(name, server);
    }
  for (const [name, { routes = [], port }] of Object.entries(processes)) {
    const where = `processes.${name}.routes`;
    const other = routes.find((part) => graph.parts[part]?.kind !== "module");
    if (other !== undefined)
      add(where, `the app has no module "${other}"`, "Name modules whose routes it is to answer");
    if (routes.length > 0 && port === undefined)
      add(where, "routes are answered on a port, and the process has none", 'Give it one, such as "port: 8000"');
  }
}

/** Two modules of one process share its HTTP port, so their routes must differ. */
function checkRoutes(graph: AppGraph, process: string, modules: readonly string[], add: Add): void {
  const taken = new Map<string, string>();
  for (const part of modules) {
    const contract = graph.parts[part]?.contract;
    for (const { name, http } of contract ? operationsOf(contract) : []) {
      if (http === null) continue;
      const shape = http.replace(/:[^/]+/g, ":");
      const other = taken.get(shape);
      if (other !== undefined)
        add(`processes.${process}`, `${part}.${name} and ${other} answer the same route "${http}"`, "Change one route");
      else taken.set(shape, `${part}.${name}`);
    }
  }
}
