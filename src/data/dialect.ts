import {
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type QueryResult,
} from "kysely";
import type pg from "pg";
import { SeamlineError } from "../contract/errors.ts";

/**
 * Kysely over connections of ours. A Kysely is made for every call, since each has its own bound, so all that can be
 * shared is: making one costs about a microsecond.
 */

/** Runs one statement, on whatever connection and within whatever bound is its own business. */
export type Run = (text: string, values: readonly unknown[]) => Promise<pg.QueryResult>;

/** Migrations run in a transaction that holds a lock of ours already (migrate.ts). */
class Adapter extends PostgresAdapter {
  override async acquireMigrationLock(): Promise<void> {}
  override async releaseMigrationLock(): Promise<void> {}
}

const compiler = new PostgresQueryCompiler();
const adapter = new Adapter();

/** @param what ends the message that transactions and streams are refused with; null: `begin` and the like are let through */
export function kyselyOver(run: Run, what: string | null): Kysely<any> {
  return new Kysely<any>({
    dialect: {
      createAdapter: () => adapter,
      createQueryCompiler: () => compiler,
      createIntrospector: (db) => new PostgresIntrospector(db),
      createDriver: () => new SessionDriver(run, what),
    },
  });
}

class SessionDriver implements Driver {
  readonly #connection: DatabaseConnection;
  readonly #run: Run;
  readonly #refuse: string | null;

  constructor(run: Run, refuse: string | null) {
    this.#run = run;
    this.#refuse = refuse;
    this.#connection = new Connection(run);
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection;
  }

  async beginTransaction(): Promise<void> {
    if (this.#refuse !== null) throw new SeamlineError("internal", `store.transaction() is refused: ${this.#refuse}`);
    await this.#run("begin", []);
  }

  async commitTransaction(): Promise<void> {
    const { command } = await this.#run("commit", []);
    if (command !== "COMMIT") throw new SeamlineError("internal", "a failed statement had spoilt the transaction");
  }

  async rollbackTransaction(): Promise<void> {
    if (this.#refuse === null) await this.#run("rollback", []);
  }

  async releaseConnection(): Promise<void> {}
  async destroy(): Promise<void> {}
}

class Connection implements DatabaseConnection {
  readonly #run: Run;

  constructor(run: Run) {
    this.#run = run;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { command, rowCount, rows } = await this.#run(query.sql, query.parameters);
    if (command === "SELECT" || rowCount === null) return { rows };
    return { rows, numAffectedRows: BigInt(rowCount) };
  }

  // oxlint-disable-next-line require-yield
  async *streamQuery<R>(_query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    throw new SeamlineError("internal", "stream() is not offered; read in pages with limit and a keyset");
  }
}
