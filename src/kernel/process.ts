import { nameOf, operationsOf, type Contract } from "../contract/contract.ts";
import { monotonicMs } from "../contract/deadline.ts";
import { SeamlineError } from "../contract/errors.ts";
import type { ModuleStore, Relay } from "../data/data.ts";
import { startEdge, type Edge, type RequestScope } from "../edge/edge.ts";
import type { App } from "../module/app.ts";
import type { Log, Module } from "../module/module.ts";
import type { PageContext, Pages } from "../module/pages.ts";
import { createDestination } from "../wire/client.ts";
import { createServer } from "../wire/server.ts";
import type { Destination, IncomingCall, WireServer } from "../wire/wire.ts";
import { Clock } from "./clock.ts";
import { contextClass, type ContextClass, type ContextPart } from "./context-class.ts";
import type { Directory, MeterReport, ProcessConfig, ProcessStatus } from "./control.ts";
import { createDetector } from "./detect.ts";
import { deliverTo } from "./deliver.ts";
import { createGateway, edge } from "./gateway.ts";
import { watchHealth } from "./health.ts";
import { createIdentities } from "./identity.ts";
import { LocalModule } from "./local.ts";
import { loopDestination } from "./loop.ts";
import { Meter } from "./meter.ts";
import { pageContext } from "./pages.ts";
import { programsOf } from "./programs.ts";
import type { Runtime } from "./runtime.ts";
import { Seam } from "./seam.ts";
import { createReceiver } from "./serve.ts";
import type { Tasks } from "./tasks.ts";
import { usage } from "./usage.ts";

/**
 * One app process: loads the parts that are placed in it, opens their stores, binds every seam — joined where the other
 * module is here, cut where it is not — and takes calls and requests until it is drained.
 *
 * Start: parts → stores → seams → wire → HTTP → relays → sagas and schedules. Drain: the same backwards, so that nothing is taken that could
 * not be finished.
 */
export interface RunningProcess {
  readonly port: number | null;
  readonly listen: string | null;
  /** Where everything is now, and what time it is. */
  direct(directory: Directory): void;
  /** A context as pages have it, for a part of this process. */
  context(pages: string, scope: RequestScope): PageContext;
  /** The seam of a part of this process to a module. */
  seam(from: string, to: string): Seam;
  status(): ProcessStatus;
  /**
   * Begins to measure every call, or ends it. What was measured until now is told at once, so `meter(true)` again asks for
   * it; while it goes on, it is told once a second too.
   */
  meter(on: boolean, say: (report: MeterReport) => void): void;
  /** Finishes what is in hand within `withinMs`, and lets everything go. May be called twice, and at once. */
  drain(withinMs: number): Promise<void>;
}

export interface ProcessHooks {
  readonly log: Log;
  /** Told when a part's health changes. */
  health(parts: Readonly<Record<string, string>>): void;
  /** "off"; "report": differences between joined and cut are logged; "fail": they fail the call. */
  readonly detect: "off" | "report" | "fail";
}

export async function startProcess(
  app: App,
  config: ProcessConfig,
  directory: Directory,
  hooks: ProcessHooks,
): Promise<RunningProcess> {
  const process = new AppProcess(app, config, directory, hooks);
  try {
    await process.start();
  } catch (error) {
    await process.drain(0);
    throw error;
  }
  return process;
}

class AppProcess implements RunningProcess {
  port: number | null = null;
  listen: string | null = null;
  readonly #app: App;
  readonly #config: ProcessConfig;
  readonly #hooks: ProcessHooks;
  readonly #clock: Clock;
  readonly #runtime: Runtime;
  readonly #secret: Buffer;
  readonly #name: string;
  #directory: Directory;
  readonly #modules = new Map<string, Module>();
  readonly #pages = new Map<string, Pages>();
  readonly #stores = new Map<string, ModuleStore>();
  readonly #locals = new Map<string, LocalModule>();
  readonly #contexts = new Map<string, ContextClass>();
  readonly #destinations = new Map<string, Destination>();
  readonly #seams: Seam[] = [];
  readonly #relays: Relay[] = [];
  readonly #tasks: Tasks[] = [];
  #receive: (call: IncomingCall) => void = () => {};
  #loop: Destination | null = null;
  #server: WireServer | null = null;
  #edge: Edge | null = null;
  #meter: Meter | null = null;
  #health: Readonly<Record<string, string>> = {};
  #stopHealth: () => void = () => {};
  #drained: Promise<void> | null = null;

