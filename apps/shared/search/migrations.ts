import { sql, type GeneratedAlways } from "kysely";
import type { Migration } from "kysely/migration";
import { store, type StoreDefinition } from "seamline";

export interface Tables {
  documents: {
    kind: string;
    id: string;
    /** The owner's; -1: only figures were told so far. */
    version: number;
    /** false: only its version is kept, so that older news cannot bring it back. */
    shown: boolean;
    title: string;
    body: string;
    /** Title, body and what else it can be found by, folded. */
    folded: string;
    words: string;
    title_words: string;
    tags: string[];
    /** Figures that the owner gave, and those that others told since. */
    own: Record<string, number>;
    told: Record<string, number>;
    /** The versions of what others told, by who did. */
    told_versions: Record<string, number>;
    numbers: GeneratedAlways<Record<string, number>>;
    /** The rebuild during which it was last told of. */
    rebuild: number;
  };
  /** The last rebuild, in its one row. */
  rebuilds: {
    number: number;
    running: boolean;
    /** How far it is: the kind whose documents are read, and the last one read; null: none yet. */
    kind: string | null;
    after: string | null;
    documents: number;
  };
}

const first: Migration = {
  async up(db) {
    await sql`create table documents (
      kind text not null,
      id uuid not null,
      version int not null,
      shown boolean not null,
      title text not null default '',
      body text not null default '',
      folded text not null default '',
      words tsvector not null default '',
      title_words tsvector not null default '',
      tags text[] not null default '{}',
      own jsonb not null default '{}',
      told jsonb not null default '{}',
      told_versions jsonb not null default '{}',
      numbers jsonb not null generated always as (own || told) stored,
      rebuild int not null,
      primary key (kind, id)
    )`.execute(db);
    await sql`create index documents_words on documents using gin (words)`.execute(db);
    await sql`create index documents_title_words on documents using gin (title_words)`.execute(db);
    await sql`create index documents_tags on documents using gin (tags)`.execute(db);
    await sql`create table rebuilds (
      one boolean primary key default true check (one),
      number int not null,
      running boolean not null,
      kind text,
      after uuid,
      documents int not null default 0
    )`.execute(db);
    // What its owners have already is found without anybody's asking for it.
    await sql`insert into rebuilds (number, running) values (1, true)`.execute(db);
  },
};

/** An index for each figure that a kind can be sorted by; those added later come last, as migrations must. */
export function tablesFor(
  kinds: Readonly<Record<string, { readonly numbers: readonly string[] }>>,
): StoreDefinition<Tables> {
  const sorted = Object.entries(kinds).flatMap(([kind, { numbers }]) => numbers.map((name) => ({ kind, name })));
  const indexes = sorted.map(({ kind, name }, index): [string, Migration] => [
    `${100 + index}-${kind}-by-${name}`,
    {
      async up(db) {
        await sql`create index ${sql.id(`${kind}_by_${name}`)} on documents (${figure(name)}, id)
          where shown and kind = ${sql.lit(kind)}`.execute(db);
      },
    },
  ]);
  return store<Tables>({ migrations: { "001-documents": first, ...Object.fromEntries(indexes) } });
}

/** A figure of a document; 0 where it has none. Written out, so that it is the expression that is indexed. */
export function figure(name: string) {
  return sql<number>`coalesce((numbers -> ${sql.lit(name)})::float8, 0)`;
}
