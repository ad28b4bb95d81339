import { randomUUIDv7 } from "node:crypto";
import { module } from "seamline";
import { sql, type Kysely } from "kysely";
import { letterHandlers } from "../letters.ts";
import { moderation } from "../moderation/contract.ts";
import { accounts } from "./contract.ts";
import { count, forgive, newAccount, waitSeconds, wrongPassword } from "./limits.ts";
import { tables, type Tables } from "./migrations.ts";
import { handleOf, isReserved } from "./names.ts";
import { hashPassword, verifyPassword, weaknessOf } from "./passwords.ts";
import { endByToken, endOf, endSessionsOf, holderOf, liveSessions, startSession, touch } from "./sessions.ts";
import { isSuspended, lockForAdmin, suspendUser } from "./suspension.ts";

/** Names a user holds at once: the present one and the last former ones. More would let one person hoard names. */
const namesPerUser = 3;
const busy = { retryAfterSeconds: 1 };

export default module(accounts, {
  store: tables,
  ...letterHandlers,

  async register({ username, password, address, device }, { read, store, emit, fail, now }) {
    const at = now();
    const handle = handleOf(username);
    const reason = weaknessOf(password, username);
    if (reason) return fail("weakPassword", { reason });
    const counted = newAccount(address);
    const retryAfterSeconds = await waitSeconds(read, counted, at);
    if (retryAfterSeconds > 0) return fail("tooManyAttempts", { retryAfterSeconds });
    const holder = await read.selectFrom("handles").select("user_id").where("handle", "=", handle).executeTakeFirst();
    if (holder || isReserved(handle)) return fail("taken", { username });
    const hash = await hashPassword(password);
    if (hash === null) return fail("busy", busy);

    const user = { id: randomUUIDv7(), name: username, roles: [] };
    await store
      .insertInto("users")
      .values({ ...user, password: hash, created_at: at, closed_at: null, suspended_until: null })
      .execute();
    if (!(await takeHandle(store, handle, user.id, at))) return fail("taken", { username });
    await count(store, counted, at);
    const { session, token, expiresAt } = await startSession(store, user.id, device, at);
    emit("userRegistered", { user, at: at.toISOString() });
    return { user, token, session, expiresAt: expiresAt.toISOString() };
  },

  async login({ username, password, address, device }, { read, store, fail, now }) {
    const at = now();
    const handle = handleOf(username);
    const counted = wrongPassword(handle, address);
    const retryAfterSeconds = await waitSeconds(read, counted, at);
    if (retryAfterSeconds > 0) return fail("tooManyAttempts", { retryAfterSeconds });
    const found = await read
      .selectFrom("handles")
      .innerJoin("users", "users.id", "handles.user_id")
      .select(["users.id", "users.password"])
      .where("handle", "=", handle)
      .executeTakeFirst();
    const right = await verifyPassword(password, found?.password ?? null);
    if (right === null) return fail("busy", busy);

    const user = right && found ? await lockUser(store, found.id) : undefined;
    // The password may have been changed, or the account closed, while the hash ran.
    if (!user || user.password !== found?.password) {
      await count(store, counted, at);
      return null;
    }
    if (isSuspended(user, at)) return fail("suspended", { until: user.suspended_until.toISOString() });
    await forgive(store, counted);
    const { session, token, expiresAt } = await startSession(store, user.id, device, at);
    const { id, name, roles } = user;
    return { user: { id, name, roles }, token, session, expiresAt: expiresAt.toISOString() };
  },

  async logout({ token }, { store, emit, now }) {
    const ended = await endByToken(store, token);
    if (ended) emit("sessionRevoked", { user: ended.user_id, session: ended.id, at: now().toISOString() });
  },

  async verifySession({ token }, { store, now, issue }) {
    const held = await holderOf(store, token, now());
    if (!held) return null;
    const { user, session, expiresAt, seenAt } = held;
    return {
      user,
      session,
      identity: issue(user),
      expiresAt: expiresAt.toISOString(),
      seenAt: seenAt.toISOString(),
    };
  },

  async touchSession({ token }, { store, now }) {
    await touch(store, token, now());
  },

  async sessions(_input, { store, caller, fail, now }) {
    if (!caller.user) return fail("signInNeeded", {});
    const rows = await liveSessions(store, now())
      .selectAll("sessions")
      .where("user_id", "=", caller.user.id)
      .orderBy("started_at", "desc")
      .orderBy("id", "desc")
      .execute();
    return rows.map((row) => ({
      id: row.id,
      startedAt: row.started_at.toISOString(),
      seenAt: row.seen_at.toISOString(),
      expiresAt: endOf(row).toISOString(),
      device: row.device,
    }));
  },

  async endSessions({ ids, except }, { store, caller, emit, fail, now }) {
    const { user } = caller;
    if (!user) return fail("signInNeeded", {});
    const ended = await endSessionsOf(store, user.id, { ids, except });
    for (const session of ended) emit("sessionRevoked", { user: user.id, session, at: now().toISOString() });
    return { ended: ended.length };
  },

  async changePassword({ current, next, except, address }, { read, store, caller, emit, fail, now }) {
    const at = now();
    const user = caller.user && (await openAccount(read, caller.user.id));
    if (!user) return fail("signInNeeded", {});
    const reason = weaknessOf(next, user.name);
    if (reason) return fail("weakPassword", { reason });
    const counted = wrongPassword(handleOf(user.name), address);
    const retryAfterSeconds = await waitSeconds(read, counted, at);
    if (retryAfterSeconds > 0) return fail("tooManyAttempts", { retryAfterSeconds });
    const right = await verifyPassword(current, user.password);
    const hash = right ? await hashPassword(next) : null;
    if (right === null || (right && hash === null)) return fail("busy", busy);

    if (!right || (await lockUser(store, user.id))?.password !== user.password) {
      await count(store, counted, at);
      return { changed: false };
    }
    await forgive(store, counted);
    await store.updateTable("users").set({ password: hash }).where("id", "=", user.id).execute();
    for (const session of await endSessionsOf(store, user.id, { except }))
      emit("sessionRevoked", { user: user.id, session, at: at.toISOString() });
    return { changed: true };
  },

  async rename({ username }, { store, caller, emit, fail, now }) {
    const at = now();
    const handle = handleOf(username);
    const user = caller.user && (await lockUser(store, caller.user.id));
    if (!user) return fail("signInNeeded", {});
    if (isReserved(handle) || !(await takeHandle(store, handle, user.id, at))) return fail("taken", { username });
    await store.updateTable("users").set({ name: username }).where("id", "=", user.id).execute();
    const kept = store
      .selectFrom("handles")
      .select("handle")
      .where("user_id", "=", user.id)
      .orderBy("taken_at", "desc")
      .limit(namesPerUser);
    await store.deleteFrom("handles").where("user_id", "=", user.id).where("handle", "not in", kept).execute();
    if (user.name !== username) emit("userRenamed", { user: user.id, name: username, at: at.toISOString() });
    return { id: user.id, name: username, roles: user.roles };
  },

  async close({ password, address }, { read, store, caller, emit, fail, now }) {
    const at = now();
    const user = caller.user && (await openAccount(read, caller.user.id));
    if (!user) return fail("signInNeeded", {});
    const counted = wrongPassword(handleOf(user.name), address);
    const retryAfterSeconds = await waitSeconds(read, counted, at);
    if (retryAfterSeconds > 0) return fail("tooManyAttempts", { retryAfterSeconds });
    const right = await verifyPassword(password, user.password);
    if (right === null) return fail("busy", busy);

    if (!right || (await lockUser(store, user.id))?.password !== user.password) {
      await count(store, counted, at);
      return { closed: false };
    }
    await forgive(store, counted);
    const erased = { name: "", password: null, roles: [], closed_at: at };
    await store.updateTable("users").set(erased).where("id", "=", user.id).execute();
    await store.deleteFrom("handles").where("user_id", "=", user.id).execute();
    for (const session of await endSessionsOf(store, user.id))
      emit("sessionRevoked", { user: user.id, session, at: at.toISOString() });
    emit("userClosed", { user: user.id, at: at.toISOString() });
    return { closed: true };
  },

  async setRole({ user: id, role, granted }, { store, caller, fail, now }) {
    const { refused, user } = await lockForAdmin(store, caller.user, id, now());
    if (refused) return fail("forbidden", { reason: refused });
    if (!user) return fail("notFound", { user: id });
    const roles = user.roles.filter((held) => held !== role).concat(granted ? role : []);
    await store.updateTable("users").set({ roles }).where("id", "=", user.id).execute();
    return { id: user.id, name: user.name, roles };
  },

  async suspend({ user: id, until }, { store, caller, emit, fail, now }) {
    const { refused, user } = await lockForAdmin(store, caller.user, id, now());
    if (refused) return fail("forbidden", { reason: refused });
    if (!user) return fail("notFound", { user: id });
    await suspendUser(store, emit, { user: user.id, until, at: now() });
  },

  async getMany({ ids }, { store }) {
    if (ids.length === 0) return [];
    return await store
      .selectFrom("users")
      .select(["id", "name", "roles"])
      .where("id", "in", ids)
      .where("closed_at", "is", null)
      .execute();
  },

  async findByHandle({ handle }, { store }) {
    const user = await store
      .selectFrom("handles")
      .innerJoin("users", "users.id", "handles.user_id")
      .select(["users.id", "users.name", "users.roles"])
      .where("handle", "=", handleOf(handle))
      .executeTakeFirst();
    return user ?? null;
  },

  on: (subscribe) => [
    subscribe(moderation.userSanctioned, async ({ user, until }, { store, emit, now }) => {
      if (await lockUser(store, user)) await suspendUser(store, emit, { user, until, at: now() });
    }),
  ],
});

type Reader = Pick<Kysely<Tables>, "selectFrom">;

function openAccount(store: Reader, id: string) {
  return store.selectFrom("users").selectAll().where("id", "=", id).where("closed_at", "is", null).executeTakeFirst();
}

/** The user's row, held until the transaction ends; undefined: closed. */
function lockUser(store: Kysely<Tables>, id: string) {
  return store
    .selectFrom("users")
    .selectAll()
    .where("id", "=", id)
    .where("closed_at", "is", null)
    .forUpdate()
    .executeTakeFirst();
}

/** Takes a name for a user, or back; false: another has it. */
async function takeHandle(store: Kysely<Tables>, handle: string, user: string, at: Date): Promise<boolean> {
  const taken = await store
    .insertInto("handles")
    .values({ handle, user_id: user, taken_at: at })
    .onConflict((conflict) =>
      conflict
        .column("handle")
        .doUpdateSet({ taken_at: at })
        .where("handles.user_id", "=", sql<string>`excluded.user_id`),
    )
    .returning("handle")
    .executeTakeFirst();
  return taken !== undefined;
}
