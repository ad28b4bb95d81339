import { store } from "seamline";
import { sql } from "kysely";
import type { Migration } from "kysely/migration";
import { createAuthors, type AuthorsTable } from "../../shared/authors.ts";

export interface Tables {
  boards: {
    slug: string;
    name_ko: string;
    name_en: string;
    writers: "members" | "admins";
    position: number;
    /** Posts that are there for everybody; kept up in the transaction of every change. */
    posts: number;
  };
  posts: {
    id: string;
    number: number;
    board: string;
    title: string;
    content: string;
    author_id: string | null;
    author_name: string;
    created_at: Date;
    edited_at: Date | null;
    removed_at: Date | null;
    removed_by: string | null;
    version: number;
  };
  /** The last public number, in its one row. A sequence would leave gaps where a transaction is undone. */
  post_numbers: { id: number; last: number };
  authors: AuthorsTable;
}

const first: Migration = {
  async up(db) {
    await sql`create table boards (
      slug text primary key,
      name_ko text not null,
      name_en text not null,
      writers text not null check (writers in ('members', 'admins')),
      position int not null,
      posts int not null default 0 check (posts >= 0)
    )`.execute(db);
    await sql`create table posts (
      id uuid primary key,
      number int not null unique,
      board text not null references boards,
      title text not null,
      content text not null,
      author_id uuid,
      author_name text not null,
      created_at timestamptz not null,
      edited_at timestamptz,
      removed_at timestamptz,
      removed_by uuid,
      version int not null default 1
    )`.execute(db);
    await sql`create index posts_shown on posts (number) where removed_at is null`.execute(db);
    await sql`create index posts_shown_of_board on posts (board, number) where removed_at is null`.execute(db);
    await sql`create index posts_of_author on posts (author_id, created_at)`.execute(db);
    await sql`create table post_numbers (id int primary key check (id = 1), last int not null)`.execute(db);
    await createAuthors.execute(db);
  },
};

/** What a new deployment shows: three boards, and three posts on the first of them. */
const content: Migration = {
  async up(db) {
    await sql`insert into boards (slug, name_ko, name_en, writers, position, posts) values
      ('free', '자유게시판', 'Open board', 'members', 1, 3),
      ('questions', '질문과 답변', 'Questions and answers', 'members', 2, 0),
      ('notices', '공지사항', 'Notices', 'admins', 3, 0)`.execute(db);
    await sql`insert into posts (id, number, board, title, content, author_name, created_at)
      select ('01980000-0000-7000-8000-00000000000' || number)::uuid, number, 'free', '게시물 ' || number,
        '게시물 ' || number || '의 내용', '운영자', now()
      from generate_series(1, 3) as number`.execute(db);
    await sql`insert into post_numbers values (1, 3)`.execute(db);
  },
};

export const tables = store<Tables>({ migrations: { "001-first": first, "002-content": content } });
