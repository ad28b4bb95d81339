import { mkdir } from "node:fs/promises";
import pg from "pg";
import { SeamlineError } from "../contract/errors.ts";
import type { StoreAddress } from "../data/data.ts";
import type { SeedAccess } from "../module/app.ts";
import { loginTo } from "./login.ts";
import { programDirectory } from "./state.ts";

/**
 * Bulk access to the stores of a deployment for a seed program, each as its module's own role and nobody else. All it
 * writes in one module is one transaction, and nothing is committed before the program has finished.
 */
export interface Bulk extends AsyncDisposable {
  readonly access: SeedAccess;
  commit(): Promise<void>;
}

/** Who fills a store has time: on a busy machine a server that has just come up may answer late. */
const connectMs = 30_000;
/** More rows a statement cost memory on both sides; fewer cost round trips. */
const rowsPerStatement = 2000;

const quoted = pg.escapeIdentifier;

/** Of a deployment: where generated data goes. */
export interface BulkTarget {
  readonly stores: Readonly<Record<string, StoreAddress>>;
  readonly directory: string;
  /** By how much the app's time is ahead of the machine's. */
  readonly clockOffsetMs: number;
}

export function openBulk(
  { stores, directory, clockOffsetMs }: BulkTarget,
  progress: (message: string) => void,
  signal?: AbortSignal,
): Bulk {
  const clients = new Map<string, Promise<pg.Client>>();
  const clientOf = (module: string): Promise<pg.Client> => {
    signal?.throwIfAborted();
    const address = stores[module];
    if (address === undefined) {
      const known = Object.keys(stores).join(", ");
      throw new SeamlineError(
        "usage",
        `the seed program asks for the store of "${module}", which has none; there are ${known}`,
      );
    }
    let client = clients.get(module);
    if (client === undefined) clients.set(module, (client = begin(address)));
    return client;
  };
  const all = async (text: string): Promise<void> => {
    for (const client of clients.values()) await (await client).query(text);
  };
  return {
    access: {
      progress,
      async copy(module, table, columns, rows) {
        const client = await clientOf(module);
        let count = 0;
        for (const batch of batches(rows, rowsPerStatement)) {
          signal?.throwIfAborted();
          count += await insert(client, table, columns, batch);
        }
        return count;
      },
      async sql(module, text, values) {
        return (await (await clientOf(module)).query(text, values ? [...values] : [])).rows;
      },
      async directoryOf(program) {
        const own = programDirectory(directory, program);
        await mkdir(own, { recursive: true, mode: 0o700 });
        return own;
      },
      now: () => new Date(Date.now() + clockOffsetMs),
    },
    commit: () => all("commit"),
    async [Symbol.asyncDispose]() {
      for (const client of clients.values()) await client.then((open) => open.end()).catch(() => {});
    },
  };
}

async function begin(address: StoreAddress): Promise<pg.Client> {
  const client = await loginTo(address, { connectMs });
  await client.query("begin");
  return client;
}

/** The table's own row type reads each value from JSON, so columns need no types here; columns left out get defaults. */
async function insert(
  client: pg.Client,
  table: string,
  columns: readonly string[],
  rows: readonly (readonly unknown[])[],
): Promise<number> {
  const names = columns.map(quoted).join(", ");
  const objects = rows.map((row) => Object.fromEntries(columns.map((column, i) => [column, toJson(row[i])])));
  const from = `jsonb_populate_recordset(null::${quoted(table)}, $1::jsonb)`;
  const { rowCount } = await client.query(`insert into ${quoted(table)} (${names}) select ${names} from ${from}`, [
    JSON.stringify(objects),
  ]);
  return rowCount ?? 0;
}

function toJson(value: unknown): unknown {
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString("hex")}`;
  return typeof value === "bigint" ? value.toString() : value;
}

function* batches<T>(items: Iterable<T>, size: number): Generator<T[]> {
  let batch: T[] = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length === size) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}
