import { createHash, randomBytes, randomUUIDv7 } from "node:crypto";
import type { ReadStore } from "seamline";
import type { Kysely } from "kysely";
import type { Tables } from "./migrations.ts";

/**
 * Sessions: an opaque random token that the user holds and whose SHA-256 we keep. The token has 256 bits of chance, so a
 * fast digest is enough: there is nothing to guess. Ended here, by deleting the row, and nowhere else.
 */

const dayMs = 86_400_000;
const idleMs = 14 * dayMs;
const absoluteMs = 30 * dayMs;
/** How exactly the last use is noted. Finer means a write for more of the page views. */
const seenGrainMs = 5 * 60_000;
/** The oldest go when a user has more. */
const sessionsPerUser = 20;

export interface Held {
  readonly session: string;
  readonly user: { id: string; name: string; roles: string[] };
  readonly expiresAt: Date;
  readonly seenAt: Date;
}

export interface Started {
  readonly session: string;
  readonly token: string;
  readonly expiresAt: Date;
}

/** Starts a session and clears away the user's dead and surplus ones. */
export async function startSession(store: Kysely<Tables>, user: string, device: string, now: Date): Promise<Started> {
  const token = randomBytes(32).toString("base64url");
  const session = randomUUIDv7();
  const expires_at = new Date(now.getTime() + absoluteMs);
  const row = {
    id: session,
    user_id: user,
    token_hash: digest(token),
    device,
    started_at: now,
    seen_at: now,
    expires_at,
  };
  await store.insertInto("sessions").values(row).execute();
  const kept = liveSessions(store, now)
    .select("sessions.id")
    .where("user_id", "=", user)
    .orderBy("started_at", "desc")
    .orderBy("sessions.id", "desc")
    .limit(sessionsPerUser);
  await store.deleteFrom("sessions").where("user_id", "=", user).where("id", "not in", kept).execute();
  return { session, token, expiresAt: endOf(row) };
}

/** Sessions that have not reached their idle or their absolute end. */
export function liveSessions(store: ReadStore<Tables>, now: Date) {
  return store
    .selectFrom("sessions")
    .where("expires_at", ">", now)
    .where("seen_at", ">", new Date(now.getTime() - idleMs));
}

/** Who holds a token; null: nobody. */
export async function holderOf(store: ReadStore<Tables>, token: string, now: Date): Promise<Held | null> {
  const row = await liveSessions(store, now)
    .innerJoin("users", "users.id", "sessions.user_id")
    .where("token_hash", "=", digest(token))
    .where("closed_at", "is", null)
    .select(["sessions.id as session", "users.id as user", "name", "roles", "seen_at", "expires_at"])
    .executeTakeFirst();
  if (!row) return null;
  const user = { id: row.user, name: row.name, roles: row.roles };
  return { session: row.session, user, expiresAt: endOf(row), seenAt: row.seen_at };
}

/** Notes that a session is in use. */
export async function touch(store: Kysely<Tables>, token: string, now: Date): Promise<void> {
  await store
    .updateTable("sessions")
    .set({ seen_at: now })
    .where("token_hash", "=", digest(token))
    .where("expires_at", ">", now)
    .where("seen_at", ">", new Date(now.getTime() - idleMs))
    .where("seen_at", "<", new Date(now.getTime() - seenGrainMs))
    .execute();
}

/** Ends one session by its token; whose and which it was. */
export function endByToken(store: Kysely<Tables>, token: string) {
  return store
    .deleteFrom("sessions")
    .where("token_hash", "=", digest(token))
    .returning(["id", "user_id"])
    .executeTakeFirst();
}

/** Ends sessions of a user: those of `ids` or all, but never `except`. Their ids. */
export async function endSessionsOf(
  store: Kysely<Tables>,
  user: string,
  { ids, except }: { ids?: readonly string[] | undefined; except?: string | undefined } = {},
): Promise<string[]> {
  if (ids?.length === 0) return [];
  const rows = await store
    .deleteFrom("sessions")
    .where("user_id", "=", user)
    .$if(ids !== undefined, (query) => query.where("id", "in", ids!))
    .$if(except !== undefined, (query) => query.where("id", "!=", except!))
    .returning("id")
    .execute();
  return rows.map(({ id }) => id);
}

/** When a session ends if it is not used again. */
export function endOf(row: { seen_at: Date; expires_at: Date }): Date {
  return new Date(Math.min(row.expires_at.getTime(), row.seen_at.getTime() + idleMs));
}

function digest(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
