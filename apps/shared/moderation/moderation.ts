import { randomUUIDv7 } from "node:crypto";
import type { Kysely } from "kysely";
import { module, type Module, type User } from "seamline";
import { accounts, closedName } from "../accounts/contract.ts";
import { currentName, noteAuthor } from "../authors.ts";
import { letterHandlers } from "../letters.ts";
import { paceSeconds } from "../pace.ts";
import { moderation, type Decision } from "./contract.ts";
import { tables, type Tables } from "./migrations.ts";
import { lockAlike, pageOfDecisions, pageOfReports, targetOf, withAlike } from "./reports.ts";

/** Reports of one person in ten minutes. Higher buries admins; lower stops somebody who found a nest of spam. */
const pace = { writes: 20, windowMs: 600_000 };
const statusAtMost = 100;
/** The kind of target that a sanction has in the log. */
const person = "user";

/** The module for one app, whose things of these kinds can be reported. */
export function moderationModule({ kinds }: { kinds: readonly string[] }): Module {
  return module(moderation, {
    store: tables,
    ...letterHandlers,

    async queue({ state, page }, { store, caller: { user }, fail }) {
      const reason = whyNotAdmin(user);
      if (reason) return fail("forbidden", { reason });
      return { page, ...(await pageOfReports(store, state, page)) };
    },

    async log({ page }, { store }) {
      return { page, ...(await pageOfDecisions(store, page)) };
    },

    async status(_input, { store, caller: { user }, fail }) {
      if (!user) return fail("forbidden", { reason: "signIn" });
      const rows = await store
        .selectFrom("reports")
        .selectAll()
        .where("author_id", "=", user.id)
        .orderBy("created_at", "desc")
        .orderBy("id", "desc")
        .limit(statusAtMost)
        .execute();
      return rows.map((row) => ({
        id: row.id,
        target: targetOf(row),
        state: row.state,
        at: row.created_at.toISOString(),
      }));
    },

    async report({ target, reason, content }, { store, caller: { user }, emit, fail, now }) {
      const at = now();
      if (!user) return fail("forbidden", { reason: "signIn" });
      if (!kinds.includes(target.kind)) return fail("unknownKind", { kind: target.kind, known: [...kinds] });
      const name = await currentName(store, user);
      if (name === null) return fail("forbidden", { reason: "accountClosed" });
      const retryAfterSeconds = await paceSeconds(store, "reports", user.id, pace, at);
      if (retryAfterSeconds > 0) return fail("tooOften", { retryAfterSeconds });
      const id = randomUUIDv7();
      const { id: report } = await store
        .insertInto("reports")
        .values({
          id,
          ...toColumns(target),
          reason,
          content,
          author_id: user.id,
          author_name: name,
          state: "open",
          assignee_id: null,
          assignee_name: null,
          created_at: at,
          decided_at: null,
        })
        // Changes nothing, and gives the one that is there.
        .onConflict((conflict) =>
          conflict
            .columns(["kind", "target", "author_id"])
            .where("decided_at", "is", null)
            .doUpdateSet((eb) => ({ reason: eb.ref("reports.reason") })),
        )
        .returning("id")
        .executeTakeFirstOrThrow();
      if (report === id)
        emit("reportFiled", { kind: target.kind, id: target.id, report, reporter: user.id, at: at.toISOString() });
      return { report };
    },

    async assign({ report: id }, { store, caller: { user }, fail }) {
      const { reason, admin } = await adminOf(store, user);
      if (reason) return fail("forbidden", { reason });
      const found = await lockAlike(store, id);
      if (!found) return fail("notFound", { report: id });
      if (found.report.decided_at) return fail("decided", { state: found.report.state });
      const row = await store
        .updateTable("reports")
        .set({ state: "assigned", assignee_id: admin.id, assignee_name: admin.name })
        .where("id", "=", id)
        .returningAll()
        .executeTakeFirstOrThrow();
      return (await withAlike(store, [row]))[0]!;
    },

    async decide({ report: id, decision, because }, { store, caller: { user }, emit, fail, now }) {
      const at = now();
      const { reason, admin } = await adminOf(store, user);
      if (reason) return fail("forbidden", { reason });
      const found = await lockAlike(store, id);
      if (!found) return fail("notFound", { report: id });
      const { report, open } = found;
      if (report.decided_at) return fail("decided", { state: report.state });
      const state = decision === "hide" ? "resolved" : "rejected";
      const ids = open.map((row) => row.id);
      await store.updateTable("reports").set({ state, decided_at: at }).where("id", "in", ids).execute();

      const target = targetOf(report);
      const about = { kind: target.kind, id: target.id, at: at.toISOString() };
      await writeLog(store, admin, target, decision === "hide" ? "hidden" : "rejected", because, at);
      if (decision === "hide") {
        await noteHidden(store, target);
        emit("contentHidden", about);
      }
      for (const { id: report, author_id: reporter, title, link } of open)
        if (reporter !== null) emit("reportDecided", { ...about, report, reporter, state, title, link });
      return (await withAlike(store, [{ ...report, state, decided_at: at }]))[0]!;
    },

    async restore({ target, because }, { store, caller: { user }, emit, fail, now }) {
      const at = now();
      const { reason, admin } = await adminOf(store, user);
      if (reason) return fail("forbidden", { reason });
      const { kind, id } = target;
      const shown = await store
        .deleteFrom("hidden")
        .where("kind", "=", kind)
        .where("target", "=", id)
        .returning("target")
        .executeTakeFirst();
      if (!shown) return;
      await writeLog(store, admin, target, "restored", because, at);
      emit("contentRestored", { kind, id: shown.target, at: at.toISOString() });
    },

    async sanction({ user: id, name, until, because }, { store, caller: { user }, emit, fail, now }) {
      const at = now();
      const { reason, admin } = await adminOf(store, user);
      if (reason) return fail("forbidden", { reason });
      if (id.toLowerCase() === admin.id) return fail("forbidden", { reason: "oneself" });
      await writeLog(store, admin, { kind: person, id, title: name, link: "" }, "sanctioned", because, at);
      emit("userSanctioned", { user: id.toLowerCase(), until, at: at.toISOString() });
    },

    on: (subscribe) => [
      subscribe(accounts.userRenamed, async ({ user, name, at }, { store }) => {
        if (await noteAuthor(store, { id: user, name, at })) await rewrite(store, user, { id: user, name });
      }),
      subscribe(accounts.userClosed, async ({ user, at }, { store }) => {
        if (await noteAuthor(store, { id: user, name: null, at }))
          await rewrite(store, user, { id: null, name: closedName });
      }),
    ],
  });
}

