import { join } from "node:path";
import type { StoreAddress } from "../data/data.ts";
import type { SubjectLink, SubjectLinks } from "../faults/faults.ts";
import { Proxy } from "../faults/proxy/proxy.ts";
import type { AppGraph } from "../module/graph.ts";
import type { Topology } from "../topology/topology.ts";
import type { Address } from "../wire/wire.ts";

/**
 * The proxied links of a deployment: users to each HTTP port, each process to each other, modules to their databases. What
 * is told to a process is the proxy's address in each case, so that faults can be put on any one way alone. Where calls go
 * directly there is none of this, and nothing of it is on their way.
 */
export interface LinksOptions {
  readonly topology: Topology;
  readonly graph: AppGraph;
  readonly sockets: string;
}

/** One end of a link. */
export interface Place {
  /** "board#0" */
  readonly id: string;
  readonly process: string;
  readonly modules: readonly string[];
}

/** A way to a database server. */
interface Pool {
  readonly at: Address;
  /** Modules whose stores are reached by it. */
  readonly from: string[];
}

/** Where a process can be reached from one other, as far as it is known. */
interface Way {
  address: Address | null;
  /** Where it leads, or is about to. */
  to: Address;
  /** Where the proxy has said that it leads. */
  led: Address | null;
  readonly link: SubjectLink;
}

export class Links implements SubjectLinks {
  readonly #all: SubjectLink[] = [];
  readonly #options: LinksOptions;
  readonly #proxy = new Proxy();
  readonly #edges = new Map<string, number>();
  readonly #pools = new Map<string, Pool>();
  readonly #ways = new Map<string, Way>();
  readonly #working = new Set<Promise<void>>();
  #changed: () => void = () => {};
  #nextSocket = 0;

  readonly rule = this.#proxy.rule.bind(this.#proxy);
  readonly clear = this.#proxy.clear.bind(this.#proxy);

  private constructor(options: LinksOptions) {
    this.#options = options;
  }

  /** Starts the proxy, with the ports at which users come. @throws SeamlineError; nothing is left then */
  static async start(options: LinksOptions): Promise<Links> {
    const links = new Links(options);
    try {
      await links.#openEdges();
      return links;
    } catch (error) {
      await links.close();
      throw error;
    }
  }

  get all(): SubjectLink[] {
    return this.#all.filter(({ from }) => from.length > 0);
  }

  /** The same stores, reached through the proxy. Modules that share a pool share a link. May be called again. */
  async stores(stores: Readonly<Record<string, StoreAddress>>): Promise<Record<string, StoreAddress>> {
    const proxied: Record<string, StoreAddress> = {};
    const pools = Object.groupBy(Object.entries(stores), ([, { pool, host, port }]) => `${pool} ${host} ${port}`);
    for (const [key, members] of Object.entries(pools)) {
      const { at, from } = this.#pools.get(key) ?? (await this.#openPool(key, members![0]![1]));
      for (const [module, address] of members!) {
        this.#leave(module);
        from.push(module);
        proxied[module] = { ...address, host: "127.0.0.1", port: portIn(at) };
      }
    }
    return proxied;
  }

  /** Its link to the server on which its store was is its own no longer. */
  #leave(module: string): void {
    for (const { from } of this.#pools.values()) if (from.includes(module)) from.splice(from.indexOf(module), 1);
  }

