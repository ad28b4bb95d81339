import { randomUUIDv7 } from "node:crypto";
import { sql } from "kysely";
import { module } from "seamline";
import { accounts, closedName } from "../../shared/accounts/contract.ts";
import { currentName, noteAuthor } from "../../shared/authors.ts";
import { paceSeconds } from "../../shared/pace.ts";
import { board, postsPerPage } from "./contract.ts";
import { tables } from "./migrations.ts";
import {
  addPost,
  addToCount,
  changePost,
  isAdmin,
  lockPost,
  manyOf,
  mayChange,
  maySee,
  pageOf,
  toChange,
  toPost,
} from "./posts.ts";

/** Posts in `boardList`. More makes an answer that is asked for often heavy. */
const listLength = 50;
/** Posts of one author in ten minutes. Higher lets floods through; lower stops people. */
const pace = { writes: 30, windowMs: 600_000 };

export default module(board, {
  store: tables,

  async listBoards(_input, { store }) {
    const rows = await store.selectFrom("boards").selectAll().orderBy("position").execute();
    return rows.map(({ slug, name_ko, name_en, writers, posts }) => ({
      slug,
      name: { ko: name_ko, en: name_en },
      writers,
      posts,
    }));
  },

  async listPosts({ board, page, sort }, { store, fail }) {
    const counts = await store
      .selectFrom("boards")
      .select("posts")
      .$if(board !== undefined, (query) => query.where("slug", "=", board!))
      .execute();
    if (board !== undefined && counts.length === 0) return fail("boardNotFound", { board });
    const total = counts.reduce((sum, { posts }) => sum + posts, 0);
    const posts = await pageOf(store, { board, page, sort, total });
    return { posts, page, pages: Math.max(1, Math.ceil(total / postsPerPage)), total };
  },

  async boardList(_input, { store }) {
    const newest = await store
      .selectFrom("posts")
      .select(["number as id", "title", "content"])
      .where("removed_at", "is", null)
      .orderBy("number", "desc")
      .limit(listLength)
      .execute();
    return newest.toReversed();
  },

  async getPost({ number }, { store, caller, fail }) {
    const row = await store.selectFrom("posts").selectAll().where("number", "=", number).executeTakeFirst();
    if (!row || !maySee(caller.user, row)) return fail("notFound", { number });
    return toPost(row);
  },

  async getMany({ ids }, { store }) {
    return await manyOf(store, ids);
  },

  async scan({ after, limit }, { store }) {
    const rows = await store
      .selectFrom("posts")
      .selectAll()
      .where("removed_at", "is", null)
      .$if(after !== null, (query) => query.where("id", ">", after!))
      .orderBy("id")
      .limit(limit)
      .execute();
    return rows.map(toPost);
  },

  async createPost({ board, title, content }, { store, caller: { user }, emit, fail, now }) {
    const at = now();
    if (!user) return fail("forbidden", { reason: "signIn" });
    const name = await currentName(store, user);
    if (name === null) return fail("forbidden", { reason: "accountClosed" });
    const place = await store.selectFrom("boards").select("writers").where("slug", "=", board).executeTakeFirst();
    if (!place) return fail("boardNotFound", { board });
    if (place.writers === "admins" && !isAdmin(user)) return fail("forbidden", { reason: "adminsOnly" });
    const retryAfterSeconds = await paceSeconds(store, "posts", user.id, pace, at);
    if (retryAfterSeconds > 0) return fail("tooOften", { retryAfterSeconds });

    const row = await addPost(store, {
      id: randomUUIDv7(),
      board,
      title,
      content,
      author_id: user.id,
      author_name: name,
      created_at: at,
      edited_at: null,
      removed_at: null,
      removed_by: null,
      version: 1,
    });
    emit("postPublished", { ...toChange(row, at), title, author: { id: user.id, name } });
    return toPost(row);
  },

  async editPost({ number, version, title, content }, { store, caller: { user }, emit, fail, now }) {
    const at = now();
    if (!user) return fail("forbidden", { reason: "signIn" });
    const row = await lockPost(store, number);
    if (!row || row.removed_at) return fail("notFound", { number });
    if (!mayChange(user, row)) return fail("forbidden", { reason: "notAuthor" });
    if (row.version !== version) return fail("editConflict", { version: row.version });
    const changed = await changePost(store, row.id, { title, content, edited_at: at });
    emit("postEdited", { ...toChange(changed, at), title });
    return toPost(changed);
  },

  async deletePost({ number }, { store, caller: { user }, emit, fail, now }) {
    const at = now();
    if (!user) return fail("forbidden", { reason: "signIn" });
    const row = await lockPost(store, number);
    if (!row || !maySee(user, row)) return fail("notFound", { number });
    if (!mayChange(user, row)) return fail("forbidden", { reason: "notAuthor" });
    if (row.removed_at) return toPost(row);
    const changed = await changePost(store, row.id, { removed_at: at, removed_by: user.id });
    await addToCount(store, row.board, -1);
    emit("postRemoved", toChange(changed, at));
    return toPost(changed);
  },

  async restore({ number }, { store, caller: { user }, emit, fail, now }) {
    const at = now();
    if (!user) return fail("forbidden", { reason: "signIn" });
    const row = await lockPost(store, number);
    if (!row || !maySee(user, row)) return fail("notFound", { number });
    if (!mayChange(user, row)) return fail("forbidden", { reason: "notAuthor" });
    if (!row.removed_at) return toPost(row);
    if (row.removed_by !== user.id && !isAdmin(user)) return fail("forbidden", { reason: "adminsOnly" });
    const changed = await changePost(store, row.id, { removed_at: null, removed_by: null });
    await addToCount(store, row.board, 1);
    emit("postRestored", { ...toChange(changed, at), title: row.title });
    return toPost(changed);
  },

  on: (subscribe) => [
    subscribe(accounts.userRenamed, async ({ user, name, at }, { store }) => {
      if (!(await noteAuthor(store, { id: user, name, at }))) return;
      await store.updateTable("posts").set({ author_name: name }).where("author_id", "=", user).execute();
    }),
    subscribe(accounts.userClosed, async ({ user, at }, { store }) => {
      if (!(await noteAuthor(store, { id: user, name: null, at }))) return;
      const removed_by = sql<string | null>`nullif(removed_by, ${user})`;
      await store
        .updateTable("posts")
        .set({ author_id: null, author_name: closedName, removed_by })
        .where("author_id", "=", user)
        .execute();
    }),
  ],
});
