import { monotonicMs } from "../contract/deadline.ts";
import { SeamlineError } from "../contract/errors.ts";
import { closing, opening } from "./book.ts";
import { sequenceStatements, type Table } from "./catalog.ts";
import type { Hand } from "./hand.ts";
import { pipe } from "./pipe.ts";
import { point, type Move } from "./context.ts";
import type { MoveReport } from "./split.ts";
import { compare } from "./verify.ts";

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
  const restore = await silence(to, tables);
  let rows = 0;
  for (const { full } of tables) {
    const columns = await columnsOf(to, full);
    const texts = {
      out: `copy ${full} (${columns}) to stdout with (format binary)`,
      into: `copy ${full} (${columns}) from stdin with (format binary)`,
    };
    rows += (await pipe(from, to, texts, left(), limits.answerMs)).rows;
    point(move, "fence", "table", { rows });
  }
  await to.run(restore + (await sequenceStatements(from)), left());
  const compared = await compare(from, to, tables, true);
  if (compared.differences.length > 0) throw differsError(compared.differences.map(({ table }) => table));
  await to.run(`${closing(to.side.address, tables, from.side.address)}commit`, left());
  return compared;
}

function differsError(tables: readonly string[]): SeamlineError {
  const message = `the copies of ${tables.join(", ")} differ from their originals, so the move was not made: does a trigger of the target change rows?`;
  return new SeamlineError("internal", message, { data: { tables } });
}

/**
 * Empties the tables, and keeps triggers and foreign keys from acting until all rows are there.
 *
 * @returns statements that bring them back, which checks the foreign keys
 */
async function silence(to: Hand, tables: readonly Table[]): Promise<string> {
  const names = tables.map(({ full }) => full).join(", ");
  if (to.superuser) {
    await to.run(`set local session_replication_role = replica; truncate ${names}`);
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
      `truncate ${names}`,
  );
  return (
    each((full) => `alter table ${full} enable trigger user;`) +
    keys.map(({ table, name, definition }) => `alter table ${table} add constraint ${name} ${definition};`).join("")
  );
}

/** Columns that can be written, in the target's order. */
async function columnsOf(hand: Hand, table: string): Promise<string> {
  const [row] = await hand.rows<{ columns: string }>(
    `select string_agg(quote_ident(attname), ', ' order by attnum) as columns from pg_attribute
     where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = ''`,
    [table],
  );
  return row!.columns;
}
