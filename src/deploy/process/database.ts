import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { monotonicMs } from "../../contract/deadline.ts";
import { startServer, type PostgresServer } from "../../data/server.ts";
import { Backoff } from "../backoff.ts";
import { describeExit } from "./child.ts";
import { Holds } from "./holds.ts";

/** Keeps one embedded PostgreSQL server alive, on one port, until it is told to stop. */

export interface DatabaseView {
  /** The module it belongs to, or "main" for a server that modules share. */
  readonly name: string;
  readonly modules: readonly string[];
  /** external: a server that was given by URL, which is not ours to start or stop. */
  readonly state: "stopped" | "ready" | "waiting" | "external";
  readonly host: string;
  readonly port: number;
  readonly pid: number | null;
  readonly restarts: number;
  /** Why it last ended or failed to start; null: never. */
  readonly lastError: string | null;
}

export interface SupervisedDatabaseOptions {
  readonly name: string;
  readonly modules: readonly string[];
  readonly directory: string;
  readonly durable: boolean;
  readonly onChange: (view: DatabaseView) => void;
}

export class SupervisedDatabase {
  readonly #options: SupervisedDatabaseOptions;
  readonly #stop = new AbortController();
  readonly #holds = new Holds();
  #view: DatabaseView;
  #server: PostgresServer;
  #loop: Promise<void>;

  /** @throws SeamlineError as `startServer` does; nothing is left then */
  static async start(options: SupervisedDatabaseOptions, signal?: AbortSignal): Promise<SupervisedDatabase> {
    const { directory, durable } = options;
    return new SupervisedDatabase(options, await startServer({ directory, durable, signal }));
  }

  private constructor(options: SupervisedDatabaseOptions, server: PostgresServer) {
    this.#options = options;
    this.#server = server;
    const { name, modules } = options;
    const { host, port, pid } = server;
    this.#view = { name, modules, state: "ready", host, port, pid, restarts: 0, lastError: null };
    options.onChange(this.#view);
    this.#loop = this.#run();
  }

  get view(): DatabaseView {
    return this.#view;
  }

  get adminUrl(): string {
    return this.#server.adminUrl;
  }

  /** Whose stores it holds from now on. */
  holds(modules: readonly string[]): void {
    if (!isDeepStrictEqual(modules, this.#view.modules)) this.#change({ modules });
  }

  /** After its end the server is not started again until this is let go. @returns lets go; may be called twice */
  hold(): () => void {
    return this.#holds.take();
  }

  /** May be called twice. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#server.stop();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    const backoff = new Backoff();
    for (let begun = monotonicMs(); ; begun = monotonicMs()) {
      const exit = await this.#server.exited;
      if (signal.aborted) return this.#change({ state: "stopped", pid: null });
      this.#lost(`ended with ${describeExit(exit)}`);
      for (let healthyMs = monotonicMs() - begun; this.#view.state === "waiting"; healthyMs = 0) {
        await sleep(backoff.nextDelayMs(healthyMs), undefined, { signal }).catch(() => {});
        await this.#holds.released(signal);
        if (!signal.aborted) await this.#again();
        if (signal.aborted) await this.#server.stop();
        if (signal.aborted) return this.#change({ state: "stopped", pid: null });
      }
    }
  }

  /** Modules know the server's port, so it is started on that one or not at all. */
  async #again(): Promise<void> {
    const { directory, durable } = this.#options;
    try {
      this.#server = await startServer({ directory, durable, port: this.#view.port, signal: this.#stop.signal });
      this.#change({ state: "ready", pid: this.#server.pid });
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#lost((error as Error).message);
    }
  }

  #lost(lastError: string): void {
    this.#change({ state: "waiting", pid: null, lastError, restarts: this.#view.restarts + 1 });
  }

  #change(change: Partial<DatabaseView>): void {
    this.#view = { ...this.#view, ...change };
    this.#options.onChange(this.#view);
  }
}
