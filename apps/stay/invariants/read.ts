import type { InvariantAccess, Violation } from "seamline";

/** How checks read: in pages where tables are large, so that a big site is checked in little memory. */

export type Row = Record<string, any>;

const rowsPerPage = 5000;
const beforeAll = "00000000-0000-0000-0000-000000000000";

/** Rows of a table with an id, in its order, page after page. @param where a condition on them */
export async function* pagesOf(
  { sql }: InvariantAccess,
  module: string,
  table: string,
  columns: string,
  where = "true",
): AsyncGenerator<Row[]> {
  const text = `select id, ${columns} from ${table} where id > $1 and (${where}) order by id limit ${rowsPerPage}`;
  for (let after = beforeAll; ;) {
    const rows = await sql(module, text, [after]);
    if (rows.length > 0) yield rows;
    if (rows.length < rowsPerPage) return;
    after = rows.at(-1)!["id"] as string;
  }
}

/** Those of the ids that are there, with some of their columns. */
export async function byIds(
  { sql }: InvariantAccess,
  module: string,
  table: string,
  columns: string,
  ids: readonly string[],
  id = "id",
): Promise<Map<string, Row>> {
  const rows = await sql(module, `select ${id} as id, ${columns} from ${table} where ${id} = any($1::uuid[])`, [ids]);
  return new Map(rows.map((row) => [row["id"] as string, row]));
}

/** How many rows a query counts. */
export async function countOf({ sql }: InvariantAccess, module: string, from: string): Promise<number> {
  const [row] = await sql(module, `select count(*)::int as n from ${from}`);
  return row!["n"] as number;
}

/** What a query that selects `id` and what is wrong finds. */
export async function foundBy(
  { sql }: InvariantAccess,
  module: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<Violation[]> {
  return (await sql(module, text, values)).map(({ id, ...what }) => ({ id: String(id), what }));
}

export function idsOf(rows: readonly Row[]): string[] {
  return rows.map((row) => row["id"] as string);
}
