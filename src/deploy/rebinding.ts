import { operationsOf } from "../contract/contract.ts";
import { SeamlineError } from "../contract/errors.ts";
import type { StoreAddress } from "../data/data.ts";
import { throwProblems, type AppGraph } from "../module/graph.ts";
import { checkTopology } from "../topology/check.ts";
import { alsoIn, moveModule, moveStore, processOf, type ModuleMove } from "../topology/move.ts";
import { topology, type Topology, type TopologyInput } from "../topology/topology.ts";
import type { Databases, Site } from "./databases.ts";
import type { Fleet } from "./fleet.ts";
import { answerMs, Holding, hostMs, type HoldOptions } from "./holding.ts";
import type { Links } from "./links.ts";

/**
 * Moves a module of a running deployment: into another process, or onto another database server. No call fails for it.
 *
 * **To another process** nobody waits, because two processes may hold one module at once, as replicas do: its events,
 * sagas and schedules are claimed row by row, and a command's key is remembered by the store.
 *
 *   1. The target hosts the module: a new process is started with it, or one that runs is told to.
 *   2. It is announced; from then on both are called. Until here a failure ends with everything as it was.
 *   3. `keep`: the new topology is written down. From here a restart, of a process or of everything, comes up in it.
 *   4. The source is announced no longer. Its own seams are cut and lead to the target; calls that others have sent
 *      meanwhile are passed on. It finishes what it has in hand, and lets the store go. A process left with nothing ends;
 *      one with an HTTP port keeps answering the module's routes there, by asking the target, so no client has to know.
 *
 * **To another server** calls must wait, because a store may be written in one place only. The data is another's work
 * (split), which does it between `hold` and `release`:
 *
 *   expect    its processes connect to where the store will be, so that nobody waits for that later.
 *   hold      in each process that holds the module its relay, sagas and schedules rest, then calls wait and what is in
 *             hand ends: from then on nothing reads or writes the store. Then callers everywhere let their calls wait at
 *             their own seams, so that they outlive the module's process.
 *   place     says at which server the store will be opened. Kept like a topology.
 *   release   the store is opened there, and what waited goes on. Without `place` in between: where it was.
 *
 * A hold ends by itself after `forMs`, should whoever asked for it be gone. Calls that wait keep their deadlines, and end
 * by them at worst.
 *
 * **Deaths.** The truth is in this process: the fleet's plan is what the next life of each process is started with, and
 * the directory says what is held. A process that dies at any point comes up as the plan has it then; so what is told to
 * a life that ends before it answers is done (`Fleet.change`). A source that dies while both hold the module is started
 * with it again or without it, and the move goes on. If this process dies, all end with it, and the next start reads what
 * was kept. A process that is frozen is asked in vain: a hold fails and is taken back; a source that is to let go does so
 * when it wakes.
 *
 * One thing at a time: moves and holds are done in the order in which they are asked for.
 */

export interface RebindingOptions {
  readonly graph: AppGraph;
  /** The topology as it was asked for, before anything was moved. */
  readonly asked: Topology;
  readonly fleet: Fleet;
  readonly databases: Databases;
  readonly links: Links | null;
  /** Writes down what a restart comes up in. */
  readonly keep: (topology: Topology) => Promise<void>;
}

/** Where a module is to be; what is left out stays as it is. */
export interface Place {
  /** A process of the topology, or the name of a new one; "": a new one, named after the module. */
  readonly process?: string;
  /**
   * A database server by its name: "main", or for instance the module's. It is started if there is none, so `site` should be
   * asked for before the hold.
   */
  readonly server?: string;
}

/** What a source may still finish: sagas' steps and events take longest. */
const unhostMs = 12_000;
const drainMs = 5000;
const expectMs = 5000;

