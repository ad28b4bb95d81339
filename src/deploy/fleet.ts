import { join } from "node:path";
import type { StoreAddress } from "../data/data.ts";
import type { Change, Directory } from "../kernel/control.ts";
import type { AppGraph } from "../module/graph.ts";
import type { Topology } from "../topology/topology.ts";
import type { Address } from "../wire/wire.ts";
import { hostChange, processConfig, programConfig } from "./configs.ts";
import type { Keys } from "./keys.ts";
import type { Links } from "./links.ts";
import { meterLines, type Metering, type MeterLine } from "./metering.ts";
import { stopOrder } from "./order.ts";
import { Supervised, type ProcessView, type SupervisedOptions } from "./process/supervised.ts";

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

/** What each process is in its next life. `Fleet.show` and `Fleet.change` tell it to those that live. */
export interface Plan {
  topology: Topology;
  /** Where each module's store is, from the next opening on. */
  stores: Readonly<Record<string, StoreAddress>>;
  /** Modules whose calls wait, wherever they are made. */
  readonly held: Set<string>;
}

export class Fleet {
  readonly #options: FleetOptions;
  #processes: Supervised[] = [];
  readonly #programs: Supervised[];
  /** Where each process has answered HTTP since its first life, so that port 0 means one port, not a new one each life. */
  readonly #ports = new Map<string, number>();
  readonly plan: Plan;
  /** Parts whose HTTP routes each process answers: those that it was started with, and those that came. */
  readonly #answered = new Map<string, readonly string[]>();
  #clockOffsetMs: number;
  readonly #meters = new Set<(line: MeterLine) => void>();
  readonly #pushed = new Map<string, string>();
  #nextSocket = 0;

  constructor(options: FleetOptions) {
    this.#options = options;
    this.plan = { topology: options.topology, stores: options.stores, held: new Set() };
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
      for (const part of this.#answered.get(id) ?? modules) if (port !== undefined) ports[part] ??= port;
      if (state !== "ready" || view.listen === null || !modules.some((part) => part in endpoints)) continue;
      const listen = links === null || from === null ? view.listen : links.between(from, view, view.listen);
      for (const part of modules) if (listen !== null) endpoints[part]?.push(listen);
    }
    return { endpoints, ports, clockOffsetMs: this.#clockOffsetMs, held: [...this.plan.held] };
  }

  /** Says everywhere that processes hold what was planned. Resolves when every process that answers knows. */
  async show(): Promise<void> {
    for (const process of this.#processes) process.holds(this.plan.topology.processes[process.view.process]!.modules);
    await this.#told();
  }

  /**
   * Has every process of a group change what becomes of a module. One that does not live needs no telling. @returns how much
   * work in hand did not end in time @throws SeamlineError the first that could not
   */
  async change(group: string, change: Change, timeoutMs: number): Promise<number> {
    const asked = this.find(group).map((process) => process.change(change, timeoutMs));
    for (const settled of await Promise.allSettled(asked)) if (settled.status === "rejected") throw settled.reason;
    if (change.do === "host") this.#answers(group, change.module);
    return (await Promise.all(asked)).reduce<number>((sum, left) => sum + (left ?? 0), 0);
  }

  /** A process that has come to hold a module answers its routes too. */
  #answers(group: string, module: string): void {
    for (const { view } of this.find(group)) {
      const answered = this.#answered.get(view.id) ?? [];
      if (!answered.includes(module)) this.#answered.set(view.id, [...answered, module]);
    }
  }

  /** What a process must be told to host a module as planned. */
  hosting(module: string): Change {
    return hostChange(this.#options, this.plan.stores, module);
  }

  /** Starts what the plan has of a group and nobody runs. Resolves when all are ready; else nothing of it is left. */
  async raise(group: string): Promise<void> {
    const running = this.find(group).length;
    const { replicas } = this.plan.topology.processes[group]!;
    const missing = Array.from({ length: Math.max(0, replicas - running) }, (_, index) => running + index);
    const raised = missing.map((replica) => this.#process(group, replica));
    this.#processes = [...this.#processes, ...raised];
    const started = await Promise.allSettled(raised.map((process) => process.start()));
    const failed = started.find((each) => each.status === "rejected");
    if (failed) await this.#dismiss(raised, 0);
    if (failed) throw failed.reason;
  }

  /** Drains and ends what runs of a group beyond the first `keep`. */
  async lower(group: string, keep: number, withinMs: number): Promise<void> {
    await this.#dismiss(this.find(group).slice(keep), withinMs);
  }

  async #dismiss(processes: readonly Supervised[], withinMs: number): Promise<void> {
    this.#processes = this.#processes.filter((process) => !processes.includes(process));
    await this.#told();
    await Promise.all(processes.map((process) => process.stop(withinMs)));
  }

  async #told(): Promise<void> {
    this.#push();
    await this.#options.links?.settled();
    await this.#heard();
  }

  /** Stops callers before those they call, so that work in hand can finish; programs last. May be called twice. */
  async stop(withinMs: number): Promise<void> {
    for (const group of stopOrder(this.plan.topology, this.#options.graph.uses))
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
      modules: this.plan.topology.processes[name]!.modules,
      config: (listen) => {
        const id = `${name}#${replica}`;
        const { modules, routes = [] } = this.plan.topology.processes[name]!;
        this.#answered.set(id, [...modules, ...routes]);
        const port = this.#ports.get(id) ?? null;
        return processConfig(this.#options, this.plan.topology, this.plan.stores, { name, replica, listen, port });
      },
      nextAddress: () => this.#nextAddress(),
    });
  }

  #program(name: string): Supervised {
    return this.#supervised({
      process: name,
      replica: 0,
      modules: [name],
      program: true,
      config: () => programConfig(this.#options, name, this.#ports.get(`${name}#0`) ?? 0),
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

  /** Any process may come to hold a module that others ask. */
  #nextAddress(): Address {
    if (this.plan.topology.transport === "tcp") return "tcp:127.0.0.1:0";
    return `unix:${join(this.#options.sockets, `${this.#nextSocket++}.sock`)}`;
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
