import { SeamlineError } from "../contract/errors.ts";
import type { StoreAddress } from "../data/data.ts";
import type { Directory, ProcessStatus } from "../kernel/control.ts";
import type { Faults } from "../faults/controller.ts";
import type { App } from "../module/app.ts";
import type { Topology } from "../topology/topology.ts";
import { writeClock } from "./clock.ts";
import type { Databases, DatabaseView } from "./databases.ts";
import type { Fleet } from "./fleet.ts";
import { pssBytes } from "./memory.ts";
import type { Metering, MeterLine } from "./metering.ts";
import type { ProcessView } from "./process/supervised.ts";
import { Question, type Origin, type Rebind } from "./questions.ts";
import type { Rebinding } from "./rebinding.ts";
import { beginWatch, type Watched, type Watching } from "./watching.ts";

export interface Deployment {
  /** "board-microservices" */
  readonly name: string;
  readonly directory: string;
  /** As it is now, after what was moved. */
  readonly topology: Topology;
  /** Of the first pages, else of the first module with an HTTP port; null: nothing answers HTTP. */
  readonly url: string | null;
  /** Settles when the deployment has been stopped, by whomever. */
  readonly stopped: Promise<void>;
  readonly startedAt: string;
  processes(): ProcessView[];
  databases(): DatabaseView[];
  endpoints(): Directory;
  stores(): Readonly<Record<string, StoreAddress>>;
  status(): Promise<DeploymentStatus>;
  /**
   * Drains and replaces a process ("board#0"), or all replicas of a group ("board") one after the other. Resolves when the
   * last is ready.
   */
  restart(process: string): Promise<void>;
  /** Moves modules to other processes and servers, and lets calls wait meanwhile. */
  readonly rebinding: Rebinding;
  /** By how much the app's time is ahead of the machine's. */
  readonly clockOffsetMs: number;
  /**
   * Moves the app's time by `byMs` (it may be negative), everywhere and over restarts. Resolves when every process that
   * answers goes by it. @returns the new offset @throws SeamlineError `usage` for what is no time
   */
  moveClock(byMs: number): Promise<number>;
  /**
   * Measures every call between its parts, and each process's CPU time and delay, also over restarts. `onLine` is told
   * once a second what was seen since; while nobody meters, calls are not measured and cost nothing more.
   */
  meter(onLine: (line: MeterLine) => void): Promise<Metering>;
  /** Breaks it on purpose, and heals it. */
  readonly faults: Faults;
  /** Stops everything, callers first. May be called twice, and at once. */
  stop(): Promise<void>;
}

export interface DeploymentStatus {
  readonly name: string;
  readonly app: string;
  readonly topology: string;
  readonly data: string;
  readonly guards: string;
  readonly clockOffsetMs: number;
  /** Modules whose calls wait now. */
  readonly held: readonly string[];
  readonly pid: number;
  readonly startedAt: string;
  readonly directory: string;
  readonly url: string | null;
  readonly urls: Readonly<Record<string, string>>;
  readonly processes: readonly (ProcessView & { pssBytes: number | null; status: ProcessStatus | null })[];
  readonly databases: readonly (DatabaseView & { pssBytes: number | null })[];
}

/** How long work in hand has to finish when a process is stopped. */
export const drainMs = 5000;

export interface RunningOptions {
  readonly name: string;
  readonly app: App;
  readonly appUrl: string;
  readonly asked: Topology;
  readonly topologyName: string;
  readonly directory: string;
  readonly startedAt: string;
  readonly rebinding: Rebinding;
  readonly fleet: Fleet;
  readonly databases: Databases;
  readonly faults: Faults;
}

/** A deployment that is up. */
export class Running implements Deployment {
  readonly name: string;
  readonly directory: string;
  readonly startedAt: string;
  readonly rebinding: Rebinding;
  readonly stopped: Promise<void>;
  readonly faults: Faults;
  readonly #options: RunningOptions;
  readonly #stopped = Promise.withResolvers<void>();
  #owned = new AsyncDisposableStack();
  #stopping: Promise<void> | null = null;
  #clock: Promise<unknown> = Promise.resolve();
  readonly #watched = new Map<string, Watching>();

  constructor(options: RunningOptions) {
    this.#options = options;
    this.name = options.name;
    this.directory = options.directory;
    this.startedAt = options.startedAt;
    this.rebinding = options.rebinding;
    this.faults = options.faults;
    this.stopped = this.#stopped.promise;
  }

  /** Gives it all that stop() undoes. */
  owns(everything: AsyncDisposableStack): void {
    this.#owned = everything;
  }

  get topology(): Topology {
    return this.rebinding.topology;
  }

  get url(): string | null {
    const urls = this.#urls();
    const { pages, programs } = this.#options.app;
    const front =
      Object.keys(pages).find((part) => part in urls) ?? Object.keys(urls).find((part) => !(part in programs));
    return front === undefined ? null : urls[front]!;
  }

  processes(): ProcessView[] {
    return this.#options.fleet.views();
  }

  databases(): DatabaseView[] {
    return this.#options.databases.views();
  }

  endpoints(): Directory {
    return this.#options.fleet.directory();
  }

  stores(): Readonly<Record<string, StoreAddress>> {
    return this.#options.databases.stores;
  }

