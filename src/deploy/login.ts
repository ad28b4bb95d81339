import pg from "pg";
import type { StoreAddress } from "../data/data.ts";
import { columnTypes } from "../data/types.ts";

const connectMs = 5000;

/** A connection to one module's store, as that module's own role: it sees its schema and nothing else. The caller ends it. */
export async function loginTo(
  address: StoreAddress,
  limits: Pick<pg.ClientConfig, "query_timeout"> = {},
): Promise<pg.Client> {
  const { host, port, database, user, password, role, schema } = address;
  const client = new pg.Client({
    host,
    port,
    database,
    user,
    password,
    connectionTimeoutMillis: connectMs,
    types: columnTypes,
    ...limits,
  });
  client.on("error", () => {}); // the next query is told
  await client.connect();
  await client.query(`set role ${pg.escapeIdentifier(role)}; set search_path to ${pg.escapeIdentifier(schema)}`);
  return client;
}
