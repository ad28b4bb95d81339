import { randomUUIDv7 } from "node:crypto";
import type { Kysely, Selectable } from "kysely";
import { module, type User } from "seamline";
import { accounts, closedName } from "../../shared/accounts/contract.ts";
import { currentName, noteAuthor } from "../../shared/authors.ts";
import { paceSeconds } from "../../shared/pace.ts";
import { board } from "../board/contract.ts";
import { comments, commentsPerPage, type Comment } from "./contract.ts";
import { tables, type Tables } from "./migrations.ts";
import { addPlace, hideOne, noteTarget, targetOf } from "./targets.ts";

/** Comments of one author in ten minutes. Higher lets floods through; lower stops people. */
const pace = { writes: 60, windowMs: 600_000 };

type CommentRow = Selectable<Tables["comments"]>;

export default module(comments, {
  store: tables,

  async list({ target, page }, { store }) {
    const known = await targetOf(store, target);
    if (!known || known.removed) return { comments: [], page, pages: 1, total: 0 };
    const rows = await store
      .selectFrom("comments")
      .selectAll()
      .where("target", "=", target)
      .orderBy("root")
      .orderBy((eb) => eb("id", "!=", eb.ref("root")))
      .orderBy("id")
      .offset((page - 1) * commentsPerPage)
      .limit(commentsPerPage)
      .execute();
    const pages = Math.max(1, Math.ceil(known.places / commentsPerPage));
    return { comments: rows.map(toComment), page, pages, total: known.shown };
  },

  async counts({ targets }, { store }) {
    if (targets.length === 0) return {};
    const rows = await store
      .selectFrom("targets")
      .select(["id", "shown"])
      .where("id", "in", targets)
      .where("removed", "=", false)
      .execute();
    // The database writes ids in lower case; the answer has them as they were asked for.
    const shown = new Map(rows.map((row) => [row.id, row.shown]));
    return Object.fromEntries(targets.map((id) => [id, shown.get(id.toLowerCase()) ?? 0]));
  },

  async add({ target, parent, content }, { store, caller: { user }, emit, fail, now }) {
    const at = now();
    if (!user) return fail("forbidden", { reason: "signIn" });
    const name = await currentName(store, user);
    if (name === null) return fail("forbidden", { reason: "accountClosed" });
    const retryAfterSeconds = await paceSeconds(store, "comments", user.id, pace, at);
    if (retryAfterSeconds > 0) return fail("tooOften", { retryAfterSeconds });
    const root = parent === null ? null : await rootOf(store, parent, target);
    if (parent && !root) return fail("notFound", { id: parent });
    if (!(await addPlace(store, target))) return fail("notFound", { id: target });

    const id = randomUUIDv7();
    const author = { id: user.id, name };
    const row = await store
      .insertInto("comments")
      .values({
        id,
        target,
        root: root ?? id,
        content,
        author_id: user.id,
        author_name: name,
        created_at: at,
        edited_at: null,
        version: 1,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    emit("commentAdded", { id, target, parent: root, author, at: at.toISOString() });
    return toComment(row);
  },

  async edit({ id, version, content }, { store, caller: { user }, emit, fail, now }) {
    const at = now();
    if (!user) return fail("forbidden", { reason: "signIn" });
    const row = await lockComment(store, id);
    if (!row || row.content === null) return fail("notFound", { id });
    if (!mayChange(user, row)) return fail("forbidden", { reason: "notAuthor" });
    if (row.version !== version) return fail("editConflict", { version: row.version });
    const changed = await changeComment(store, id, { content, edited_at: at });
    emit("commentEdited", { id, target: row.target, at: at.toISOString() });
    return toComment(changed);
  },

  async remove({ id }, { store, caller: { user }, emit, fail, now }) {
    if (!user) return fail("forbidden", { reason: "signIn" });
    const row = await lockComment(store, id);
    if (!row) return fail("notFound", { id });
    if (!mayChange(user, row)) return fail("forbidden", { reason: "notAuthor" });
    if (row.content === null) return toComment(row);
    const changed = await changeComment(store, id, { content: null });
    await hideOne(store, row.target);
    emit("commentRemoved", { id, target: row.target, at: now().toISOString() });
    return toComment(changed);
  },

  on: (subscribe) => [
    subscribe(board.postRemoved, async ({ id, version }, { store }) => {
      await noteTarget(store, id, version, true);
    }),
    subscribe(board.postRestored, async ({ id, version }, { store }) => {
      await noteTarget(store, id, version, false);
    }),
    subscribe(accounts.userRenamed, async ({ user, name, at }, { store }) => {
      if (!(await noteAuthor(store, { id: user, name, at }))) return;
      await store.updateTable("comments").set({ author_name: name }).where("author_id", "=", user).execute();
    }),
    subscribe(accounts.userClosed, async ({ user, at }, { store }) => {
      if (!(await noteAuthor(store, { id: user, name: null, at }))) return;
      await store
        .updateTable("comments")
        .set({ author_id: null, author_name: closedName })
        .where("author_id", "=", user)
        .execute();
    }),
  ],
});

function toComment(row: CommentRow): Comment {
  const removed = row.content === null;
  return {
    id: row.id,
    target: row.target,
    parent: row.root === row.id ? null : row.root,
    content: row.content,
    author: removed ? null : { id: row.author_id, name: row.author_name },
    createdAt: row.created_at.toISOString(),
    editedAt: row.edited_at?.toISOString() ?? null,
    version: row.version,
  };
}

function mayChange(user: User, row: CommentRow): boolean {
  return row.author_id === user.id || user.roles.includes("admin");
}

/** The thread that an answer to `parent` joins; null: there is no such comment (any more) below the target. */
async function rootOf(store: Kysely<Tables>, parent: string, target: string): Promise<string | null> {
  const row = await store
    .selectFrom("comments")
    .select("root")
    .where("id", "=", parent)
    .where("target", "=", target)
    .where("content", "is not", null)
    .executeTakeFirst();
  return row?.root ?? null;
}

/** A comment, held until the transaction ends; undefined: there is none, or its target is removed. */
async function lockComment(store: Kysely<Tables>, id: string): Promise<CommentRow | undefined> {
  const row = await store.selectFrom("comments").selectAll().where("id", "=", id).forUpdate().executeTakeFirst();
  const target = row && (await targetOf(store, row.target));
  return target?.removed ? undefined : row;
}

/** Changes a comment and counts the change. */
function changeComment(store: Kysely<Tables>, id: string, change: Partial<CommentRow>): Promise<CommentRow> {
  return store
    .updateTable("comments")
    .set((eb) => ({ ...change, version: eb("version", "+", 1) }))
    .where("id", "=", id)
    .returningAll()
    .executeTakeFirstOrThrow();
}
