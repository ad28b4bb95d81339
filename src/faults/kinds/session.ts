import pg from "pg";
import type { StoreAddress } from "../../data/data.ts";

/** Sessions of a database as a module itself has them, for faults. */

/** By which they are told from those of the app. */
export const faultSession = "seamline fault";

export function sessionTo({ host, port, database, user, password }: StoreAddress): pg.Client {
  const login = { host, port, database, user, password };
  const client = new pg.Client({ ...login, connectionTimeoutMillis: 5000, application_name: faultSession });
  client.on("error", () => {}); // the fault ends with it; the next query is told
  return client;
}

export async function begin(client: pg.Client, { role }: StoreAddress): Promise<void> {
  await client.connect();
  await client.query(`set role ${pg.escapeIdentifier(role)}`);
}

/** A server that answers nothing any more learns of the end from its closed connection. May be called twice. */
export async function endSession(client: pg.Client): Promise<void> {
  const { connection } = client as unknown as { readonly connection: { readonly stream: { destroy(): void } } };
  const timer = setTimeout(() => connection.stream.destroy(), 1000);
  await client.end().catch(() => {});
  clearTimeout(timer);
}
