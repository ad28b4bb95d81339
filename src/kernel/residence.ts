import type { Contract } from "../contract/contract.ts";
import { monotonicMs } from "../contract/deadline.ts";
import { SeamlineError } from "../contract/errors.ts";
import type { StoreAddress } from "../data/data.ts";
import type { Module } from "../module/module.ts";
import type { Bindings } from "./bindings.ts";
import type { Change } from "./control.ts";
import type { LocalModule } from "./local.ts";
import { until, type Resident } from "./resident.ts";
import type { Receiver } from "./serve.ts";

/**
 * The modules that run in this process, and how they come, go and are held while it runs. deploy/rebinding.ts says what
 * for, and in which order processes are told.
 *
 * Held: calls of this process wait at their seams, those of others where they arrive, events too; the module's relay,
 * sagas and schedules rest. They rest first, while calls still go through, because an event under way may end in a call
 * to this very module. Then what is in hand is waited for, and nobody writes to its store any more.
 * Released, a module opens its store where that is then, the calls go on, and it goes to work.
 * Gone: seams are cut, and whatever still arrives is passed on to where the module is.
 */

export interface ResidenceOptions {
  readonly receiver: Receiver;
  readonly bindings: Bindings;
  readonly resident: (module: Module, address: StoreAddress | null) => Resident;
  readonly load: (module: string) => Promise<Module>;
  /** Told of a module before the first call reaches it. */
  readonly opened: (local: LocalModule) => void;
  /** The module that issues identities; null: the app has none. */
  readonly issuer: string | null;
  /** Told the key for identities when that module comes, and null when it goes. */
  readonly mayIssue: (key: string | null) => void;
}

/** What a store may still finish whose calls have all ended. */
const closeMs = 1000;
/** How long a database that does not answer at once is knocked at. Callers wait meanwhile. */
const openMs = 5000;
const againMs = 100;

