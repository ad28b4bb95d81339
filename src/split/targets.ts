import { SeamlineError } from "../contract/errors.ts";
import { planServers } from "../deploy/databases.ts";
import { operationsOf } from "../contract/contract.ts";
import { throwProblems } from "../module/graph.ts";
import { checkTopology } from "../topology/check.ts";
import { moveModule, moveStore, processOf } from "../topology/move.ts";
import { topology as checked, type Topology, type TopologyInput } from "../topology/topology.ts";
import { refusal } from "./refusal.ts";
import type { Place, Wish } from "./live.ts";
import { serverOf, type Scene } from "./scene.ts";

/**
 * Where a wish leads.
 *
 * @throws SeamlineError `move_refused` where the module is there already, or nobody can say where "the rest" is;
 *   `usage`, `topology_invalid` where it cannot be
 */
export function targetOf(scene: Scene, wish: Wish): Place {
  const { here, module } = scene;
  const to = wish.to === "own" ? own(scene, wish) : wish.to === "rest" ? rest(scene, wish) : named(scene, wish);
  if (to.process === here.process && to.server === here.server) {
    const data = here.server === null ? "" : `, and its data on server "${here.server}"`;
    const where = `module "${module}" is in process "${here.process}"${data}`;
    throw refusal(module, "there-already", `${where}: ${remedyOf(scene, wish)}`);
  }
  checkPlace(scene, to);
  return to;
}

function remedyOf({ here }: Scene, wish: Wish): string {
  if (wish.to === "own" && wish.portion === "server" && here.server === null)
    return "it has no data, so there is nothing for a server; leave --to out to give it a process of its own";
  if (wish.to === "own") return "that is its own already; seamline merge puts it back";
  if (wish.to === "place") return "it is there already; give another --process or --server";
  return "that is where the rest is, so it was not split; seamline split takes it out, and --into MODULE puts it to another module";
}

function own({ here, module, topology, graph }: Scene, { portion }: Wish & { to: "own" }): Place {
  const { modules } = topology.processes[here.process]!;
  const processes = [...Object.keys(topology.processes), ...graph.programs];
  const servers = planServers(topology, graph);
  const process = portion === "server" || modules.length === 1 ? here.process : freeName(module, processes);
  const alone = here.server === null || servers[here.server]!.length === 1;
  const server = portion === "process" || alone ? here.server : freeName(module, [...Object.keys(servers), "main"]);
  return { process, server };
}

function rest(scene: Scene, { portion, into }: Wish & { to: "rest" }): Place {
  const { here, graph, module } = scene;
  if (into !== null && (!Object.hasOwn(graph.app.modules, into) || into === module))
    throw new SeamlineError("usage", `--into "${into}" is no other module of ${graph.app.name}`);
  return {
    process: portion === "server" ? here.process : restProcess(scene, into),
    server: portion === "process" || here.server === null ? here.server : restServer(scene, into),
  };
}

/** Where it was at the start, if others are there; else where most are. */
function restProcess({ here, module, topology, asked }: Scene, into: string | null): string {
  if (into !== null) return processOf(topology, into)!;
  const others = Object.fromEntries(
    Object.entries(topology.processes).map(([name, { modules }]) => [name, modules.filter((part) => part !== module)]),
  );
  return mostOf(others, processOf(asked, module)!, here.process);
}

function restServer({ here, module, topology, asked, graph }: Scene, into: string | null): string {
  const servers = planServers(topology, graph);
  if (into !== null) return serverOf(topology, graph, into) ?? here.server!;
  const others = Object.fromEntries(
    Object.entries(servers).map(([name, modules]) => [name, modules.filter((part) => part !== module)]),
  );
  return mostOf(others, serverOf(asked, graph, module)!, here.server!);
}

function mostOf(others: Readonly<Record<string, readonly string[]>>, first: string, here: string): string {
  if (first !== here && (first in others || first === "main")) return first;
  const counts = Object.entries(others).map(([name, parts]) => ({ name, count: parts.length }));
  const most = counts.reduce((best, each) => (each.count > best.count ? each : best), { name: here, count: 0 });
  // Where everything is apart there is no rest.
  const apart = most.count < 2 || counts.some(({ name, count }) => name !== most.name && count === most.count);
  return apart ? here : most.name;
}

function named({ here, module }: Scene, { process, server }: Wish & { to: "place" }): Place {
  if (server !== null && here.server === null)
    throw refusal(module, "no-data", `module "${module}" has no data, so there is nothing for --server "${server}"`);
  return { process: process ?? here.process, server: server ?? here.server };
}

/** The topology that a place would lead to. @throws SeamlineError `topology_invalid` */
export function checkPlace(scene: Scene, { process, server }: Place): Topology {
  const { graph, topology, module, here, asked } = scene;
  const { contract } = graph.parts[module]!;
  const routed = operationsOf(contract!).some(({ http }) => http !== null);
  const moved =
    process === here.process ? topology : moveModule({ app: graph.app, topology, module, to: process, asked }, routed);
  const next = server === null ? moved : moveStore(moved, module, server);
  throwProblems("the topology after the move", checkTopology(graph, checked(next as TopologyInput)));
  if (graph.programs.includes(process))
    throw new SeamlineError("topology_invalid", `"${process}" is a program of the app: give another --process`);
  return next;
}

function freeName(wanted: string, taken: readonly string[]): string {
  let name = wanted;
  for (let count = 2; taken.includes(name); count++) name = `${wanted}-${count}`;
  return name;
}