export class Rebinding {
  readonly #options: RebindingOptions;
  readonly #holding: Holding;
  #topology: Topology;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: RebindingOptions) {
    this.#options = options;
    this.#topology = options.fleet.plan.topology;
    this.#holding = new Holding({
      fleet: options.fleet,
      groupOf: (module) => this.#groupOf(module),
      ended: (module) => this.release(module),
    });
  }

  /** As it is now, to be written down or started again. */
  get topology(): Topology {
    return this.#topology;
  }

  get held(): string[] {
    return this.#holding.modules();
  }

  /**
   * Lets calls to a module wait. Held already: nothing happens, but for the end of the hold, which is counted anew.
   *
   * @returns how much work in hand did not end in time: with more than 0 the store may still be written
   * @throws SeamlineError `usage` for what is no module; `deadline_exceeded` when a process does not answer: nothing is held
   */
  hold(module: string, options: HoldOptions = {}): Promise<{ left: number }> {
    return this.#next(() => this.#holding.hold(module, options));
  }

  /**
   * Has connections made to where the store will be after the next `place`, so that its opening there is quick. The schema
   * must be there. May be left out. @throws SeamlineError `usage`; why they cannot be made
   */
  expect(module: string, server: string): Promise<void> {
    return this.#next(async () => {
      const { fleet, databases } = this.#options;
      const store = await this.#addressOf(module, await databases.siteOf(module, server));
      await fleet.change(this.#groupOf(module), { do: "expect", module, store }, expectMs);
    });
  }

  /**
   * Lets calls go on, where the module is now. Not held: nothing happens.
   *
   * @throws SeamlineError what opening the store threw: then the module stays held
   */
  release(module: string): Promise<void> {
    return this.#next(() => this.#holding.release(module));
  }

  /**
   * Moves a module. Another server needs it held.
   *
   * @returns how much work the process that it left did not finish in time
   * @throws SeamlineError `usage`, `topology_invalid`, or why the target could not host it: nothing has changed then
   */
  place(module: string, { process, server }: Place): Promise<{ left: number }> {
    return this.#next(async () => {
      this.#groupOf(module);
      if (server !== undefined) await this.#toServer(module, server);
      return { left: process === undefined ? 0 : await this.#toProcess(module, process) };
    });
  }

  /** Where a module's store would be on a server, which is started if there is none of that name; null: where it is. */
  site(module: string, server: string | null): Promise<Site> {
    return this.#next(() => this.#options.databases.siteOf(module, server));
  }

  /** Stops a server that holds no store any more; its data stays. @throws SeamlineError `usage` while it holds one */
  closeServer(server: string): Promise<void> {
    return this.#next(async () => {
      const { databases } = this.#options;
      const { modules = [] } = databases.views().find(({ name }) => name === server) ?? {};
      if (modules.length === 0) return databases.close(server);
      throw new SeamlineError(
        "usage",
        `database server "${server}" holds the stores of ${modules.join(", ")}; move them first`,
      );
    });
  }

  /** Changes how many equal processes a group has. @throws SeamlineError as `place` */
  scale(group: string, replicas: number): Promise<void> {
    return this.#next(async () => {
      const before = this.#topology;
      const { [group]: known } = before.processes;
      if (known === undefined) throw unknown("process", group, Object.keys(before.processes));
      const next = { ...before, processes: { ...before.processes, [group]: { ...known, replicas } } };
      this.#check(next);
      const { fleet } = this.#options;
      fleet.plan.topology = next;
      await fleet.raise(group).catch((error: unknown) => {
        fleet.plan.topology = before;
        throw error;
      });
      await this.#keep(next);
      await fleet.show();
      await fleet.lower(group, replicas, drainMs);
    });
  }

  async #toServer(module: string, server: string): Promise<void> {
    const { fleet, databases } = this.#options;
    if ((await databases.siteOf(module, null)).server === server) return;
    if (!this.#holding.has(module))
      throw new SeamlineError("usage", `module "${module}" must be held while its store moves: hold it first`);
    const next = moveStore(this.#topology, module, server);
    this.#check(next);
    const site: Site = await databases.siteOf(module, server);
    const address = await this.#addressOf(module, site);
    await this.#keep(next);
    databases.bind(module, site);
    fleet.plan.stores = { ...fleet.plan.stores, [module]: address };
    fleet.plan.topology = next;
    await fleet.change(this.#groupOf(module), fleet.hosting(module), hostMs);
  }

  /** As its process reaches it. */
  async #addressOf(module: string, { address }: Site): Promise<StoreAddress> {
    return (await this.#options.links?.stores({ [module]: address }))?.[module] ?? address;
  }

  async #toProcess(module: string, wanted: string): Promise<number> {
    const { graph, fleet } = this.#options;
    const before = this.#topology;
    const from = this.#groupOf(module);
    const to = wanted === "" ? this.#freeName(module) : wanted;
    if (to === from) return 0;
    const next = moveModule(this.#moveOf(module, to), hasRoutes(graph, module));
    this.#check(next);
    await this.#host(module, before, to);
    await this.#keep(next);
    const leaving = next.processes[from] === undefined;
    // Until its processes have ended, the plan has them, with nothing in them.
    const emptied = { ...before.processes[from]!, modules: [] };
    fleet.plan.topology = leaving ? { ...next, processes: { ...next.processes, [from]: emptied } } : next;
    await fleet.show();
    const left = await this.#unhost(module, from);
    if (leaving) await fleet.lower(from, 0, drainMs);
    fleet.plan.topology = next;
    return left;
  }

  /** Both hold it afterwards, or nothing has changed. */
  async #host(module: string, before: Topology, to: string): Promise<void> {
    const { fleet } = this.#options;
    const isNew = before.processes[to] === undefined;
    fleet.plan.topology = alsoIn(this.#moveOf(module, to));
    try {
      if (isNew) await fleet.raise(to);
      else await fleet.change(to, fleet.hosting(module), hostMs);
      await fleet.show();
      if (!fleet.find(to).some(({ view }) => view.state === "ready"))
        throw new SeamlineError("unavailable", `process "${to}" ended while module "${module}" moved to it`);
    } catch (error) {
      if (isNew) await fleet.lower(to, 0, 0);
      fleet.plan.topology = before;
      await fleet.show();
      if (!isNew) await this.#unhost(module, to);
      throw error;
    }
  }

  #moveOf(module: string, to: string): ModuleMove {
    const { graph, asked } = this.#options;
    return { app: graph.app, topology: this.#topology, module, to, asked };
  }

  /** A process that does not answer is not waited for: it has been told, and nobody calls it any more. */
  async #unhost(module: string, group: string): Promise<number> {
    const change = { do: "unhost", module, withinMs: unhostMs } as const;
    return this.#options.fleet.change(group, change, unhostMs + answerMs).catch(() => 1);
  }

  async #keep(next: Topology): Promise<void> {
    await this.#options.keep(next);
    this.#topology = next;
  }

  /** @throws SeamlineError `topology_invalid` */
  #check(next: Topology): void {
    throwProblems("the topology after the move", checkTopology(this.#options.graph, topology(next as TopologyInput)));
  }

  #groupOf(module: string): string {
    const { modules } = this.#options.graph.app;
    if (!(module in modules)) throw unknown("module", module, Object.keys(modules));
    return processOf(this.#topology, module)!;
  }

  #freeName(module: string): string {
    const taken = [...Object.keys(this.#topology.processes), ...this.#options.graph.programs];
    let name = module;
    for (let count = 2; taken.includes(name); count++) name = `${module}-${count}`;
    return name;
  }

  #next<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }
}

function hasRoutes({ parts }: AppGraph, module: string): boolean {
  return operationsOf(parts[module]!.contract!).some(({ http }) => http !== null);
}

function unknown(kind: string, name: string, known: readonly string[]): SeamlineError {
  return new SeamlineError("usage", `there is no ${kind} "${name}"; there are ${known.join(", ")}`, { data: { name } });
}
