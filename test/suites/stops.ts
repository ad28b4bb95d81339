import pg from "pg";
import type { StoreAddress } from "../../src/data/data.ts";

/** A breakpoint for the sagas of one module: they stop at a step, before it is begun or before its outcome is remembered. */
export interface Stop extends AsyncDisposable {
  /** Sagas that have come to it: their ids. */
  reached(): Promise<string[]>;
  /** Lets them go on. May be called twice. */
  remove(): Promise<void>;
}

export async function stopAt(
  address: StoreAddress,
  saga: string,
  step: string,
  phase: "before" | "after",
): Promise<Stop> {
  const ask = (text: string, ...values: unknown[]) => askStore(address, text, values);
  await ask("insert into seamline_saga_stops (saga, step, phase) values ($1, $2, $3)", saga, step, phase);
  const remove = async (): Promise<void> => {
    await ask("delete from seamline_saga_stops where saga = $1 and step = $2 and phase = $3", saga, step, phase);
  };
  return {
    async reached() {
      const rows = await ask(
        "select id from seamline_sagas where state = 'stopped' and saga = $1 and step = $2",
        saga,
        step,
      );
      return rows.map(({ id }) => id);
    },
    remove,
    [Symbol.asyncDispose]: remove,
  };
}

/** Rows of one module's store, as that module's role, over a connection of its own. */
export async function askStore(
  { host, port, database, user, password, schema }: StoreAddress,
  text: string,
  values: readonly unknown[] = [],
): Promise<Record<string, any>[]> {
  const client = new pg.Client({ host, port, database, user, password });
  await client.connect();
  try {
    await client.query(`set search_path to ${schema}`);
    return (await client.query(text, [...values])).rows;
  } finally {
    await client.end();
  }
}
