import { sql, type Kysely } from "kysely";
import type { StoreDefinition } from "../../module/module.ts";

/**
 * A module with what a move has to take care of: numbers from sequences, a foreign key, rows that are changed, types of
 * its own, values that must be the same as text and as bytes.
 */
export const definition: StoreDefinition = {
  migrations: {
    "001": { up: (db) => run(db, `create type mood as enum ('calm', 'glad'); create domain short as text`) },
    "002": {
      up: (db) =>
        run(
          db,
          `create table writers (name text primary key, total bigint not null default 0);
           create table writes (
             id uuid primary key,
             number bigserial unique,
             writer text not null references writers (name),
             place integer generated always as identity,
             mood mood not null default 'calm',
             moods mood[] not null default '{calm, glad}',
             label short,
             amount double precision not null default random(),
             data bytea not null default '\\x00ff',
             doubled bigint generated always as (length(label) * 2) stored,
             at timestamptz not null default now(),
             unique (place)
           );
           create view latest as select * from writes order by number desc limit 10;
           create sequence alone increment 5;
           create table days (day date primary key, note text) partition by range (day);
           create table days_past partition of days for values from (minvalue) to ('2026-01-01');
           create table days_now partition of days for values from ('2026-01-01') to (maxvalue)`,
        ),
    },
  },
};

async function run(db: Kysely<any>, text: string): Promise<void> {
  await sql.raw(text).execute(db);
}
