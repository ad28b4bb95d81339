import { join } from "node:path";
import type { Directory, GraphFacts, ProcessConfig, ProgramConfig } from "../kernel/control.ts";
import type { StoreAddress } from "../data/data.ts";
import { programSecret } from "../kernel/programs.ts";
import type { AppGraph } from "../module/graph.ts";
import type { Topology } from "../topology/topology.ts";
import type { Address } from "../wire/wire.ts";
import type { Keys } from "./keys.ts";
import type { Links } from "./links.ts";
import { meterLines, type Metering, type MeterLine } from "./metering.ts";
import { Supervised, type ProcessView, type SupervisedOptions } from "./process/supervised.ts";
import { programDirectory } from "./state.ts";

/**
 * All processes of a deployment: those of the topology, and one for each of the app's programs. Whatever changes where a
 * part can be reached (ready, dead, frozen, back), or the clock, is pushed to every process at once; no process ever
 * asks. The controller is never on the path of a call, so calls go on as they
 * are while it is busy.
 */

export interface FleetOptions {
  readonly deployment: string;
  readonly graph: AppGraph;
  /** File URL of the app. */
  readonly app: string;
  readonly topology: Topology;
  readonly stores: Readonly<Record<string, StoreAddress>>;
  readonly keys: Keys;
  readonly directory: string;
  readonly sockets: string;
  readonly entry: URL;
  readonly clockOffsetMs: number;
  /** null: every process reaches every other directly. */
  readonly links: Links | null;
  readonly codeFaults: boolean;
  readonly startTimeoutMs?: number;
  readonly onChange: (view: ProcessView) => void;
}

export class Fleet {
  readonly #options: FleetOptions;
  readonly #processes: Supervised[] = [];
  readonly #programs: Supervised[];
  /** Where each process has answered HTTP since its first life, so that port 0 means one port, not a new one each life. */
  readonly #ports = new Map<string, number>();
  #clockOffsetMs: number;
  readonly #meters = new Set<(line: MeterLine) => void>();
  readonly #pushed = new Map<string, string>();
  #nextSocket = 0;

