import type pg from "pg";
import type { StoreAddress } from "../data/data.ts";
import { kyselyOver } from "../data/dialect.ts";
import { deadLetters } from "../data/letters.ts";
import { outboxInserts } from "../data/outbox.ts";
import type { DeadLetter } from "../module/saga.ts";
import { loginTo } from "./login.ts";

/** Dead letters of a whole deployment, for whoever runs it. */

export interface Letter extends DeadLetter {
  /** Who told the event. */
  readonly module: string;
}

/** A store with more has another trouble than its letters. */
const mostLetters = 100_000;
const replayedAtOnce = 500;
const queryMs = 30_000;

type Stores = Readonly<Record<string, StoreAddress>>;

export async function lettersOf(stores: Stores): Promise<Letter[]> {
  const found: Letter[] = [];
  for (const [module, address] of Object.entries(stores)) {
    await using store = await open(address);
    for (const letter of await deadOf(store.client)) found.push({ module, ...letter });
  }
  return found;
}

/** Has dead letters delivered again. @param id of one event; null: all @returns how many */
export async function replayLetters(stores: Stores, id: string | null): Promise<number> {
  let count = 0;
  for (const address of Object.values(stores)) {
    await using store = await open(address);
    const letters = (await deadOf(store.client)).filter((letter) => id === null || letter.id === id);
    for (let at = 0; at < letters.length; at += replayedAtOnce) {
      const replay = outboxInserts(address.schema, [], {}, letters.slice(at, at + replayedAtOnce));
      await store.client.query(`begin; ${replay} commit`);
    }
    count += letters.length;
  }
  return count;
}

function deadOf(client: pg.Client): Promise<DeadLetter[]> {
  const db = kyselyOver((text, values) => client.query(text, [...values]), "it only reads");
  return deadLetters(db, mostLetters);
}

async function open(address: StoreAddress): Promise<AsyncDisposable & { readonly client: pg.Client }> {
  const client = await loginTo(address, { queryMs });
  return { client, [Symbol.asyncDispose]: () => client.end() };
}
