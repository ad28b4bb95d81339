import type { Topology } from "../topology/topology.ts";

/** Process groups so that each comes before those it calls; pages call everybody and are called by nobody. */
export function stopOrder(topology: Topology, uses: Readonly<Record<string, readonly string[]>>): string[] {
  const groupOf = new Map<string, string>();
  for (const [name, { modules }] of Object.entries(topology.processes))
    for (const part of modules) groupOf.set(part, name);
  const order: string[] = [];
  const seen = new Set<string>();
  const visit = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    for (const part of topology.processes[name]!.modules)
      for (const used of uses[part] ?? []) if (groupOf.has(used)) visit(groupOf.get(used)!);
    order.unshift(name);
  };
  for (const name of Object.keys(topology.processes)) visit(name);
  return order;
}