  constructor(options: FleetOptions) {
    this.#options = options;
    this.#clockOffsetMs = options.clockOffsetMs;
    options.links?.onChange(() => this.#push());
    this.#programs = options.graph.programs.map((name) => this.#program(name));
    for (const [name, group] of Object.entries(options.topology.processes))
      for (let replica = 0; replica < group.replicas; replica++) this.#processes.push(this.#process(name, replica));
  }

  views(): ProcessView[] {
    return this.#all().map(({ view }) => this.#shown(view));
  }

  /** @param id "board#0", or "board" for all its replicas */
  find(id: string): Supervised[] {
    return this.#all().filter(({ view }) => view.id === id || view.process === id);
  }

  /** Resolves when every process is ready and knows where all others are. Rejects with the first that cannot start. */
  async start(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const aborted = Promise.withResolvers<never>();
    const abort = (): void => aborted.reject(signal?.reason);
    signal?.addEventListener("abort", abort);
    try {
      // Programs first: a module may ask them from its first moment on.
      for (const processes of [this.#programs, this.#processes])
        await Promise.race([aborted.promise, Promise.all(processes.map((process) => process.start()))]);
    } finally {
      signal?.removeEventListener("abort", abort);
    }
    await this.#options.links?.settled();
    await this.#heard();
  }

  /** Resolves when every process that answers goes by the new time. */
  async moveClock(offsetMs: number): Promise<void> {
    this.#clockOffsetMs = offsetMs;
    this.#push();
    await this.#heard();
  }

  /** Lets every process measure its calls. Resolves when every process that answers does. */
  async meter(onLine: (line: MeterLine) => void): Promise<Metering> {
    this.#meters.add(onLine);
    const tell = async (): Promise<void> => {
      for (const process of this.#processes) process.meter(this.#meters.size > 0);
      await this.#heard();
    };
    await tell();
    return {
      flush: tell,
      stop: async () => {
        await tell();
        this.#meters.delete(onLine);
        await tell();
      },
    };
  }

  /** Where every part can be reached now: directly, or from one process over its links. */
  directory(from: ProcessView | null = null): Directory {
    const endpoints: Record<string, Address[]> = {};
    for (const name of Object.keys(this.#options.graph.app.modules)) endpoints[name] = [];
    const ports: Record<string, number> = {};
    const { links } = this.#options;
    for (const { view } of this.#all()) {
      const { id, state, modules } = view;
      // Also while the process is away: it comes back there, and pages that are being made must not disagree meanwhile.
      const port = this.#ports.has(id) ? (links?.edgeOf(id) ?? this.#ports.get(id)) : undefined;
      for (const part of modules) if (port !== undefined) ports[part] ??= port;
      if (state !== "ready" || view.listen === null) continue;
      const listen = links === null || from === null ? view.listen : links.between(from, view, view.listen);
      for (const part of modules) if (listen !== null) endpoints[part]?.push(listen);
    }
    return { endpoints, ports, clockOffsetMs: this.#clockOffsetMs };
  }

  /** Stops callers before those they call, so that work in hand can finish; programs last. May be called twice. */
  async stop(withinMs: number): Promise<void> {
    const { topology, graph } = this.#options;
    for (const group of stopOrder(topology, graph.uses))
      await Promise.all(this.find(group).map((process) => process.stop(withinMs)));
    await Promise.all(this.#programs.map((program) => program.stop(withinMs)));
  }

  #all(): Supervised[] {
    return [...this.#processes, ...this.#programs];
  }

  /** A process hears its messages in order, so who answers now has read the last directory. */
  async #heard(): Promise<void> {
    await Promise.all(this.#all().map((process) => process.status()));
  }

  #process(name: string, replica: number): Supervised {
    return this.#supervised({
      process: name,
      replica,
      modules: this.#options.topology.processes[name]!.modules,
      config: (listen) => this.#config(name, replica, listen),
      nextAddress: () => this.#nextAddress(name),
    });
  }

  #program(name: string): Supervised {
    return this.#supervised({
      process: name,
      replica: 0,
      modules: [name],
      program: true,
      config: () => this.#programConfig(name),
      nextAddress: () => null,
    });
  }

  #supervised(
    own: Pick<SupervisedOptions, "process" | "replica" | "modules" | "program" | "config" | "nextAddress">,
  ): Supervised {
    const { directory, entry, startTimeoutMs, onChange } = this.#options;
    const supervised = new Supervised({
      ...own,
      entry,
      logPath: join(directory, "logs", `${own.process}-${own.replica}.log`),
      directory: () => this.directory(supervised.view),
      startTimeoutMs,
      onChange: (view) => {
        if (view.port !== null) this.#reached(view.id, view.port);
        this.#push();
        onChange(this.#shown(view));
      },
      onMeter: (report, view) => {
        for (const line of meterLines(report, view)) for (const tell of this.#meters) tell(line);
      },
    });
    return supervised;
  }

  #reached(id: string, port: number): void {
    if (this.#ports.get(id) !== port) this.#options.links?.serve(id, port);
    this.#ports.set(id, port);
  }

  /** Users know the port at which they come. */
  #shown(view: ProcessView): ProcessView {
    const edge = this.#options.links?.edgeOf(view.id) ?? null;
    return edge === null || view.port === null ? view : { ...view, port: edge };
  }

  #nextAddress(name: string): Address | null {
    const { topology, graph, sockets } = this.#options;
    // Whoever holds a module can be asked for it, from now on or after a move; pages are asked for nothing.
    if (!topology.processes[name]!.modules.some((part) => part in graph.app.modules)) return null;
    if (topology.transport === "tcp") return "tcp:127.0.0.1:0";
    return `unix:${join(sockets, `${this.#nextSocket++}.sock`)}`;
  }

  #config(name: string, replica: number, listen: Address | null): ProcessConfig {
    const { deployment, app, topology, graph, stores, keys, directory, links, codeFaults } = this.#options;
    const { modules } = topology.processes[name]!;
    // Users come to the proxy's port; behind it any will do.
    const port = links === null || topology.processes[name]!.port === undefined ? topology.processes[name]!.port : 0;
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
      port: this.#ports.get(`${name}#${replica}`) ?? port ?? null,
      stores: Object.fromEntries(Object.entries(stores).filter(([module]) => modules.includes(module))),
      secret: keys.secret,
      identityPublicKey: keys.identityPublicKey,
      identityPrivateKey: holdsIdentity ? keys.identityPrivateKey : null,
      directory,
      codeFaults,
    };
  }

  #programConfig(program: string): ProgramConfig {
    const { app, keys, directory } = this.#options;
    return {
      program,
      app,
      port: this.#ports.get(`${program}#0`) ?? 0,
      secret: programSecret(Buffer.from(keys.secret, "hex"), program).toString("hex"),
      directory: programDirectory(directory, program),
    };
  }

  #push(): void {
    const { links } = this.#options;
    const same = links === null ? this.directory() : null;
    for (const process of this.#all()) {
      const { view } = process;
      const directory = same ?? this.directory(view);
      const text = JSON.stringify(directory);
      if (text === this.#pushed.get(view.id)) continue;
      this.#pushed.set(view.id, text);
      process.push(directory);
    }
  }
}

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
