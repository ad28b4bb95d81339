import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import type { StoreAddress } from "../../data/data.ts";
import { movedState } from "../book.ts";

/**
 * Clients as a module's processes are: each writes, and reads what it wrote, over a connection as the module's role. It
 * begins at the first address; a closed place tells it the next one; when a place is away it tries again, and so do its
 * writes, by their ids. Nobody holds or tells them.
 */
export interface Writers {
  /** Ends them after the write that each has in hand. */
  stop(): Promise<void>;
  /** Writes that were answered, by all. */
  answered(): number;
  /** What must not be: an answered write that cannot be read, or an error that is none of absence. */
  readonly wrong: string[];
  /** The longest that one write took, ms, with its tries. */
  slowestMs(): number;
  /** Ids of writes that were answered. */
  readonly ids: ReadonlySet<string>;
}

interface Place {
  readonly host: string;
  readonly port: number;
  readonly database: string;
}

export function startWriters(address: StoreAddress, count: number, pauseMs = 10): Writers {
  const wrong: string[] = [];
  const ids = new Set<string>();
  const stop = new AbortController();
  let slowest = 0;
  const runs = Array.from({ length: count }, (_, index) => run(`writer ${index}`));

  async function run(name: string): Promise<void> {
    let place: Place = address;
    let client: pg.Client | null = null;
    let total = 0;
    while (!stop.signal.aborted) {
      const id = randomUUID();
      const begun = performance.now();
      for (;;) {
        try {
          client ??= await connect(address, place);
          const answer = await write(client, name, id);
          total += 1;
          if (answer !== total) wrong.push(`${name} has ${total} writes and reads ${answer} at ${place.port}`);
          total = answer;
          ids.add(id);
          break;
        } catch (error) {
          drop(client);
          client = null;
          const moved = movedTo(error);
          if (moved !== null) place = moved;
          else if (!isAbsence(error)) wrong.push(`${name}: ${String(error)}`);
          if (moved === null) await sleep(20);
          if (stop.signal.aborted && performance.now() - begun > 5_000)
            return void wrong.push(`${name}: no answer at last`);
        }
      }
      slowest = Math.max(slowest, performance.now() - begun);
      await sleep(pauseMs);
    }
    drop(client);
  }

  return {
    wrong,
    ids,
    answered: () => ids.size,
    slowestMs: () => slowest,
    stop: async () => {
      stop.abort();
      await Promise.all(runs);
    },
  };
}

async function connect(address: StoreAddress, { host, port, database }: Place): Promise<pg.Client> {
  const { user, password, schema } = address;
  const client = new pg.Client({
    host,
    port,
    database,
    user,
    password,
    query_timeout: 2000,
    connectionTimeoutMillis: 1000,
  });
  client.on("error", () => {});
  await client.connect();
  // A throw-away server does not wait for its log to be written; what is answered must be there all the same.
  await client.query(`set search_path to "${schema}"; set synchronous_commit = on`);
  return client;
}

/** The client's total after the write; a repetition of a write that was answered but not heard changes nothing. */
async function write(client: pg.Client, name: string, id: string): Promise<number> {
  await client.query("begin");
  await client.query("insert into writers (name) values ($1) on conflict do nothing", [name]);
  const { rowCount } = await client.query(
    "insert into writes (id, writer, label, mood) values ($1, $2, 'é한', 'glad') on conflict (id) do nothing",
    [id, name],
  );
  await client.query("update writers set total = total + $2 where name = $1", [name, rowCount]);
  await client.query("commit");
  const { rows } = await client.query("select total::int from writers where name = $1", [name]);
  return rows[0].total;
}

function movedTo(error: unknown): Place | null {
  const { code, detail } = error as pg.DatabaseError;
  return code === movedState ? (JSON.parse(detail!) as Place) : null;
}

/** Everything that a client tries again: it went away, or it was too slow, or others were in the way. */
function isAbsence(error: unknown): boolean {
  const { code = "", message } = error as pg.DatabaseError;
  return (
    /^(08|57P|40|55P03|E[A-Z]+)/.test(code) ||
    /terminated|timeout|Connection|not queryable|shutting down|starting up|ECONN/.test(message)
  );
}

function drop(client: pg.Client | null): void {
  if (client === null) return;
  (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
}
