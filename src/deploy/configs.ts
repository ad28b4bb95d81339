import type { StoreAddress } from "../data/data.ts";
import type { Change, GraphFacts, ProcessConfig, ProgramConfig } from "../kernel/control.ts";
import { programSecret } from "../kernel/programs.ts";
import type { Topology } from "../topology/topology.ts";
import type { Address } from "../wire/wire.ts";
import type { FleetOptions } from "./fleet.ts";
import { programDirectory } from "./state.ts";

/** What each process is told of itself when it starts. */

/** @param own `port`: where it has answered HTTP before; null: nowhere yet */
export function processConfig(
  { deployment, app, graph, keys, directory, links, codeFaults }: FleetOptions,
  topology: Topology,
  stores: Readonly<Record<string, StoreAddress>>,
  own: { name: string; replica: number; listen: Address | null; port: number | null },
): ProcessConfig {
  const { name, replica, listen } = own;
  const { modules, port: wanted } = topology.processes[name]!;
  // Users come to the proxy's port; behind it any will do.
  const port = links === null || wanted === undefined ? wanted : 0;
  const facts: GraphFacts = { uses: graph.uses, subscribers: graph.subscribers, stores: graph.stores };
  const holdsIdentity = graph.app.identity !== null && modules.includes(graph.app.identity.module);
  return {
    deployment,
    process: name,
    replica,
    app,
    topology,
    graph: facts,
    listen,
    port: own.port ?? port ?? null,
    stores: Object.fromEntries(Object.entries(stores).filter(([module]) => modules.includes(module))),
    secret: keys.secret,
    identityPublicKey: keys.identityPublicKey,
    identityPrivateKey: holdsIdentity ? keys.identityPrivateKey : null,
    directory,
    codeFaults,
  };
}

/** @param port where it has listened before; 0: nowhere yet */
export function programConfig(
  { app, keys, directory, codeFaults }: FleetOptions,
  program: string,
  port: number,
): ProgramConfig {
  return {
    program,
    app,
    port,
    secret: programSecret(Buffer.from(keys.secret, "hex"), program).toString("hex"),
    directory: programDirectory(directory, program),
    codeFaults,
  };
}

/** What a process that runs is told, to host a module too. */
export function hostChange(
  { graph, keys }: FleetOptions,
  stores: Readonly<Record<string, StoreAddress>>,
  module: string,
): Change {
  const identityPrivateKey = graph.app.identity?.module === module ? keys.identityPrivateKey : null;
  return { do: "host", module, store: stores[module] ?? null, identityPrivateKey };
}