function whyNotAdmin(user: User | null): "signIn" | "adminsOnly" | null {
  if (!user) return "signIn";
  return user.roles.includes("admin") ? null : "adminsOnly";
}

interface Admin {
  readonly id: string;
  readonly name: string;
}

/** Who decides, under the present name. */
async function adminOf(
  store: Kysely<Tables>,
  user: User | null,
): Promise<{ reason: "signIn" | "adminsOnly" | "accountClosed"; admin?: never } | { reason: null; admin: Admin }> {
  const reason = whyNotAdmin(user);
  if (reason || !user) return { reason: reason ?? "signIn" };
  const name = await currentName(store, user);
  return name === null ? { reason: "accountClosed" } : { reason: null, admin: { id: user.id, name } };
}

function toColumns({ kind, id, title, link }: Decision["target"]) {
  return { kind, target: id, title, link };
}

async function writeLog(
  store: Kysely<Tables>,
  by: Admin,
  target: Decision["target"],
  decision: Decision["decision"],
  because: string,
  at: Date,
): Promise<void> {
  const row = { id: randomUUIDv7(), ...toColumns(target), decision, because, by_id: by.id, by_name: by.name, at };
  await store.insertInto("decisions").values(row).execute();
}

async function noteHidden(store: Kysely<Tables>, { kind, id }: Decision["target"]): Promise<void> {
  await store
    .insertInto("hidden")
    .values({ kind, target: id })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Brings a new name, or that there is none any more, to everything that shows a person. */
async function rewrite(store: Kysely<Tables>, user: string, { id, name }: { id: string | null; name: string }) {
  await store.updateTable("reports").set({ author_id: id, author_name: name }).where("author_id", "=", user).execute();
  await store
    .updateTable("reports")
    .set({ assignee_id: id, assignee_name: name })
    .where("assignee_id", "=", user)
    .execute();
  await store.updateTable("decisions").set({ by_id: id, by_name: name }).where("by_id", "=", user).execute();
  await store
    .updateTable("decisions")
    .set({ title: name })
    .where("kind", "=", person)
    .where("target", "=", user)
    .execute();
}
