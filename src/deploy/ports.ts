import { createServer } from "node:net";
import { SeamlineError } from "../contract/errors.ts";
import type { App } from "../module/app.ts";
import type { ProcessGroup, Topology } from "../topology/topology.ts";

/** One port for the pages' process, or a port by process or part. 0: any free port. */
export type Ports = number | Readonly<Record<string, number>>;

/** The same topology on other HTTP ports. @throws SeamlineError `usage` for a name that the topology has not */
export function withPorts(app: App, topology: Topology, ports: Ports | undefined): Topology {
  if (ports === undefined) return topology;
  const wanted = typeof ports === "number" ? { [frontProcess(app, topology)]: ports } : ports;
  const processes: Record<string, ProcessGroup> = { ...topology.processes };
  for (const [name, port] of Object.entries(wanted)) {
    const process = processOf(name, topology);
    if (process === null) throw unknownPlace(name, topology);
    processes[process] = { ...processes[process]!, port };
  }
  return { ...topology, processes };
}

/** Every HTTP port of the topology left to the system, so that nothing can be in the way. */
export function withAnyPorts(topology: Topology): Topology {
  const entries = Object.entries(topology.processes).map(
    ([name, group]) => [name, group.port === undefined ? group : { ...group, port: 0 }] as const,
  );
  return { ...topology, processes: Object.fromEntries(entries) };
}

/** Refuses before anything is started. Whoever takes a port in between is met by the process that wants it. */
export async function assertPortsFree(topology: Topology): Promise<void> {
  for (const [name, { port }] of Object.entries(topology.processes))
    if (port !== undefined && port !== 0) await assertFree(name, port);
}

function frontProcess(app: App, { processes }: Topology): string {
  const names = Object.keys(processes);
  const holds = (name: string): boolean => processes[name]!.modules.some((part) => part in app.pages);
  return names.find(holds) ?? names.find((name) => processes[name]!.port !== undefined) ?? names[0]!;
}

function processOf(name: string, { processes }: Topology): string | null {
  if (name in processes) return name;
  return Object.keys(processes).find((process) => processes[process]!.modules.includes(name)) ?? null;
}

function unknownPlace(name: string, { processes }: Topology): SeamlineError {
  const known = Object.entries(processes).map(([process, { modules }]) => `${process} (${modules.join(", ")})`);
  return new SeamlineError(
    "usage",
    `--port ${name}=…: the topology has no process or part "${name}". It has ${known.join(", ")}`,
    { data: { name } },
  );
}

function assertFree(name: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", (error: NodeJS.ErrnoException) => {
      const why = error.code === "EADDRINUSE" ? "is taken by another program" : `cannot be used (${error.code})`;
      reject(
        new SeamlineError(
          "port_in_use",
          `port ${port} of process "${name}" ${why}. Stop that program, or choose another port: --port ${name}=0 takes any`,
          { data: { process: name, port }, cause: error },
        ),
      );
    });
    probe.listen({ port, host: "127.0.0.1", exclusive: true }, () => probe.close(() => resolve()));
  });
}
