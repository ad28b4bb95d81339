import { isDeepStrictEqual } from "node:util";
import { monotonicMs } from "../contract/deadline.ts";
import { SeamlineError } from "../contract/errors.ts";
import type { ModuleStore, OpenOptions, Relay, RelayOptions, StoreAddress } from "../data/data.ts";
import type { Module } from "../module/module.ts";
import type { ContextClass } from "./context-class.ts";
import { LocalModule } from "./local.ts";
import type { Runtime } from "./runtime.ts";
import type { Tasks, TasksOptions } from "./tasks.ts";

/**
 * One module in this process: its code, its store, and what it does by itself (the relay of its events, its sagas and
 * schedules).
 *
 *   closed --open--> quiet --begin--> at work --pause--> quiet --close--> closed
 *
 * Closed, it has no store, which may then be anywhere; quiet, it can be called; at work, it also acts by itself. Whether
 * calls reach it is decided where they come in (bindings.ts, serve.ts), by `held`.
 */

export interface ResidentOptions {
  readonly module: Module;
  /** Where its store is; null: it has none. */
  readonly address: StoreAddress | null;
  readonly held: boolean;
  readonly runtime: Runtime;
  readonly guards: "guarded" | "naive";
  readonly subscribers: Readonly<Record<string, readonly string[]>>;
  /** This process, by the name that it has in all its lives. */
  readonly place: string;
  readonly contextOf: (module: Module, store: ModuleStore | null) => ContextClass;
  readonly deliver: RelayOptions["deliver"];
  readonly whenMoved: (listener: () => void) => () => void;
}

export class Resident {
  readonly module: Module;
  /** Whether calls to it wait. */
  held: boolean;
  /** null: closed. */
  local: LocalModule | null = null;
  store: ModuleStore | null = null;
  readonly #options: ResidentOptions;
  #address: StoreAddress | null;
  #expected: { readonly address: StoreAddress; readonly release: () => void } | null = null;
  #relay: Relay | null = null;
  /** null: it has neither sagas nor schedules, or is not open yet. */
  #newTasks: ((options: TasksOptions) => Tasks) | null = null;
  #tasks: Tasks | null = null;

  constructor(options: ResidentOptions) {
    this.#options = options;
    this.module = options.module;
    this.held = options.held;
    this.#address = options.address;
  }

  /** Whether it would open the store at this address. */
  isAt(address: StoreAddress | null): boolean {
    return isDeepStrictEqual(this.#address, address);
  }

  /** Where its store is from the next opening on. Nothing is in hand that could write, so nobody waits for the old one. */
  move(address: StoreAddress | null, deadline: number): void {
    void this.#letGo(deadline);
    this.#address = address;
  }

  /** The next opening may be at this address, and is quick then. @throws what connecting throws */
  async expect(address: StoreAddress): Promise<void> {
    if (isDeepStrictEqual(this.#expected?.address, address)) return;
    this.#forget();
    const { connectAhead } = await import("../data/store.ts");
    this.#expected = { address, release: await connectAhead(this.#opening(address)) };
  }

  #forget(): void {
    this.#expected?.release();
    this.#expected = null;
  }

  /** May be called twice. @throws what opening a store throws; SeamlineError `start_failed` */
  async open(): Promise<LocalModule> {
    if (this.local !== null) return this.local;
    const { module } = this;
    const { runtime, contextOf } = this.#options;
    this.store = await this.#openStore();
    if (module.sagas.length + module.schedules.length > 0) ({ newTasks: this.#newTasks } = await import("./tasks.ts"));
    this.#forget();
    return (this.local = new LocalModule(module, runtime, contextOf(module, this.store), this.store));
  }

  /** Begins what it does by itself. May be called twice. */
  begin(): void {
    const { store } = this;
    if (store === null) return;
    this.#relay ??= this.#startRelay(store);
    const { module, runtime, whenMoved } = this.#options;
    this.#tasks ??= this.#newTasks?.({ module, store, Context: this.local!.Context, runtime, whenMoved }) ?? null;
  }

  /** Told at once, so that no saga begins another step. */
  rest(): void {
    void this.#tasks?.stop();
  }

  /** Ends what it does by itself. @returns whether that was done by the deadline */
  async pause(deadline: number): Promise<boolean> {
    const ended = Promise.all([this.#tasks?.stop(), this.#relay?.stop()]).then(() => true);
    this.#tasks = this.#relay = null;
    return Promise.race([ended, until(deadline)]);
  }

  /** @returns how much it still has in hand at the deadline */
  async drained(deadline: number): Promise<number> {
    return (await this.local?.drained(deadline)) ?? 0;
  }

  /** Lets its store go. May be called twice. */
  async close(deadline: number): Promise<void> {
    this.#forget();
    await this.#letGo(deadline);
  }

  async #letGo(deadline: number): Promise<void> {
    const { store } = this;
    this.local = this.store = null;
    await store?.close(deadline);
  }

  async #openStore(): Promise<ModuleStore | null> {
    const { module } = this;
    if (module.store === null) return null;
    if (this.#address === null)
      throw new SeamlineError(
        "start_failed",
        `module "${module.name}" has a store, but the configuration has no address for it`,
      );
    // Loaded only where there is a store: a database driver and a query builder are a third of a process's start.
    const { openStore } = await import("../data/store.ts");
    return openStore(this.#opening(this.#address));
  }

  #opening(address: StoreAddress): OpenOptions {
    const { module, runtime, guards, subscribers, place } = this.#options;
    return {
      module: module.name,
      definition: module.store!,
      address,
      guards,
      subscribers,
      place,
      current: isDeepStrictEqual(this.#expected?.address, address),
      warn: (message, error) => runtime.log.warn({ module: module.name, err: error }, message),
    };
  }

  /** Every store has a relay, also one whose events nobody handles: it sweeps what the store no longer needs. */
  #startRelay(store: ModuleStore): Relay {
    const { module, runtime, deliver } = this.#options;
    return store.startRelay({
      deliver,
      failed: (subscriber, event, attempts, dead, error) => {
        const fields = { module: module.name, subscriber, event: event.event, id: event.id, attempts, err: error };
        if (dead) runtime.log.error(fields, "an event was given up; it stays in the outbox with dead_at");
        else runtime.log.warn(fields, "an event was not delivered and will be tried again");
      },
    });
  }
}

/** @returns false, at the deadline */
export function until(deadline: number): Promise<false> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, deadline - monotonicMs()), false).unref());
}
