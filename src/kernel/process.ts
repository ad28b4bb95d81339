import { nameOf, operationsOf, type Contract } from "../contract/contract.ts";
import { monotonicMs } from "../contract/deadline.ts";
import { SeamlineError } from "../contract/errors.ts";
import type { ModuleStore, StoreAddress } from "../data/data.ts";
import { startEdge, type Edge, type EdgeHost, type RequestScope } from "../edge/edge.ts";
import type { App } from "../module/app.ts";
import type { Module } from "../module/module.ts";
import type { PageContext, Pages } from "../module/pages.ts";
import { createServer } from "../wire/server.ts";
import type { WireServer } from "../wire/wire.ts";
import { Bindings } from "./bindings.ts";
import { Clock } from "./clock.ts";
import { contextClass, type ContextClass, type ContextPart } from "./context-class.ts";
import type { Change, Directory, MeterReport, ProcessConfig, ProcessStatus } from "./control.ts";
import { createDetector } from "./detect.ts";
import { deliverTo } from "./deliver.ts";
import { createGateway, edge } from "./gateway.ts";
import { watchHealth } from "./health.ts";
import { createIdentities } from "./identity.ts";
import type { LocalModule } from "./local.ts";
import { loopDestination } from "./loop.ts";
import { Meter } from "./meter.ts";
import { pageContext } from "./pages.ts";
import { programsOf } from "./programs.ts";
import { Residence } from "./residence.ts";
import { Resident } from "./resident.ts";
import type { ProcessHooks, RunningProcess } from "./running.ts";
import type { Runtime } from "./runtime.ts";
import type { Seam } from "./seam.ts";
import { Receiver } from "./serve.ts";
import { usage } from "./usage.ts";

