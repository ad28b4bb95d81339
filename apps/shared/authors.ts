import { sql, type Kysely, type RawBuilder } from "kysely";
import type { User } from "seamline";

/**
 * What a module that keeps snapshots of authors remembers about them. A signed identity may be half a minute old and
 * events take their time, so what accounts told last wins over what a caller says of itself.
 */

export interface AuthorsTable {
  id: string;
  /** null: the account is closed. */
  name: string | null;
  changed_at: Date;
}

interface Tables {
  authors: AuthorsTable;
}

export const createAuthors: RawBuilder<unknown> = sql`create table authors (
  id uuid primary key,
  name text,
  changed_at timestamptz not null
)`;

/** Notes what accounts told about a user; false: something newer is known already. */
export async function noteAuthor(
  store: Kysely<any>,
  author: { id: string; name: string | null; at: string },
): Promise<boolean> {
  await sql`select pg_advisory_xact_lock(${lockOf(author.id)})`.execute(store);
  const row = { id: author.id, name: author.name, changed_at: new Date(author.at) };
  const noted = await (store as Kysely<Tables>)
    .insertInto("authors")
    .values(row)
    .onConflict((conflict) =>
      conflict
        .column("id")
        .doUpdateSet({ name: row.name, changed_at: row.changed_at })
        .where("authors.changed_at", "<=", row.changed_at)
        .where("authors.name", "is not", null),
    )
    .returning("id")
    .executeTakeFirst();
  return noted !== undefined;
}

/**
 * The name under which a user writes now; null: the account is closed. Until the transaction ends, no news about the
 * user is taken in, so a row that is being written cannot be missed by it.
 */
export async function currentName(store: Kysely<any>, user: User): Promise<string | null> {
  await sql`select pg_advisory_xact_lock_shared(${lockOf(user.id)})`.execute(store);
  const known = await (store as Kysely<Tables>)
    .selectFrom("authors")
    .select("name")
    .where("id", "=", user.id)
    .executeTakeFirst();
  return known ? known.name : user.name;
}

/** Locks by number are shared by all modules of a database; two users who meet in one number only wait for each other. */
function lockOf(user: string): RawBuilder<bigint> {
  return sql`hashtextextended(${user}, 0)`;
}
