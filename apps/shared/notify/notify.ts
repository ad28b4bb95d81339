import type { Kysely } from "kysely";
import { module, type Module } from "seamline";
import { accounts, closedName } from "../accounts/contract.ts";
import { noteAuthor } from "../authors.ts";
import { notify } from "./contract.ts";
import { tables, type Tables } from "./migrations.ts";
import { countUnread, forgetOld, leaveNote, pageOfNotes } from "./notes.ts";
import type { Rule, Rules } from "./rules.ts";
import { nameOf, thingsFor } from "./things.ts";

const hourMs = 3_600_000;

/**
 * The module for one app, whose rules say what is told to whom.
 *
 *     export default notifyModule({
 *       types: ["commentAdded"],
 *       rules: (tell) => [
 *         tell(comments.commentAdded, async ({ target, author }, things) => [ … ]),
 *       ],
 *     });
 */
export function notifyModule<const Type extends string>({ types, rules: define }: Rules<Type>): Module {
  const rules = new Map(define((event, notes) => ({ event, notes })).map((rule) => [nameOf(rule), rule]));

  async function apply(store: Kysely<Tables>, rule: Rule, payload: unknown, at: Date): Promise<void> {
    const things = thingsFor(store, { rule, payload, at }, async (event, waited, waitedAt) => {
      const waiting = rules.get(event);
      // A rule may have gone with a newer version of the app.
      if (waiting) await apply(store, waiting, waited, waitedAt);
    });
    for (const note of await rule.notes(payload, things)) await leaveNote(store, note, at);
  }

  return module(notify, {
    store: tables,

    async unreadCount(_input, { store, caller: { user }, fail }) {
      if (!user) return fail("signInNeeded", {});
      return { unread: await countUnread(store, user.id) };
    },

    async list({ page }, { store, caller: { user }, fail }) {
      if (!user) return fail("signInNeeded", {});
      return { page, ...(await pageOfNotes(store, user.id, page)) };
    },

    async markRead({ ids }, { store, caller: { user }, fail }) {
      if (!user) return fail("signInNeeded", {});
      if (ids?.length === 0) return { read: 0 };
      const { numUpdatedRows } = await store
        .updateTable("notes")
        .set({ read: true })
        .where("user_id", "=", user.id)
        .where("read", "=", false)
        .$if(ids !== undefined, (query) => query.where("id", "in", ids!))
        .executeTakeFirstOrThrow();
      return { read: Number(numUpdatedRows) };
    },

    async preferences(_input, { store, caller: { user }, fail }) {
      if (!user) return fail("signInNeeded", {});
      const rows = await store
        .selectFrom("muted")
        .select("type")
        .where("user_id", "=", user.id)
        .orderBy("type")
        .execute();
      return { muted: rows.map(({ type }) => type) };
    },

    async setPreferences({ muted }, { store, caller: { user }, fail }) {
      if (!user) return fail("signInNeeded", {});
      const unknown = muted.find((type) => !(types as readonly string[]).includes(type));
      if (unknown !== undefined) return fail("unknownType", { type: unknown, known: [...types] });
      const wanted = [...new Set(muted)].sort();
      await store.deleteFrom("muted").where("user_id", "=", user.id).execute();
      const rows = wanted.map((type) => ({ user_id: user.id, type }));
      if (rows.length > 0)
        await store
          .insertInto("muted")
          .values(rows)
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      return { muted: wanted };
    },

    on: (subscribe) => [
      ...[...rules.values()].map((rule) =>
        subscribe(rule.event, (payload: unknown, { store, now }) => apply(store, rule, payload, now())),
      ),
      subscribe(accounts.userRenamed, async ({ user, name, at }, { store }) => {
        if (!(await noteAuthor(store, { id: user, name, at }))) return;
        await store.updateTable("notes").set({ by_name: name }).where("by_id", "=", user).execute();
      }),
      subscribe(accounts.userClosed, async ({ user, at }, { store }) => {
        if (!(await noteAuthor(store, { id: user, name: null, at }))) return;
        await store.deleteFrom("notes").where("user_id", "=", user).execute();
        await store.deleteFrom("muted").where("user_id", "=", user).execute();
        await store.updateTable("things").set({ owner_id: null }).where("owner_id", "=", user).execute();
        await store.updateTable("notes").set({ by_id: null, by_name: closedName }).where("by_id", "=", user).execute();
      }),
    ],

    schedules: (schedule) => [
      schedule("forgetOld", { everyMs: hourMs }, async ({ store, now }) => ({ again: await forgetOld(store, now()) })),
    ],
  });
}
