import { identifier, literal } from "../data/sql.ts";
import type { Hand } from "./hand.ts";

/** What is in a module's schema. */
export interface Table {
  readonly name: string;
  /** Written for statements: "schema"."name". */
  readonly full: string;
  readonly unlogged: boolean;
  readonly identity: boolean;
  /** Row-level security that is not the fence's. */
  readonly guarded: boolean;
  /** Its rows are in its partitions, which are tables of their own. */
  readonly partitioned: boolean;
}

export function full(schema: string, name: string): string {
  return `${identifier(schema)}.${identifier(name)}`;
}

/** In the order of their names, which is the order of locking. */
export async function tablesOf(hand: Hand): Promise<Table[]> {
  const { schema } = hand.side.address;
  const rows = await hand.rows<Omit<Table, "full">>(
    `select relname as name, relpersistence <> 'p' as unlogged, relkind = 'p' as partitioned,
       relreplident = 'f' or exists (select from pg_index i where i.indrelid = c.oid and
         (i.indisprimary and c.relreplident = 'd' or i.indisreplident and c.relreplident = 'i')) as identity,
       exists (select from pg_policy p where p.polrelid = c.oid and polname <> 'seamline_moved')
         or relrowsecurity and not exists (select from pg_policy p where p.polrelid = c.oid) as guarded
     from pg_class c where relnamespace = (select oid from pg_namespace where nspname = $1) and relkind in ('r', 'p')
     order by relname collate "C"`,
    [schema],
  );
  return rows.map((row) => ({ ...row, full: full(schema, row.name) }));
}

/**
 * Columns, constraints and indexes, each as a line; two sides with the same lines can hold the same rows under the same
 * rules. Of constraints and indexes only names and kinds: versions of PostgreSQL write their definitions in their own ways.
 */
export async function shapeOf(hand: Hand): Promise<string[]> {
  // Types of the module's own are written with its schema, which is the same on both sides.
  const rows = await hand.rows<{ line: string }>(
    `with tables as (select oid, relname from pg_class
       where relnamespace = (select oid from pg_namespace where nspname = $1) and relkind in ('r', 'p'))
     select line from (
       select format('column %s.%s: %s%s%s%s, number %s', t.relname, a.attname, format_type(a.atttypid, a.atttypmod),
           case when a.attnotnull then ' not null' end, a.attgenerated, a.attidentity,
           row_number() over (partition by t.oid order by a.attnum)) as line
         from tables t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
       union all select format('constraint %s of %s: %s', c.conname, t.relname, c.contype)
         from tables t join pg_constraint c on c.conrelid = t.oid and c.contype in ('c', 'f', 'p', 'u', 'x')
       union all select format('%s %s of %s', case when i.indisunique then 'unique index' else 'index' end, c.relname, t.relname)
         from tables t join pg_index i on i.indrelid = t.oid join pg_class c on c.oid = i.indexrelid) lines
     order by line collate "C"`,
    [hand.side.address.schema],
  );
  return rows.map(({ line }) => line);
}

/** What only one of two shapes has, in words; "": they are the same. */
export function shapesDiffer(source: readonly string[], target: readonly string[]): string {
  const only = (where: string, lines: readonly string[], others: readonly string[]): string[] => {
    const missing = lines.filter((line) => !others.includes(line));
    const more = missing.length > 3 ? ` and ${missing.length - 3} more` : "";
    return missing.length === 0 ? [] : [`only at the ${where}: ${missing.slice(0, 3).join("; ")}${more}`];
  };
  return [...only("source", source, target), ...only("target", target, source)].join(", ");
}

/** Statements that bring the sequences of another side to where these are. Meant for when nobody uses these. */
export async function sequenceStatements(hand: Hand): Promise<string> {
  const { schema } = hand.side.address;
  const rows = await hand.rows<{ name: string; value: string; called: boolean }>(
    `select sequencename as name, coalesce(last_value, start_value)::text as value, last_value is not null as called
     from pg_sequences where schemaname = $1`,
    [schema],
  );
  return rows
    .map(({ name, value, called }) => `select setval(${literal(full(schema, name))}, ${value}, ${called});`)
    .join("");
}

export async function sizeOf(hand: Hand): Promise<{ bytes: number; rows: number }> {
  const [row] = await hand.rows<{ bytes: number; rows: number }>(
    `select coalesce(sum(pg_total_relation_size(oid)), 0)::float8 as bytes,
       coalesce(sum(greatest(reltuples, 0)), 0)::float8 as rows
     from pg_class where relnamespace = (select oid from pg_namespace where nspname = $1) and relkind = 'r'`,
    [hand.side.address.schema],
  );
  return row!;
}

/** Columns that can be written, in this side's order, by the tables' full names. */
export async function columnsOf(hand: Hand): Promise<Map<string, string>> {
  const { schema } = hand.side.address;
  const rows = await hand.rows<{ name: string; columns: string }>(
    `select relname as name, coalesce(string_agg(quote_ident(attname), ', ' order by attnum), '') as columns
     from pg_class c left join pg_attribute on attrelid = c.oid and attnum > 0 and not attisdropped and attgenerated = ''
     where relnamespace = (select oid from pg_namespace where nspname = $1) and relkind in ('r', 'p') group by c.oid`,
    [schema],
  );
  return new Map(rows.map(({ name, columns }) => [full(schema, name), columns]));
}

interface Thing {
  readonly kind: string;
  readonly name: string;
}

/** Everything in the schema that has an owner of its own. */
async function thingsOf(hand: Hand): Promise<Thing[]> {
  return hand.rows<Thing>(
    `with place as (select oid from pg_namespace where nspname = $1)
     select case relkind when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence'
         when 'c' then 'type' else 'table' end as kind, oid::regclass::text as name
       from pg_class c where relnamespace = (table place) and relkind in ('r', 'p', 'v', 'm', 'S', 'c')
         -- A column's own sequence goes with its table.
         and not (relkind = 'S' and exists (select from pg_depend d where d.classid = 'pg_class'::regclass
           and d.objid = c.oid and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i')))
     union all select 'routine', oid::regprocedure::text from pg_proc where pronamespace = (table place)
     union all select case typtype when 'd' then 'domain' else 'type' end, oid::regtype::text
       from pg_type where typnamespace = (table place) and typtype in ('e', 'd')`,
    [hand.side.address.schema],
  );
}

export async function ownerStatements(hand: Hand): Promise<string> {
  const owner = identifier(hand.side.address.role);
  return (await thingsOf(hand)).map(({ kind, name }) => `alter ${kind} ${name} owner to ${owner};`).join("");
}

/** Removes all that is in the schema. */
export async function empty(hand: Hand): Promise<void> {
  const things = await thingsOf(hand);
  if (things.length > 0)
    await hand.run(`begin;${things.map(({ kind, name }) => `drop ${kind} if exists ${name} cascade;`).join("")}commit`);
}