/**
 * One app process: loads the parts that are placed in it, opens their stores, binds every seam — joined where the other
 * module is here, cut where it is not — and takes calls and requests until it is drained. Modules may come and go
 * meanwhile (residence.ts).
 *
 * Start: parts → stores → seams → wire → HTTP → relays → sagas and schedules. Drain: the same backwards, so that nothing is taken that could
 * not be finished.
 *
 * @throws SeamlineError of the part that does not start; nothing of the others is left then
 */
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
  readonly #pages = new Map<string, Pages>();
  readonly #contexts = new Map<string, ContextClass>();
  readonly #receiver: Receiver;
  readonly #bindings: Bindings;
  readonly #residence: Residence;
  /** Whose HTTP routes are answered here: of its modules, also of those that have left, and of some in other processes. */
  readonly #routed = new Map<string, Contract>();
  #server: WireServer | null = null;
  #edge: Edge | null = null;
  #meter: Meter | null = null;
  #health: Readonly<Record<string, string>> = {};
  #stopHealth: () => void = () => {};
  #drained: Promise<void> | null = null;

  constructor(app: App, config: ProcessConfig, directory: Directory, hooks: ProcessHooks) {
    this.#app = app;
    this.#config = config;
    this.#hooks = hooks;
    this.#secret = Buffer.from(config.secret, "hex");
    const name = (this.#name = `${config.process}#${config.replica}`);
    this.#clock = new Clock(directory.clockOffsetMs);
    const runtime = (this.#runtime = {
      guarded: config.topology.guards === "guarded",
      log: hooks.log,
      identities: createIdentities(config.identityPublicKey, config.identityPrivateKey),
      now: this.#clock.now,
      detect: hooks.detect === "off" ? null : createDetector(hooks.log, hooks.detect === "fail"),
    });
    const receiver = (this.#receiver = new Receiver({
      runtime,
      uses: config.graph.uses,
      elsewhere: (module) => (module in this.directory.endpoints ? this.#bindings.destination(module) : null),
    }));
    const loop = loopDestination((call) => receiver.receive(call));
    const local = (module: string): LocalModule | "held" | null => this.#residence.at(module);
    this.#bindings = new Bindings({ runtime, config, name, secret: this.#secret, directory, local, loop });
    this.#residence = new Residence({
      receiver,
      bindings: this.#bindings,
      resident: (module, address) => this.#resident(module, address),
      load: async (module) => (await this.#app.modules[module]!()).default,
      opened: (local) => local.metered(this.#meter),
      issuer: app.identity?.module ?? null,
      mayIssue: (key) => (runtime.identities = createIdentities(config.identityPublicKey, key)),
    });
  }

  get directory(): Directory {
    return this.#bindings.directory;
  }

  async start(): Promise<void> {
    await this.#load();
    await this.#residence.open();
    for (const pages of this.#pages.values()) this.#context(pages.name, pages.uses, null, null);
    if (this.#config.listen !== null) await this.#serve(this.#config.listen);
    if (this.#config.port !== null) await this.#openEdge(this.#config.port);
    this.#residence.begin();
    const parts = (): string[] => this.#partNames();
    this.#stopHealth = watchHealth(
      (part) => this.#residence.get(part)?.store ?? null,
      parts,
      (health) => {
        this.#health = health;
        this.#hooks.health(health);
      },
    );
  }

  #partNames(): string[] {
    return [...this.#residence.names(), ...this.#pages.keys()];
  }

  async #load(): Promise<void> {
    const { modules: placed, routes = [] } = this.#config.topology.processes[this.#config.process]!;
    const { modules, pages } = this.#app;
    const routed = routes.filter((name) => !placed.includes(name));
    await Promise.all([
      ...placed.map(async (name) => {
        if (name in pages) this.#pages.set(name, (await pages[name]!()).default);
        else this.#residence.add((await modules[name]!()).default, this.#config.stores[name] ?? null);
      }),
      ...routed.map(async (name) => this.#routed.set(name, (await modules[name]!()).default.contract)),
    ]);
    for (const contract of this.#residence.contracts()) this.#routed.set(nameOf(contract), contract);
  }

  #resident(module: Module, address: StoreAddress | null): Resident {
    return new Resident({
      module,
      address,
      held: this.#bindings.isHeld(module.name),
      runtime: this.#runtime,
      guards: this.#config.topology.guards,
      subscribers: this.#config.graph.subscribers,
      place: this.#name,
      contextOf: (of, store) => this.#moduleContext(of, store),
      deliver: deliverTo({
        publisher: module.name,
        guarded: this.#runtime.guarded,
        twice: this.#config.topology.joined === "wire",
        local: (subscriber) => this.#residence.serving(subscriber),
        destination: (subscriber) => this.#bindings.destination(subscriber),
      }),
      whenMoved: (listener) => this.#clock.whenMoved(listener),
    });
  }

  #moduleContext(module: Module, store: ModuleStore | null): ContextClass {
    const program = programsOf(module, this.#secret, (name) => this.directory.ports[name]);
    const sagas = module.sagas.map(({ name }) => name);
    return this.#context(module.name, module.uses, module.contract, store, { program, sagas });
  }

  #context(
    name: string,
    uses: Readonly<Record<string, Contract>>,
    contract: Contract | null,
    store: ModuleStore | null,
    more: Pick<ContextPart, "program" | "sagas"> = {},
  ): ContextClass {
    const seams = Object.fromEntries(
      Object.entries(uses).map(([key, used]) => [key, this.#bindings.seam(name, nameOf(used))]),
    );
    const Context = contextClass(this.#runtime, { name, uses, contract, store, seams, ...more });
    this.#contexts.set(name, Context);
    return Context;
  }

  async #serve(address: string): Promise<void> {
    this.#server = await createServer({
      address,
      secret: this.#secret,
      name: this.#name,
      receive: (call) => this.#receiver.receive(call),
      warn: (message, data) => this.#hooks.log.warn(data, message),
    });
    this.listen = this.#server.address;
  }

  /** The edge asks, on behalf of whoever calls the HTTP routes of this process's own modules, and those it answers for. */
  async #openEdge(port: number): Promise<void> {
    this.#edge = await startEdge(this.#gateway(), { port });
    this.port = this.#edge.port;
  }

  #gateway(): EdgeHost {
    const contracts = [...this.#routed.values()];
    return createGateway({
      app: this.#app,
      name: this.#name,
      runtime: this.#runtime,
      guards: this.#config.topology.guards,
      operations: contracts.flatMap((contract) => operationsOf(contract)),
      pages: [...this.#pages.values()],
      secret: this.#secret,
      Context: this.#context(edge, Object.fromEntries(this.#routed), null, null),
      seam: (to) => this.#bindings.seam(edge, to),
      pageContext: (pages, scope) => this.context(pages.name, scope),
      portOf: (module) => this.directory.ports[module] ?? (this.#partNames().includes(module) ? this.port : null),
      health: () => this.#health,
    });
  }

  /** A module that has come may have routes, which are answered here from now on. */
  async #route({ do: what, module }: Change): Promise<void> {
    const contract = this.#residence.get(module)?.module.contract;
    if (what !== "host" || this.#edge === null || contract === undefined || this.#routed.has(module)) return;
    this.#routed.set(module, contract);
    if (operationsOf(contract).some(({ http }) => http !== null)) await this.#edge.renew(this.#gateway());
  }

  direct(directory: Directory): void {
    this.#clock.set(directory.clockOffsetMs);
    this.#bindings.direct(directory);
  }

  context(pages: string, scope: RequestScope): PageContext {
    const Context = this.#contexts.get(pages);
    if (!Context) throw new SeamlineError("usage", `no pages "${pages}" in process ${this.#name}`);
    return pageContext(this.#runtime, Context, pages, scope);
  }

  seam(from: string, to: string): Seam {
    const seam = this.#bindings.find(from, to);
    if (!seam) throw new SeamlineError("usage", `process ${this.#name} has no seam ${from} → ${to}`);
    return seam;
  }

  status(): ProcessStatus {
    const seams = this.#bindings.seams.map(({ from, to, binding, calls, failed, inFlight, held }) => ({
      ...{ from, to, binding, calls, failed, inFlight: inFlight + held.size },
    }));
    return { ...usage(), parts: this.#health, seams };
  }

  meter(on: boolean, say: (report: MeterReport) => void): void {
    if (on) this.#meter ??= new Meter(this.#bindings.seams, this.#residence.locals, say);
    this.#bindings.metered(this.#meter);
    this.#meter?.report();
    if (!on) this.#endMeter();
  }

  #endMeter(): void {
    this.#bindings.metered(null);
    this.#meter?.stop();
    this.#meter = null;
  }

  async change(change: Change): Promise<number> {
    const left = await this.#residence.change(change);
    await this.#route(change);
    return left;
  }

  drain(withinMs: number): Promise<void> {
    return (this.#drained ??= this.#drain(monotonicMs() + withinMs));
  }

  async #drain(deadline: number): Promise<void> {
    this.#stopHealth();
    this.#residence.rest();
    await this.#edge?.close(deadline);
    await this.#server?.drain(deadline);
    await this.#residence.close(deadline);
    await this.#bindings.close();
    await this.#server?.close();
    this.#meter?.report();
    this.#endMeter();
  }
}
