import type { Subject, SubjectLink } from "../faults/faults.ts";
import type { AppGraph } from "../module/graph.ts";
import type { Topology } from "../topology/topology.ts";
import { planServers } from "./databases.ts";
import { speak, wordsOf, type Place } from "./links.ts";

/** Of a deployment that is not there: no pid, nothing to hold, nobody to tell. */
const never = { pid: null, hold: () => () => {}, tell: () => {} };

/**
 * What faults would be told of a deployment with everything that they may need (proxied links, faults of code), so that
 * it is known what a word would strike before anything is started.
 */
export function imaginedSubject(topology: Topology, graph: AppGraph): Subject {
  const servers = Object.entries(planServers(topology, graph));
  const [places, programs] = placesOf(topology, graph);
  const links = linksOf(topology, graph);
  return {
    ...{ directory: "", codeFaults: true, stores: {} },
    processes: () =>
      [...places, ...programs.map((program) => ({ ...program, modules: [program.process] }))].map((place) => ({
        ...place,
        ...never,
      })),
    databases: () => servers.map(([name, modules]) => ({ name, modules, external: false, ...never })),
    links: () => ({ all: links, rule: async () => {}, clear: async () => {} }),
  };
}

function placesOf({ processes }: Topology, { programs }: AppGraph): [Place[], Place[]] {
  const places = Object.entries(processes).flatMap(([process, { modules, replicas }]) =>
    Array.from({ length: replicas }, (_, replica) => ({ id: `${process}#${replica}`, process, modules })),
  );
  return [places, programs.map((process) => ({ id: `${process}#0`, process, modules: [] }))];
}

/** From users, from process to process, and from modules to their databases. */
function linksOf(topology: Topology, graph: AppGraph): SubjectLink[] {
  const [places, programs] = placesOf(topology, graph);
  const link = (from: readonly string[], to: readonly string[], aside = false): SubjectLink => ({
    ...{ name: `${from[0]}>${to[0]}`, from, to, aside },
  });
  const serving = places.filter(({ process }) => topology.processes[process]!.port !== undefined);
  const asked = places.filter(({ modules }) => modules.some((part) => part in graph.app.modules));
  const stored = Object.values(planServers(topology, graph)).flat();
  const pools = topology.data === "shared-pool" ? [stored] : stored.map((module) => [module]);
  return [
    ...serving.map((place) => link(["edge"], wordsOf(place))),
    ...programs.map((place) => link(["edge"], wordsOf(place), true)),
    ...places.flatMap((from) =>
      asked
        .filter(({ id }) => id !== from.id)
        .map((to) => link(wordsOf(from), wordsOf(to), !speak(graph, from.modules, to.modules))),
    ),
    ...pools.filter((modules) => modules.length > 0).map((modules) => link(modules, ["database"])),
  ];
}
