import { createHash } from "node:crypto";
import type { StoreAddress } from "../data/data.ts";
import { fit } from "../data/address.ts";
import { movesBook } from "../data/provision.ts";
import { identifier, literal } from "../data/sql.ts";
import type { Table } from "./catalog.ts";
import type { Hand } from "./hand.ts";

/**
 * What a side knows of moves, in a schema of the administrator's that no module's name can have. `sides` says for a
 * module's schema whether its home is here; it has no row where nothing was ever moved. `markers` is replicated with the
 * module's tables; its rows prove that what came before them has arrived.
 */
export const book = movesBook;

/**
 * A closed side is closed in the catalogue, which every statement sees as it is now, also one whose transaction has an
 * older view of the data. The error is of the class of connection failures, so a client that tries those again does so.
 */
export const movedState = "08SL1";

const bookText = `
  select pg_advisory_xact_lock(hashtext('seamline.moves'));
  create schema if not exists ${book};
  create table if not exists ${book}.sides (
    schema text primary key,
    home boolean not null,
    -- Where the module's home is, when it is not here.
    host text, port integer, database text,
    at timestamptz not null default now()
  );
  create table if not exists ${book}.markers (
    schema text, marker uuid, at timestamptz not null default now(), primary key (schema, marker)
  );
  -- Immutable, so that it is carried out where a statement is planned, and also a table without rows cannot be read.
  create or replace function ${book}.moved(home text) returns boolean language plpgsql immutable as $$
  begin
    raise exception using errcode = '${movedState}', detail = home,
      message = format('the data of this module has moved to %s:%s/%s',
        home::json->>'host', home::json->>'port', home::json->>'database');
  end $$;
  create or replace function ${book}.moved() returns trigger language plpgsql security definer as $$
  begin
    perform ${book}.moved(tg_argv[0]);
    return null;
  end $$;`;

export async function openBook(hand: Hand): Promise<void> {
  const [row] = await hand.rows<{ there: boolean }>(`select to_regclass('${book}.markers') is not null as there`);
  if (!row!.there) await hand.run(`begin;${bookText}commit`);
}

export interface SideRecord {
  readonly home: boolean;
  readonly host: string | null;
  readonly port: number | null;
  readonly database: string | null;
}

export async function readRecord(hand: Hand): Promise<SideRecord | null> {
  const [there] = await hand.rows<{ there: boolean }>(`select to_regclass('${book}.markers') is not null as there`);
  if (!there!.there) return null;
  const text = `select home, host, port, database from ${book}.sides where schema = $1`;
  return (await hand.rows<SideRecord>(text, [hand.side.address.schema]))[0] ?? null;
}

/** A statement that notes where the module's home is; null: here. */
export function noteHome({ schema }: StoreAddress, home: StoreAddress | null): string {
  const place =
    home === null ? "true, null, null, null" : `false, ${literal(home.host)}, ${home.port}, ${literal(home.database)}`;
  return `insert into ${book}.sides (schema, home, host, port, database) values (${literal(schema)}, ${place})
    on conflict (schema) do update set home = excluded.home, host = excluded.host, port = excluded.port,
      database = excluded.database, at = now();`;
}

/**
 * Statements that close a side for the module: each statement on its tables will name the address where they are now, and
 * it may make nothing there. It may still look into the schema, or it would not be told.
 */
export function closing(here: StoreAddress, tables: readonly Table[], { host, port, database }: StoreAddress): string {
  const home = literal(JSON.stringify({ host, port, database }));
  const closed = tables.map(
    ({ full }) => `drop trigger if exists seamline_moved on ${full};
        create trigger seamline_moved before insert or update or delete or truncate on ${full}
          for each statement execute function ${book}.moved(${home});
        drop policy if exists seamline_moved on ${full};
        create policy seamline_moved on ${full} using (${book}.moved(${home}));
        alter table ${full} enable row level security, force row level security;`,
  );
  return `${closed.join("")}revoke create on schema ${identifier(here.schema)} from ${identifier(here.role)};`;
}

export function opening(here: StoreAddress, tables: readonly Table[]): string {
  const opened = tables.map(
    ({ full }) => `drop trigger if exists seamline_moved on ${full}; drop policy if exists seamline_moved on ${full};
        alter table ${full} disable row level security, no force row level security;`,
  );
  return `${opened.join("")}${making(here)}`;
}

/** A statement that lets the module make things in its schema. */
export function making({ schema, role }: StoreAddress): string {
  return `grant create on schema ${identifier(schema)} to ${identifier(role)};`;
}

export function publicationOf({ schema }: StoreAddress): string {
  return fit(`seamline.move ${schema}`);
}

/** The slot at the side that is followed, and the subscription of the side that follows it. */
export function slotOf({ database, schema }: StoreAddress): string {
  const digest = createHash("sha256").update(`${database}\0${schema}`).digest("hex").slice(0, 12);
  return `seamline_move_${schema.replaceAll(/[^a-z0-9]/g, "_").slice(0, 32)}_${digest}`;
}
