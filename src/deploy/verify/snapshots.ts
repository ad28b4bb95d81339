import type pg from "pg";
import { SeamlineError } from "../../contract/errors.ts";
import type { StoreAddress } from "../../data/data.ts";
import { loginTo } from "../login.ts";

/** Longer only holds up a run whose database is frozen; a check that reads all of a large store may take its time. */
const queryMs = 120_000;

/** Read-only transactions in the stores of a deployment, one a module, each begun when it is first asked for. */
export class Snapshots implements AsyncDisposable {
  readonly #stores: Readonly<Record<string, StoreAddress>>;
  readonly #signal: AbortSignal | undefined;
  readonly #clients = new Map<string, Promise<pg.Client>>();
  readonly #begun = new Map<string, Promise<pg.Client>>();

  constructor(stores: Readonly<Record<string, StoreAddress>>, signal: AbortSignal | undefined) {
    this.#stores = stores;
    this.#signal = signal;
  }

  get modules(): string[] {
    return Object.keys(this.#stores);
  }

  /** @throws SeamlineError `usage` for a module without a store; what the database says; the signal's reason */
  async sql(module: string, text: string, values: readonly unknown[] = []): Promise<Record<string, any>[]> {
    this.#signal?.throwIfAborted();
    let begun = this.#begun.get(module);
    if (begun === undefined) this.#begun.set(module, (begun = this.#begin(module)));
    return (await (await begun).query(text, [...values])).rows;
  }

  /** Ends all transactions: what is read from now on is of later moments. */
  async renew(): Promise<void> {
    const begun = [...this.#begun];
    this.#begun.clear();
    for (const [module, client] of begun)
      await client.then((open) => open.query("rollback")).catch(() => this.#forget(module));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#clients.keys()].map((module) => this.#forget(module)));
  }

  async #begin(module: string): Promise<pg.Client> {
    const address = this.#stores[module];
    if (address === undefined) {
      const known = this.modules.join(", ");
      throw new SeamlineError("usage", `it asks for the store of "${module}", which has none; there are ${known}`);
    }
    let client = this.#clients.get(module);
    if (client === undefined) this.#clients.set(module, (client = loginTo(address, { queryMs })));
    const open = await client;
    await open.query("begin isolation level repeatable read read only");
    return open;
  }

  async #forget(module: string): Promise<void> {
    const client = this.#clients.get(module);
    this.#clients.delete(module);
    await client?.then((open) => open.end()).catch(() => {});
  }
}
