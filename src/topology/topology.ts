import { z } from "zod";
import { SeamlineError } from "../contract/errors.ts";
import type { App } from "../module/app.ts";

/** A topology says where each part of an app runs. It is plain JSON; two topologies of one app differ in nothing else. */

const Port = z.number().int().min(0).max(65535);

const processName = /^[a-z][a-z0-9-]*$/;

const ProcessSchema = z
  .strictObject({
    /** Names of modules and pages. */
    modules: z.array(z.string()),
    /** Where the process answers HTTP. 0: any free port. Left out: it has no HTTP port. */
    port: Port.optional(),
    replicas: z.number().int().min(1).max(64).default(1),
    /** Modules of other processes whose HTTP routes it answers too, on its port. */
    routes: z.array(z.string()).optional(),
  })
  .refine(({ modules, routes = [] }) => modules.length + routes.length > 0, {
    path: ["modules"],
    message: "a process holds modules or pages, or answers routes of others",
  });

export const dataTopologies = ["shared-pool", "pool-per-module", "server-per-module"] as const;

const TopologySchema = z.strictObject({
  processes: z.record(z.string().regex(processName), ProcessSchema),
  /** How stores share PostgreSQL. Default pool-per-module; shared-pool where guards are naive. */
  data: z.enum(dataTopologies).optional(),
  /** Servers beside those that `data` says, by name, and the modules whose stores are on each. */
  servers: z.record(z.string().regex(processName), z.array(z.string()).min(1)).optional(),
  /** naive: no deadlines, bulkheads, breakers or fallbacks; exists to be compared. */
  guards: z.enum(["guarded", "naive"]).default("guarded"),
  /**
   * How calls between modules of one process go: "direct", or "wire": through the codec with each retriable call sent
   * twice, which tests use to prove that nothing depends on the difference.
   */
  joined: z.enum(["direct", "wire"]).default("direct"),
  /** Link between processes: unix sockets, or TCP on 127.0.0.1. */
  transport: z.enum(["unix", "tcp"]).default("unix"),
});

export type DataTopology = (typeof dataTopologies)[number];
export type TopologyInput = z.input<typeof TopologySchema>;
export interface ProcessGroup {
  readonly modules: readonly string[];
  readonly port?: number | undefined;
  readonly replicas: number;
  readonly routes?: readonly string[] | undefined;
}
export interface Topology {
  readonly processes: Readonly<Record<string, ProcessGroup>>;
  readonly data: DataTopology;
  readonly servers?: Readonly<Record<string, readonly string[]>> | undefined;
  readonly guards: "guarded" | "naive";
  readonly joined: "direct" | "wire";
  readonly transport: "unix" | "tcp";
}

/** Checks that a value is a topology. @throws SeamlineError `topology_invalid` that names the field and the remedy */
export function topology(input: TopologyInput): Topology {
  const parsed = TopologySchema.safeParse(input);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    const at = issue.path.length === 0 ? "" : `${issue.path.join(".")}: `;
    throw new SeamlineError("topology_invalid", `topology: ${at}${explain(issue)}`, {
      data: { issues: parsed.error.issues },
    });
  }
  const { data, ...rest } = parsed.data;
  return { ...rest, data: data ?? (rest.guards === "naive" ? "shared-pool" : "pool-per-module") };
}

function explain(issue: z.core.$ZodIssue): string {
  if (issue.code === "unrecognized_keys") {
    const known = Object.keys((issue.path.length === 0 ? TopologySchema : ProcessSchema).shape);
    return `${issue.message}. It may have ${known.join(", ")}`;
  }
  if (issue.code === "invalid_key") return "the name of a process is lower-case letters, digits and hyphens";
  if (issue.path.length === 0 && issue.code === "invalid_type")
    return `${issue.message}. Write { processes: { main: { modules: […], port: 8000 } } }`;
  return issue.message;
}

/** All modules and pages in one process, on port 8000. */
export function monolith(app: App): Topology {
  return topology({ processes: { [app.name]: { modules: partsOf(app), port: 8000 } } });
}

/** A process and a database server for each module; the pages' process on port 8000. */
export function microservices(app: App): Topology {
  const processes: Record<string, z.input<typeof ProcessSchema>> = {};
  for (const name of Object.keys(app.modules)) processes[name] = { modules: [name] };
  Object.keys(app.pages).forEach((name, index) => (processes[name] = { modules: [name], port: 8000 + index }));
  return topology({ processes, data: "server-per-module" });
}

export function partsOf(app: App): string[] {
  return [...Object.keys(app.modules), ...Object.keys(app.pages)];
}