  constructor(app: App, config: ProcessConfig, directory: Directory, hooks: ProcessHooks) {
    this.#app = app;
    this.#config = config;
    this.#directory = directory;
    this.#hooks = hooks;
    this.#secret = Buffer.from(config.secret, "hex");
    this.#name = `${config.process}#${config.replica}`;
    this.#clock = new Clock(directory.clockOffsetMs);
    this.#runtime = {
      guarded: config.topology.guards === "guarded",
      log: hooks.log,
      identities: createIdentities(config.identityPublicKey, config.identityPrivateKey),
      now: this.#clock.now,
      detect: hooks.detect === "off" ? null : createDetector(hooks.log, hooks.detect === "fail"),
    };
  }

  async start(): Promise<void> {
    await this.#load();
    // All of them, even when one fails, so that what was opened can be closed.
    const opened = await Promise.allSettled([...this.#modules.values()].map((module) => this.#open(module)));
    for (const result of opened) if (result.status === "rejected") throw result.reason;
    this.#bind();
    if (this.#config.listen !== null) await this.#serve(this.#config.listen);
    if (this.#config.port !== null) await this.#openEdge(this.#config.port);
    for (const [name, store] of this.#stores) this.#relay(name, store);
    await Promise.all([...this.#stores].map(([name, store]) => this.#runTasks(this.#modules.get(name)!, store)));
    this.#stopHealth = watchHealth(this.#stores, this.#partNames(), (parts) => {
      this.#health = parts;
      this.#hooks.health(parts);
    });
  }

  #partNames(): string[] {
    return [...this.#modules.keys(), ...this.#pages.keys()];
  }

  async #load(): Promise<void> {
    const { modules: placed } = this.#config.topology.processes[this.#config.process]!;
    await Promise.all(
      placed.map(async (name) => {
        const module = this.#app.modules[name];
        if (module) this.#modules.set(name, (await module()).default);
        else this.#pages.set(name, (await this.#app.pages[name]!()).default);
      }),
    );
  }

  async #open(module: Module): Promise<void> {
    if (module.store === null) return;
    const address = this.#config.stores[module.name];
    if (!address)
      throw new SeamlineError(
        "start_failed",
        `module "${module.name}" has a store, but the configuration has no address for it`,
      );
    // Loaded only where there is a store: a database driver and a query builder are a third of a process's start.
    const { openStore } = await import("../data/store.ts");
    const store = await openStore({
      module: module.name,
      definition: module.store,
      address,
      guards: this.#config.topology.guards,
      subscribers: this.#config.graph.subscribers,
      place: this.#name,
      warn: (message, error) => this.#hooks.log.warn({ module: module.name, err: error }, message),
    });
    this.#stores.set(module.name, store);
  }

  /** Makes every seam of this process. A module's seams exist before anything is bound to them. */
  #bind(): void {
    for (const module of this.#modules.values()) {
      const store = this.#stores.get(module.name) ?? null;
      const program = programsOf(module, this.#secret, (name) => this.#directory.ports[name]);
      const sagas = module.sagas.map(({ name }) => name);
      const Context = this.#context(module.name, module.uses, module.contract, store, { program, sagas });
      this.#locals.set(module.name, new LocalModule(module, this.#runtime, Context, store));
    }
    for (const pages of this.#pages.values()) this.#context(pages.name, pages.uses, null, null);
    if (this.#config.port !== null) this.#context(edge, this.#edgeUses(), null, null);
    const contracts = new Map([...this.#modules].map(([name, module]) => [name, module.contract]));
    this.#receive = createReceiver({ runtime: this.#runtime, modules: this.#locals, contracts, uses: this.#usesOf() });
    this.#loop = loopDestination((call) => this.#receive(call));
    for (const seam of this.#seams) this.#bindSeam(seam);
  }

  #context(
    name: string,
    uses: Readonly<Record<string, Contract>>,
    contract: Contract | null,
    store: ModuleStore | null,
    more: Pick<ContextPart, "program" | "sagas"> = {},
  ): ContextClass {
    const seams = Object.fromEntries(
      Object.entries(uses).map(([key, used]) => [key, new Seam(name, nameOf(used), this.#runtime)]),
    );
    this.#seams.push(...Object.values(seams));
    const Context = contextClass(this.#runtime, { name, uses, contract, store, seams, ...more });
    this.#contexts.set(name, Context);
    return Context;
  }

  /** The edge asks this process's own modules, on behalf of whoever calls their HTTP routes. */
  #edgeUses(): Record<string, Contract> {
    return Object.fromEntries([...this.#modules].map(([name, module]) => [name, module.contract]));
  }

  #usesOf(): Record<string, readonly string[]> {
    const own = [...this.#modules.keys()];
    const { uses } = this.#config.graph;
    return { ...uses, [edge]: [...(uses[edge] ?? []), ...own] };
  }

  #bindSeam(seam: Seam): void {
    const local = this.#locals.get(seam.to);
    if (local && this.#config.topology.joined === "direct") return seam.join(local);
    seam.doubled = local !== undefined;
    const destination = local ? this.#loop! : this.#destination(seam.to);
    seam.cut(destination, this.#config.graph.stores.includes(seam.to));
  }

  #destination(module: string): Destination {
    let destination = this.#destinations.get(module);
    if (!destination) {
      destination = createDestination({
        secret: this.#secret,
        name: this.#name,
        to: module,
        guards: this.#config.topology.guards,
        warn: (message, data) => this.#hooks.log.warn(data, message),
      });
      destination.endpoints(this.#directory.endpoints[module] ?? []);
      this.#destinations.set(module, destination);
    }
    return destination;
  }

  async #serve(address: string): Promise<void> {
    this.#server = await createServer({
      address,
      secret: this.#secret,
      name: this.#name,
      receive: (call) => this.#receive(call),
      warn: (message, data) => this.#hooks.log.warn(data, message),
    });
    this.listen = this.#server.address;
  }

  /** Every store has a relay, also one whose events nobody handles: it sweeps what the store no longer needs. */
  #relay(name: string, store: ModuleStore): void {
    const relay = store.startRelay({
      deliver: deliverTo({
        publisher: name,
        guarded: this.#runtime.guarded,
        twice: this.#config.topology.joined === "wire",
        local: (subscriber) => this.#locals.get(subscriber),
        destination: (subscriber) => this.#destination(subscriber),
      }),
      failed: (subscriber, event, attempts, dead, error) => {
        const fields = { module: name, subscriber, event: event.event, id: event.id, attempts, err: error };
        if (dead) this.#hooks.log.error(fields, "an event was given up; it stays in the outbox with dead_at");
        else this.#hooks.log.warn(fields, "an event was not delivered and will be tried again");
      },
    });
    this.#relays.push(relay);
  }

  async #runTasks(module: Module, store: ModuleStore): Promise<void> {
    if (module.sagas.length + module.schedules.length === 0) return;
    const { startTasks } = await import("./tasks.ts");
    const whenMoved = (listener: () => void): (() => void) => this.#clock.whenMoved(listener);
    const Context = this.#contexts.get(module.name)!;
    this.#tasks.push(await startTasks({ module, store, Context, runtime: this.#runtime, whenMoved }));
  }

  async #openEdge(port: number): Promise<void> {
    const modules = [...this.#modules.values()];
    const host = createGateway({
      app: this.#app,
      name: this.#name,
      runtime: this.#runtime,
      guards: this.#config.topology.guards,
      operations: modules.flatMap(({ contract }) => operationsOf(contract)),
      pages: [...this.#pages.values()],
      secret: this.#secret,
      Context: this.#contexts.get(edge)!,
      seam: (to) => this.#edgeSeam(to),
      pageContext: (pages, scope) => this.context(pages.name, scope),
      portOf: (module) => this.#directory.ports[module] ?? (this.#partNames().includes(module) ? this.port : null),
      health: () => this.#health,
    });
    this.#edge = await startEdge(host, { port });
    this.port = this.#edge.port;
  }

  /** To a module of this process, or to the identity module wherever it is. */
  #edgeSeam(to: string): Seam {
    const known = this.#seams.find((seam) => seam.from === edge && seam.to === to);
    if (known) return known;
    const seam = new Seam(edge, to, this.#runtime);
    this.#seams.push(seam);
    this.#bindSeam(seam);
    seam.metered(this.#meter);
    return seam;
  }

  direct(directory: Directory): void {
    this.#directory = directory;
    this.#clock.set(directory.clockOffsetMs);
    for (const [module, destination] of this.#destinations) destination.endpoints(directory.endpoints[module] ?? []);
  }

  context(pages: string, scope: RequestScope): PageContext {
    const Context = this.#contexts.get(pages);
    if (!Context) throw new SeamlineError("usage", `no pages "${pages}" in process ${this.#name}`);
    return pageContext(this.#runtime, Context, pages, scope);
  }

  seam(from: string, to: string): Seam {
    const seam = this.#seams.find((candidate) => candidate.from === from && candidate.to === to);
    if (!seam) throw new SeamlineError("usage", `process ${this.#name} has no seam ${from} → ${to}`);
    return seam;
  }

  status(): ProcessStatus {
    return {
      ...usage(),
      parts: this.#health,
      seams: this.#seams.map(({ from, to, binding, calls, failed, inFlight }) => ({
        from,
        to,
        binding,
        calls,
        failed,
        inFlight,
      })),
    };
  }

  meter(on: boolean, say: (report: MeterReport) => void): void {
    if (on) this.#meter ??= new Meter(this.#seams, this.#locals, say);
    this.#meter?.report();
    if (!on) this.#endMeter();
  }

  #endMeter(): void {
    this.#meter?.stop();
    this.#meter = null;
  }

  drain(withinMs: number): Promise<void> {
    return (this.#drained ??= this.#drain(monotonicMs() + withinMs));
  }

  async #drain(deadline: number): Promise<void> {
    this.#stopHealth();
    // Told at once, so that no saga begins another step.
    const tasks = this.#tasks.map((task) => task.stop());
    await this.#edge?.close(deadline);
    await this.#server?.drain(deadline);
    await Promise.race([Promise.all([...tasks, ...this.#relays.map((relay) => relay.stop())]), until(deadline)]);
    await Promise.all([...this.#stores.values()].map((store) => store.close(deadline)));
    await Promise.all([...this.#destinations.values()].map((destination) => destination.close()));
    await this.#server?.close();
    this.#meter?.report();
    this.#endMeter();
  }
}

function until(deadline: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, deadline - monotonicMs())).unref());
}
