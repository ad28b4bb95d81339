import type { Kysely, Selectable } from "kysely";
import type { User } from "seamline";
import type { Tables } from "./migrations.ts";
import { endSessionsOf } from "./sessions.ts";

/**
 * Admins and whom they keep out. Whether somebody is an admin is read here and not believed of the identity: that may be
 * half a minute old, time enough for one who was just dismissed to take the role back.
 */

type UserRow = Selectable<Tables["users"]>;

export type Refusal = "signIn" | "adminsOnly" | "oneself";

/**
 * The user whom an admin is about to change, held until the transaction ends together with the admin's own row. Of two
 * admins who change each other at once, the second is one no more when its turn comes.
 *
 * @returns why the caller may not, or the user; undefined: closed, or never there
 */
export async function lockForAdmin(
  store: Kysely<Tables>,
  caller: User | null,
  id: string,
  now: Date,
): Promise<{ refused: Refusal | null; user?: UserRow | undefined }> {
  if (!caller) return { refused: "signIn" };
  // The database writes ids in lower case; whoever asks may not.
  const user = id.toLowerCase();
  const rows = await store
    .selectFrom("users")
    .selectAll()
    .where("id", "in", [caller.id, user])
    .where("closed_at", "is", null)
    .orderBy("id")
    .forUpdate()
    .execute();
  const admin = rows.find((row) => row.id === caller.id);
  if (!admin?.roles.includes("admin") || isSuspended(admin, now)) return { refused: "adminsOnly" };
  if (user === caller.id) return { refused: "oneself" };
  return { refused: null, user: rows.find((row) => row.id === user) };
}

export function isSuspended(user: UserRow, now: Date): user is UserRow & { suspended_until: Date } {
  return user.suspended_until !== null && user.suspended_until > now;
}

interface Emit {
  (name: "userSuspended", payload: { user: string; until: string; at: string }): void;
  (name: "sessionRevoked", payload: { user: string; session: string; at: string }): void;
}

/** Keeps a user out until a time. The row must be held: a sign-in that is under way would begin a session after this. */
export async function suspendUser(
  store: Kysely<Tables>,
  emit: Emit,
  { user, until, at }: { user: string; until: string; at: Date },
): Promise<void> {
  const suspended_until = new Date(until);
  await store.updateTable("users").set({ suspended_until }).where("id", "=", user).execute();
  if (suspended_until > at)
    for (const session of await endSessionsOf(store, user))
      emit("sessionRevoked", { user, session, at: at.toISOString() });
  emit("userSuspended", { user, until, at: at.toISOString() });
}
