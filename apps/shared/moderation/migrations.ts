import { sql } from "kysely";
import type { Migration } from "kysely/migration";
import { store } from "seamline";
import { createAuthors, type AuthorsTable } from "../authors.ts";
import type { Decision, Report } from "./contract.ts";

/** What was reported or decided about; title and link as they were then. */
interface TargetColumns {
  kind: string;
  target: string;
  title: string;
  link: string;
}

export interface Tables {
  reports: TargetColumns & {
    id: string;
    reason: Report["reason"];
    content: string;
    /** The reporter. */
    author_id: string | null;
    author_name: string;
    state: Report["state"];
    assignee_id: string | null;
    assignee_name: string | null;
    created_at: Date;
    decided_at: Date | null;
  };
  /** The public log. */
  decisions: TargetColumns & {
    id: string;
    decision: Decision["decision"];
    because: string;
    by_id: string | null;
    by_name: string;
    at: Date;
  };
  hidden: { kind: string; target: string };
  authors: AuthorsTable;
}

const first: Migration = {
  async up(db) {
    await sql`create table reports (
      id uuid primary key,
      kind text not null,
      target uuid not null,
      title text not null,
      link text not null,
      reason text not null,
      content text not null,
      author_id uuid,
      author_name text not null,
      state text not null,
      assignee_id uuid,
      assignee_name text,
      created_at timestamptz not null,
      decided_at timestamptz
    )`.execute(db);
    await sql`create unique index one_report_each on reports (kind, target, author_id)
      where decided_at is null`.execute(db);
    await sql`create index reports_open on reports (created_at, id) where decided_at is null`.execute(db);
    await sql`create index reports_decided on reports (decided_at, id) where decided_at is not null`.execute(db);
    await sql`create index reports_of_author on reports (author_id, created_at)`.execute(db);
    await sql`create table decisions (
      id uuid primary key,
      kind text not null,
      target uuid not null,
      title text not null,
      link text not null,
      decision text not null,
      because text not null,
      by_id uuid,
      by_name text not null,
      at timestamptz not null
    )`.execute(db);
    await sql`create index decisions_in_order on decisions (at, id)`.execute(db);
    await sql`create index decisions_about on decisions (target)`.execute(db);
    await sql`create table hidden (kind text not null, target uuid not null, primary key (kind, target))`.execute(db);
    await createAuthors.execute(db);
  },
};

export const tables = store<Tables>({ migrations: { "001-first": first } });