export class Residence {
  /** Of all modules that can be called. */
  readonly locals = new Map<string, LocalModule>();
  readonly #options: ResidenceOptions;
  readonly #residents = new Map<string, Resident>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: ResidenceOptions) {
    this.#options = options;
  }

  names(): string[] {
    return [...this.#residents.keys()];
  }

  contracts(): Contract[] {
    return [...this.#residents.values()].map(({ module }) => module.contract);
  }

  get(module: string): Resident | undefined {
    return this.#residents.get(module);
  }

  /** Where calls to a module go in this process; "held": they wait; null: it is not here. */
  at(module: string): LocalModule | "held" | null {
    const resident = this.#residents.get(module);
    return resident === undefined ? null : resident.held ? "held" : (resident.local ?? "held");
  }

  /** The module, if it can be called here and now. */
  serving(module: string): LocalModule | undefined {
    const at = this.at(module);
    return at === null || at === "held" ? undefined : at;
  }

  add(module: Module, address: StoreAddress | null): void {
    this.#residents.set(module.name, this.#options.resident(module, address));
  }

  /** Opens all that is not held, even when one fails, so that what was opened can be closed. */
  async open(): Promise<void> {
    for (const [name, { held }] of this.#residents) if (held) this.#options.receiver.hold(name);
    const open = [...this.#residents.values()].filter(({ held }) => !held);
    const opened = await Promise.allSettled(open.map((resident) => resident.open()));
    for (const result of opened) if (result.status === "rejected") throw result.reason;
    for (const resident of open) this.#serve(resident);
  }

  begin(): void {
    for (const resident of this.#residents.values()) if (!resident.held) resident.begin();
  }

  rest(): void {
    for (const resident of this.#residents.values()) resident.rest();
  }

  async close(deadline: number): Promise<void> {
    // A change under way ends by itself, or the process does without it.
    await Promise.race([this.#last, until(deadline)]);
    const residents = [...this.#residents.values()];
    await Promise.all(residents.map((resident) => resident.pause(deadline)));
    await Promise.all(residents.map((resident) => resident.close(deadline)));
  }

  /** One after the other. @returns how much work in hand did not end in time */
  change(change: Change): Promise<number> {
    const changed = this.#last.then(() => this.#change(change));
    this.#last = changed.catch(() => {});
    return changed;
  }

  async #change(change: Change): Promise<number> {
    const { module } = change;
    if (change.do === "host") return this.#host(module, change.store, change.identityPrivateKey);
    const resident = this.#residents.get(module);
    if (change.do === "unhost") return resident === undefined ? 0 : this.#unhost(resident, change.withinMs);
    if (resident === undefined)
      throw new SeamlineError("usage", `${change.do} "${module}": this process does not hold it`);
    if (change.do === "expect") return this.#expect(resident, change.store);
    return change.do === "hold" ? this.#hold(resident, change.withinMs) : this.#release(resident);
  }

  async #expect(resident: Resident, address: StoreAddress): Promise<number> {
    await resident.expect(address);
    return 0;
  }

  async #hold(resident: Resident, withinMs: number): Promise<number> {
    const { name } = resident.module;
    const deadline = monotonicMs() + withinMs;
    const paused = await resident.pause(deadline);
    resident.held = true;
    this.#options.receiver.hold(name);
    this.#options.bindings.bindTo(name);
    return (await resident.drained(deadline)) + (paused ? 0 : 1);
  }

  async #release(resident: Resident): Promise<number> {
    await insist(() => resident.open());
    this.#serve(resident);
    resident.begin();
    return 0;
  }

  async #host(name: string, address: StoreAddress | null, key: string | null): Promise<number> {
    if (key !== null) this.#options.mayIssue(key);
    const known = this.#residents.get(name);
    if (known) return known.isAt(address) ? 0 : this.#rebind(known, address);
    const module = await this.#options.load(name);
    const resident = this.#options.resident(module, address);
    if (resident.held) this.#options.receiver.hold(name);
    else await insist(() => resident.open());
    this.#residents.set(name, resident);
    if (resident.held) this.#options.bindings.bindTo(name);
    else await this.#release(resident).catch((error: unknown) => this.#undo(resident, error));
    return 0;
  }

  async #undo(resident: Resident, error: unknown): Promise<never> {
    await this.#unhost(resident, 0);
    throw error;
  }

  /** The next opening is at the new address. */
  async #rebind(resident: Resident, address: StoreAddress | null): Promise<number> {
    const { name } = resident.module;
    if (!resident.held)
      throw new SeamlineError("usage", `host "${name}" at another address: calls reach it; hold it first`);
    this.locals.delete(name);
    resident.move(address, monotonicMs() + closeMs);
    return 0;
  }

  async #unhost(resident: Resident, withinMs: number): Promise<number> {
    const { receiver, bindings, issuer, mayIssue } = this.#options;
    const { name } = resident.module;
    const deadline = monotonicMs() + withinMs;
    this.#residents.delete(name);
    this.locals.delete(name);
    bindings.bindTo(name);
    receiver.dismiss(name);
    const paused = await resident.pause(deadline);
    const left = await resident.drained(deadline);
    await resident.close(Math.max(deadline, monotonicMs() + closeMs));
    bindings.forget(name);
    if (name === issuer) mayIssue(null);
    return left + (paused ? 0 : 1);
  }

  #serve(resident: Resident): void {
    const { receiver, bindings, opened } = this.#options;
    const { module, local } = resident;
    resident.held = false;
    this.locals.set(module.name, local!);
    opened(local!);
    receiver.serve(local!, module.contract);
    bindings.bindTo(module.name);
  }
}

/** Opens a store whose database may just be busy. */
async function insist(open: () => Promise<LocalModule>): Promise<void> {
  for (const end = monotonicMs() + openMs; ; await until(monotonicMs() + againMs)) {
    try {
      return void (await open());
    } catch (error) {
      const away = error instanceof SeamlineError && error.code === "postgres_unreachable";
      if (!away || monotonicMs() > end) throw error;
    }
  }
}
