import type { Directory, ProcessConfig } from "./control.ts";
import { createDestination } from "../wire/client.ts";
import type { Destination } from "../wire/wire.ts";
import type { LocalModule } from "./local.ts";
import type { Meter } from "./meter.ts";
import type { Runtime } from "./runtime.ts";
import { Seam } from "./seam.ts";

/**
 * All seams of one process, and what each is bound to. One rule says it: calls to a module that is held wait; to one that
 * runs here they are joined; to any other they are cut. It is applied whenever the answer may have changed, so a seam
 * never has to ask.
 */

export interface BindingsOptions {
  readonly runtime: Runtime;
  readonly config: ProcessConfig;
  /** "web#0" */
  readonly name: string;
  readonly secret: Buffer;
  readonly directory: Directory;
  /** Where a module runs in this process; "held": its calls wait; null: it is not here. */
  readonly local: (module: string) => LocalModule | "held" | null;
  /** To this process itself, through the codec. */
  readonly loop: Destination;
}

export class Bindings {
  readonly seams: Seam[] = [];
  readonly #options: BindingsOptions;
  readonly #destinations = new Map<string, Destination>();
  #directory: Directory;
  #meter: Meter | null = null;

  constructor(options: BindingsOptions) {
    this.#options = options;
    this.#directory = options.directory;
  }

  get directory(): Directory {
    return this.#directory;
  }

  /** The seam from a part to a module, made when it is asked for first. */
  seam(from: string, to: string): Seam {
    const known = this.find(from, to);
    if (known) return known;
    const seam = new Seam(from, to, this.#options.runtime);
    this.seams.push(seam);
    this.#bind(seam);
    seam.metered(this.#meter);
    return seam;
  }

  find(from: string, to: string): Seam | undefined {
    return this.seams.find((seam) => seam.from === from && seam.to === to);
  }

  /** Seams that are made from now on are measured by it, as all others are by now; null: by none. */
  metered(meter: Meter | null): void {
    this.#meter = meter;
  }

  /** What is known of a module has changed. */
  bindTo(module: string): void {
    for (const seam of this.seams) if (seam.to === module) this.#bind(seam);
  }

  /** A part is here no longer. */
  forget(from: string): void {
    for (let index = this.seams.length - 1; index >= 0; index--)
      if (this.seams[index]!.from === from) this.seams.splice(index, 1);
  }

  direct(directory: Directory): void {
    const before = this.#directory;
    this.#directory = directory;
    // First where everything is, so that what is let go finds it.
    for (const [module, destination] of this.#destinations) destination.endpoints(directory.endpoints[module] ?? []);
    for (const module of new Set([...(before.held ?? []), ...(directory.held ?? [])])) this.bindTo(module);
  }

  isHeld(module: string): boolean {
    return this.#directory.held?.includes(module) ?? false;
  }

  /** To the processes that hold a module, which may be this one too. */
  destination(module: string): Destination {
    let destination = this.#destinations.get(module);
    if (!destination) {
      const { secret, name, config, runtime } = this.#options;
      destination = createDestination({
        secret,
        name,
        to: module,
        guards: config.topology.guards,
        warn: (message, data) => runtime.log.warn(data, message),
      });
      destination.endpoints(this.#directory.endpoints[module] ?? []);
      this.#destinations.set(module, destination);
    }
    return destination;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#destinations.values()].map((destination) => destination.close()));
  }

  #bind(seam: Seam): void {
    const { local: localOf, config, loop } = this.#options;
    const local = localOf(seam.to);
    if (local === "held" || this.isHeld(seam.to)) return seam.hold();
    if (local !== null && config.topology.joined === "direct") return seam.join(local);
    seam.doubled = local !== null;
    seam.cut(local === null ? this.destination(seam.to) : loop, config.graph.stores.includes(seam.to));
  }
}
