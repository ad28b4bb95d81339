import { monotonicMs } from "../contract/deadline.ts";
import { SeamlineError } from "../contract/errors.ts";
import { messageOf } from "../data/failure.ts";
import { closing, opening } from "./book.ts";
import { columnsOf, sequenceStatements, tablesOf, type Table } from "./catalog.ts";
import type { Hand } from "./hand.ts";
import { pipe, type Piped } from "./pipe.ts";
import { point, type Move } from "./context.ts";
import { makeSlot } from "./replication.ts";
import type { MoveReport, Progress } from "./split.ts";
import { fullTextLater } from "./room.ts";
import { compare } from "./verify.ts";

/** Rows go from side to side in one transaction of the target, which sees to it that they are there all or not at all. */

/**
 * The first copy: the source is written to, and read as it was when the slot began to keep what is written. PostgreSQL
 * would do it too, with two processes and a slot for each table; many small tables would keep the app waiting.
 */
export async function copyFirst(move: Move): Promise<void> {
  const { from, to, limits } = move;
  await makeSlot(from, limits.answerMs, true);
  point(move, "copy", "slot");
  const tables = await tablesOf(to);
  const total = { ready: tables.length, total: tables.length };
  await to.run("begin");
  const filled = await filledOf(from, tables, limits.stallMs);
  const restore = await silence(to, tables, filled);
  await copyRows(move, tables, filled, (name, sofar) => point(move, "copy", name, sofar));
  await to.run(`${restore}commit`);
  await from.run("commit");
  await getToKnow(to, [...filled], limits.stallMs);
  point(move, "copy", "copied", { tables: total });
}

/** Until the server's own analysis comes, in a minute or later, queries would be planned for empty tables. */
export async function getToKnow(hand: Hand, tables: readonly Table[], ms: number): Promise<void> {
  if (tables.length === 0) return;
  await hand.run(`analyze (skip_locked) ${tables.map(({ full }) => full).join(", ")}`, ms);
}

/**
 * The move without replication: while the source is locked, all rows are copied in one transaction of the target, which
 * is closed again before it commits. Both sides are compared before the commit point, since everybody waits anyway.
 */
export async function copyAll(move: Move, tables: readonly Table[]): Promise<NonNullable<MoveReport["verified"]>> {
  const { from, to, limits } = move;
  const until = monotonicMs() + limits.heldCopyMs;
  const left = (): number => Math.max(1, until - monotonicMs());
  await from.run("set local idle_in_transaction_session_timeout = '15s'");
  await to.run(`begin;${opening(to.side.address, tables)}`, left());
  const filled = await filledOf(from, tables, left());
  const restore = await silence(to, tables, filled);
  await copyRows(move, tables, filled, (_, sofar) => point(move, "fence", "progress", sofar), left());
  await to.run(restore + (await sequenceStatements(from)), left());
  const compared = await compare(from, to, tables, true);
  if (compared.differences.length > 0) throw differsError(compared.differences.map(({ table }) => table));
  await to.run(`${closing(to.side.address, tables, from.side.address)}commit`, left());
  return compared;
}

/**
 * The tables in which the source's transaction sees rows. Most of a small module's have none, and to empty, copy and write
 * to disk what is empty already would be most of the work.
 */
async function filledOf(from: Hand, tables: readonly Table[], ms: number): Promise<ReadonlySet<Table>> {
  const plain = tables.filter(({ partitioned }) => !partitioned);
  const each = plain.map(({ full }) => `exists (select from ${full})`).join(", ");
  const [row] = await from.rows<{ filled: boolean[] }>(`select array[${each}]::boolean[] as filled`, [], ms);
  return new Set(plain.filter((_, index) => row!.filled[index]));
}

/**
 * Copies what the source's transaction sees. Rows are written as they are after a vacuum, so that nobody who reads them
 * first has that to do.
 *
 * @param ms how long it may take; left out, it may take as long as something comes
 */
async function copyRows(
  { from, to, limits, options: { signal } }: Move,
  tables: readonly Table[],
  filled: ReadonlySet<Table>,
  report: (point: "table" | "progress", sofar: Progressed) => void,
  ms?: number,
): Promise<void> {
  const columns = await columnsOf(to);
  const fullNow = await fullTextLater(to);
  const until = monotonicMs() + (ms ?? Infinity);
  const before = { rows: 0, bytes: 0 };
  const sofar = (ready: number, more?: Piped): Progressed => ({
    tables: { ready, total: tables.length },
    rows: before.rows + (more?.rows ?? 0),
    bytes: before.bytes + (more?.bytes ?? 0),
  });
  for (const [index, table] of tables.entries()) {
    if (filled.has(table)) {
      const { full } = table;
      const names = columns.get(full)!;
      const list = names === "" ? "" : ` (${names})`;
      const piping = pipe({
        from,
        to,
        out: `copy ${full}${list} to stdout with (format binary)`,
        into: `copy ${full}${list} from stdin with (format binary, freeze)`,
        ms: Math.max(1, until - monotonicMs()),
        stallMs: ms === undefined ? limits.stallMs : limits.answerMs,
        ...(ms === undefined && signal && { signal }),
        report: (more) => report("progress", sofar(index, more)),
      });
      const piped = await piping.catch(async (cause: unknown) => {
        const full = await fullNow();
        throw full === null ? cause : new SeamlineError("unavailable", `${full}; ${messageOf(cause)}`, { cause });
      });
      before.rows += piped.rows;
      before.bytes += piped.bytes;
    }
    report("table", sofar(index + 1));
  }
}

type Progressed = Required<Pick<Progress, "tables" | "rows" | "bytes">>;

function differsError(tables: readonly string[]): SeamlineError {
  const message = `the copies of ${tables.join(", ")} differ from their originals, so the move was not made: does a trigger of the target change rows?`;
  return new SeamlineError("internal", message, { data: { tables } });
}

/**
 * Empties the tables that have rows or will have some, and keeps triggers and foreign keys from acting until all rows are
 * there. Tables without rows that refer to these have to be named along, or be emptied by `cascade`.
 *
 * @returns statements that bring them back, which checks the foreign keys
 */
async function silence(to: Hand, tables: readonly Table[], filled: ReadonlySet<Table>): Promise<string> {
  const used = await to.rows<{ used: boolean }>(
    "select pg_relation_size(name) > 0 as used from unnest($1::regclass[]) with ordinality as each (name, at) order by at",
    [tables.map(({ full }) => full)],
  );
  const some = tables.filter((table, index) => filled.has(table) || used[index]!.used);
  const truncate = some.length === 0 ? "" : `truncate ${some.map(({ full }) => full).join(", ")} cascade`;
  if (to.superuser) {
    await to.run(`set local session_replication_role = replica; ${truncate}`);
    return "set local session_replication_role = origin;";
  }
  const keys = await to.rows<{ name: string; table: string; definition: string }>(
    `select quote_ident(conname) as name, conrelid::regclass::text as table, pg_get_constraintdef(oid) as definition
     from pg_constraint where contype = 'f' and conparentid = 0
       and connamespace = (select oid from pg_namespace where nspname = $1)`,
    [to.side.address.schema],
  );
  const each = (text: (full: string) => string): string => tables.map(({ full }) => text(full)).join("");
  await to.run(
    keys.map(({ table, name }) => `alter table ${table} drop constraint ${name};`).join("") +
      each((full) => `alter table ${full} disable trigger user;`) +
      truncate,
  );
  return (
    each((full) => `alter table ${full} enable trigger user;`) +
    keys.map(({ table, name, definition }) => `alter table ${table} add constraint ${name} ${definition};`).join("")
  );
}