  async #openPool(key: string, { host, port }: StoreAddress): Promise<Pool> {
    const name = `${key}>database`;
    const at = await this.#proxy.listen(name, "tcp:127.0.0.1:0");
    await this.#proxy.lead(name, `tcp:${host.includes(":") ? `[${host}]` : host}:${port}`);
    const pool: Pool = { at, from: [] };
    this.#all.push({ name, from: pool.from, to: ["database"] });
    this.#pools.set(key, pool);
    return pool;
  }

  /** Where users reach a process; null: it has no HTTP port. */
  edgeOf(id: string): number | null {
    return this.#edges.get(id) ?? null;
  }

  /** Where a process answers HTTP now. */
  serve(id: string, port: number): void {
    if (this.#edges.has(id)) this.#work(this.#proxy.lead(edgeName(id), `tcp:127.0.0.1:${port}`));
  }

  /** Where one process reaches another that listens at `listen`; null until the proxy is there: then `changed` is called. */
  between(from: Place, to: Place, listen: Address): Address | null {
    if (from.id === to.id) return listen;
    const name = `${from.id}>${to.id}`;
    const way = this.#ways.get(name);
    if (way === undefined) {
      const made: Way = { address: null, to: listen, led: null, link: { name, ...this.#ends(from, to) } };
      this.#ways.set(name, made);
      this.#work(this.#make(name, made));
      return null;
    }
    Object.assign(way.link, this.#ends(from, to));
    if (way.to !== listen) {
      way.to = listen;
      if (way.address !== null) this.#work(this.#lead(name, way));
    }
    return way.led === listen ? way.address : null;
  }

  /** Called when `between` would give another answer. */
  onChange(changed: () => void): void {
    this.#changed = changed;
  }

  /** Resolves when every way that was asked for is there. */
  async settled(): Promise<void> {
    while (this.#working.size > 0) await Promise.all(this.#working);
  }

  /** May be called twice. */
  close(): Promise<void> {
    return this.#proxy.close();
  }

  async #openEdges(): Promise<void> {
    const { topology, graph } = this.#options;
    for (const [process, { modules, port, replicas }] of Object.entries(topology.processes))
      for (let replica = 0; replica < replicas && port !== undefined; replica++)
        await this.#openEdge({ id: `${process}#${replica}`, process, modules }, port, false);
    for (const program of graph.programs)
      await this.#openEdge({ id: `${program}#0`, process: program, modules: [] }, 0, true);
  }

  async #openEdge(place: Place, port: number, aside: boolean): Promise<void> {
    const name = edgeName(place.id);
    this.#edges.set(place.id, portIn(await this.#proxy.listen(name, `tcp:127.0.0.1:${port}`)));
    this.#all.push({ name, from: ["edge"], to: wordsOf(place), aside });
  }

  /** What the ends of a way are called, which changes with what is in them. */
  #ends(from: Place, to: Place): Omit<SubjectLink, "name"> {
    const aside = !speak(this.#options.graph, from.modules, to.modules);
    return { from: wordsOf(from), to: wordsOf(to), aside };
  }

  async #make(name: string, way: Way): Promise<void> {
    way.address = await this.#proxy.listen(name, this.#nextAddress());
    this.#all.push(way.link);
    await this.#lead(name, way);
  }

  async #lead(name: string, way: Way): Promise<void> {
    const { to } = way;
    await this.#proxy.lead(name, to);
    way.led = to;
    if (way.to === to) this.#changed();
  }

  /** A proxy that does not answer is replaced by one that knows the same ways, so nobody waits for it in vain. */
  #work(work: Promise<void>): void {
    const settled = work.catch(() => {}).finally(() => this.#working.delete(settled));
    this.#working.add(settled);
  }

  #nextAddress(): Address {
    const { topology, sockets } = this.#options;
    return topology.transport === "tcp" ? "tcp:127.0.0.1:0" : `unix:${join(sockets, `l${this.#nextSocket++}.sock`)}`;
  }
}

/** Whether the parts of one process ask or tell something to those of another. */
export function speak({ uses, subscribers, app }: AppGraph, from: readonly string[], to: readonly string[]): boolean {
  const asks = from.some((part) => (uses[part] ?? []).some((used) => to.includes(used)));
  const tells = Object.entries(subscribers).some(
    ([event, heard]) => from.includes(event.split(".")[0]!) && heard.some((module) => to.includes(module)),
  );
  // Who has users asks who they are.
  return asks || tells || (app.identity !== null && to.includes(app.identity.module));
}

function edgeName(id: string): string {
  return `edge>${id}`;
}

/** All words that mean a place. */
export function wordsOf({ id, process, modules }: Place): string[] {
  return [process, id, ...modules];
}

function portIn(address: Address): number {
  return Number(address.slice(address.lastIndexOf(":") + 1));
}
