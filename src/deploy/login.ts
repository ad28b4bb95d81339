import pg from "pg";
import { SeamlineError } from "../contract/errors.ts";
import type { StoreAddress } from "../data/data.ts";
import { columnTypes } from "../data/types.ts";

const connectMs = 5000;

/** In ms. */
export interface LoginLimits {
  /** Default 5 s. */
  readonly connectMs?: number;
  /** Of each query. Default: none. */
  readonly queryMs?: number;
}

/**
 * A connection to one module's store, as that module's own role: it sees its schema and nothing else. The caller ends it.
 *
 * @throws SeamlineError `postgres_unreachable` where no server answers in time; what a server answers with, as it is
 */
export async function loginTo(address: StoreAddress, limits: LoginLimits = {}): Promise<pg.Client> {
  const { host, port, database, user, password, role, schema } = address;
  const client = new pg.Client({
    host,
    port,
    database,
    user,
    password,
    connectionTimeoutMillis: limits.connectMs ?? connectMs,
    types: columnTypes,
    ...(limits.queryMs !== undefined && { query_timeout: limits.queryMs }),
  });
  client.on("error", () => {}); // the next query is told
  await client.connect().catch((error: Error) => {
    throw error instanceof pg.DatabaseError ? error : unreachable(address, limits.connectMs ?? connectMs, error);
  });
  await client.query(`set role ${pg.escapeIdentifier(role)}; set search_path to ${pg.escapeIdentifier(schema)}`);
  return client;
}

function unreachable({ host, port, database, schema }: StoreAddress, withinMs: number, cause: Error): SeamlineError {
  const message =
    `no PostgreSQL server answered at ${host}:${port} for the schema "${schema}" of "${database}" within ` +
    `${withinMs / 1000} s (${cause.message}). Look whether it runs (seamline status), and try again when the machine does less`;
  return new SeamlineError("postgres_unreachable", message, {
    data: { host, port, database, schema, withinMs },
    cause,
  });
}
