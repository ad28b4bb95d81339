import { sql, type Kysely, type Selectable } from "kysely";
import type { ReadStore, User } from "seamline";
import { postsPerPage, type Post, type PostSummary } from "./contract.ts";
import type { Tables } from "./migrations.ts";

/** Posts as rows, as callers see them, and in pages. */

type PostRow = Selectable<Tables["posts"]>;

const summaryColumns = [
  "id",
  "number",
  "board",
  "title",
  "author_id",
  "author_name",
  "created_at",
  "edited_at",
  "removed_at",
  "version",
] as const;

export function toSummary(row: Pick<PostRow, (typeof summaryColumns)[number]>): PostSummary {
  return {
    id: row.id,
    number: row.number,
    board: row.board,
    title: row.title,
    author: { id: row.author_id, name: row.author_name },
    createdAt: row.created_at.toISOString(),
    editedAt: row.edited_at?.toISOString() ?? null,
    removedAt: row.removed_at?.toISOString() ?? null,
    version: row.version,
  };
}

export function toPost(row: PostRow): Post {
  return { ...toSummary(row), content: row.content };
}

/** What events about a change of a post have in common. */
export function toChange(row: PostRow, at: Date) {
  return { id: row.id, number: row.number, board: row.board, version: row.version, at: at.toISOString() };
}

export function isAdmin(user: User): boolean {
  return user.roles.includes("admin");
}

/** Whether a user may change a post: its author, or an admin. */
export function mayChange(user: User, row: PostRow): boolean {
  return isAdmin(user) || row.author_id === user.id;
}

/** Whether anybody may read a post, or at least this user. */
export function maySee(user: User | null, row: PostRow): boolean {
  return row.removed_at === null || (user !== null && mayChange(user, row));
}

export interface PageOfPosts {
  readonly board: string | undefined;
  readonly page: number;
  readonly sort: "newest" | "oldest";
  /** Posts on all pages. */
  readonly total: number;
}

/**
 * One page of posts. Skipping costs a step in an index for each row skipped, so it begins at whichever end is nearer, and
 * looks at nothing but the index until it knows the page's numbers.
 */
export async function pageOf(
  store: ReadStore<Tables>,
  { board, page, sort, total }: PageOfPosts,
): Promise<PostSummary[]> {
  const before = (page - 1) * postsPerPage;
  const count = Math.min(postsPerPage, total - before);
  if (count <= 0) return [];
  const after = total - before - count;
  const fromEnd = after < before;
  const newestFirst = (sort === "newest") !== fromEnd;
  const numbers = store
    .selectFrom("posts")
    .select("number")
    .where("removed_at", "is", null)
    .$if(board !== undefined, (query) => query.where("board", "=", board!))
    .orderBy("number", newestFirst ? "desc" : "asc")
    .offset(fromEnd ? after : before)
    .limit(count);
  const rows = await store
    .selectFrom("posts")
    .select(summaryColumns)
    .where("number", "in", numbers)
    .orderBy("number", sort === "newest" ? "desc" : "asc")
    .execute();
  return rows.map(toSummary);
}

export async function manyOf(store: ReadStore<Tables>, ids: readonly string[]): Promise<PostSummary[]> {
  if (ids.length === 0) return [];
  const rows = await store
    .selectFrom("posts")
    .select(summaryColumns)
    .where("id", "in", ids)
    .where("removed_at", "is", null)
    .execute();
  return rows.map(toSummary);
}

/** A post, held until the transaction ends. */
export function lockPost(store: Kysely<Tables>, number: number): Promise<PostRow | undefined> {
  return store.selectFrom("posts").selectAll().where("number", "=", number).forUpdate().executeTakeFirst();
}

/** Changes a post and counts the change. */
export function changePost(store: Kysely<Tables>, id: string, change: Partial<PostRow>): Promise<PostRow> {
  return store
    .updateTable("posts")
    .set((eb) => ({ ...change, version: eb("version", "+", 1) }))
    .where("id", "=", id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

/**
 * Adds a post under the next public number. Whoever else publishes waits from here until this transaction ends, so it is
 * one statement, and comes last.
 */
export function addPost(store: Kysely<Tables>, post: Omit<PostRow, "number">): Promise<PostRow> {
  return store
    .with("numbered", (db) =>
      db
        .updateTable("post_numbers")
        .set((eb) => ({ last: eb("last", "+", 1) }))
        .returning("last"),
    )
    .with("counted", (db) =>
      db
        .updateTable("boards")
        .set((eb) => ({ posts: eb("posts", "+", 1) }))
        .where("slug", "=", post.board)
        .returning("slug"),
    )
    .insertInto("posts")
    .values({ ...post, number: sql<number>`(select last from numbered)` })
    .returningAll()
    .executeTakeFirstOrThrow();
}

export async function addToCount(store: Kysely<Tables>, board: string, posts: 1 | -1): Promise<void> {
  await store
    .updateTable("boards")
    .set((eb) => ({ posts: eb("posts", "+", posts) }))
    .where("slug", "=", board)
    .execute();
}