  async status(): Promise<DeploymentStatus> {
    const { name, app, topologyName, directory, fleet } = this.#options;
    const { topology } = this;
    const processes = this.processes().map(async (view) => {
      const [supervised] = fleet.find(view.id);
      return { ...view, pssBytes: await memoryOf(view.pid), status: (await supervised?.status()) ?? null };
    });
    const databases = this.databases().map(async (view) => ({ ...view, pssBytes: await memoryOf(view.pid) }));
    return {
      name,
      app: app.name,
      topology: topologyName,
      data: topology.data,
      guards: topology.guards,
      clockOffsetMs: this.clockOffsetMs,
      held: this.rebinding.held,
      pid: process.pid,
      startedAt: this.startedAt,
      directory,
      url: this.url,
      urls: this.#urls(),
      processes: await Promise.all(processes),
      databases: await Promise.all(databases),
    };
  }

  async restart(id: string): Promise<void> {
    const found = this.#options.fleet.find(id);
    const known = this.processes().map((view) => view.id);
    if (found.length === 0) throw new SeamlineError("usage", `no process "${id}"; there are ${known.join(", ")}`);
    // One after the other, so that the others serve meanwhile.
    for (const process of found) await process.restart(drainMs);
  }

  get clockOffsetMs(): number {
    return this.#options.fleet.directory().clockOffsetMs;
  }

  moveClock(byMs: number): Promise<number> {
    return this.#setClock((offsetMs) => offsetMs + byMs);
  }

  meter(onLine: (line: MeterLine) => void): Promise<Metering> {
    return this.#options.fleet.meter(onLine);
  }

  /** One after the other, so that no move is lost. */
  #setClock(next: (offsetMs: number) => number): Promise<number> {
    const move = async (): Promise<number> => {
      const offsetMs = next(this.clockOffsetMs);
      if (offsetMs === this.clockOffsetMs) return offsetMs;
      await writeClock(this.directory, offsetMs);
      await this.#options.fleet.moveClock(offsetMs);
      return offsetMs;
    };
    const moved = this.#clock.then(move);
    this.#clock = moved.catch(() => {});
    return moved;
  }

  stop(): Promise<void> {
    return (this.#stopping ??= this.#owned.disposeAsync().finally(() => this.#stopped.resolve()));
  }

  async answer(question: unknown): Promise<unknown> {
    const asked = Question.safeParse(question);
    if (!asked.success) throw new SeamlineError("usage", `a deployment cannot answer ${JSON.stringify(question)}`);
    if (asked.data.ask === "status") return this.status();
    if (asked.data.ask === "stores") return this.stores();
    if (asked.data.ask === "fault") {
      const { ask: _, ...spec } = asked.data;
      return this.faults.apply(spec);
    }
    if (asked.data.ask === "heal") return this.faults.heal(asked.data.id);
    if (asked.data.ask === "faults") return { active: this.faults.active(), kinds: await this.faults.kinds() };
    if (asked.data.ask === "clock") {
      const { move } = asked.data;
      return this.#setClock((offsetMs) => (move === "reset" ? 0 : offsetMs + move));
    }
    if (asked.data.ask === "restart") return this.restart(asked.data.process);
    if (asked.data.ask === "origin") return this.#origin();
    if (asked.data.ask === "watch") return this.#watch(asked.data.module);
    if (asked.data.ask === "watched") return this.#watch(asked.data.module, true);
    if (asked.data.ask === "waiting") return this.#waiting(asked.data.module);
    if (asked.data.ask === "close") return this.rebinding.closeServer(asked.data.server);
    return this.#rebind(asked.data);
  }

  #origin(): Origin {
    const { app, appUrl, topologyName, asked } = this.#options;
    return { app: app.name, appUrl, topologyName, asked };
  }

  /** Begins to watch the calls to a module, anew where it is watched already; or ends that. */
  async #watch(module: string, end = false): Promise<Watched | null> {
    const watched = (await this.#watched.get(module)?.end()) ?? null;
    this.#watched.delete(module);
    if (!end) this.#watched.set(module, await beginWatch(module, (onLine) => this.meter(onLine)));
    return watched;
  }

  /** Calls to a module that wait now, at the seams of all processes. */
  async #waiting(module: string): Promise<number> {
    const { fleet } = this.#options;
    const asked = this.processes().map(async ({ id }) => (await fleet.find(id)[0]?.status())?.seams ?? []);
    const seams = (await Promise.all(asked)).flat();
    return seams.reduce(
      (sum, { to, binding, inFlight }) => sum + (to === module && binding === "held" ? inFlight : 0),
      0,
    );
  }

  #rebind(question: Rebind): Promise<unknown> | Topology {
    const { rebinding, databases } = this.#options;
    if (question.ask === "topology") return this.topology;
    if (question.ask === "scale") return rebinding.scale(question.process, question.replicas);
    const { module } = question;
    if (question.ask === "hold") return rebinding.hold(module, question);
    if (question.ask === "expect") return rebinding.expect(module, question.server);
    if (question.ask === "release") return rebinding.release(module);
    if (question.ask === "place") return rebinding.place(module, question);
    const { server = null, look = false } = question;
    return look && server !== null ? databases.siteIn(module, server) : databases.siteOf(module, server);
  }

  #urls(): Record<string, string> {
    const ports = Object.entries(this.endpoints().ports);
    return Object.fromEntries(ports.map(([part, port]) => [part, `http://localhost:${port}/`]));
  }
}

async function memoryOf(pid: number | null): Promise<number | null> {
  return pid === null ? null : pssBytes(pid);
}
