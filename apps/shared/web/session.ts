import { createHash } from "node:crypto";
import type { Output, PageContext } from "seamline";
import type { accounts } from "../accounts/contract.ts";
import type { SharedUses } from "./uses.ts";

/**
 * Who a visitor is. The accounts module is asked at every request, so that a session that was ended is over at once; only
 * when it cannot answer, what it said less than half a minute ago still counts.
 */

type Verified = NonNullable<Output<(typeof accounts)["verifySession"]>>;

export type Session =
  | { readonly state: "anonymous" }
  /** There is a session cookie, and nobody can say whose it is. */
  | { readonly state: "unknown"; readonly token: string }
  | {
      readonly state: "member";
      readonly token: string;
      readonly id: string;
      readonly user: Verified["user"];
      /** Known from the cache: the accounts module did not answer. */
      readonly cached: boolean;
    };

export const anonymous: Session = { state: "anonymous" };

/** A longer time keeps a revoked session alive for readers; a shorter one signs people out when accounts restarts. */
const cacheMs = 30_000;
const cacheEntries = 2_000;

/** What accounts said last. Nothing in it is needed: it may be lost at any time. Tokens are kept as digests only. */
export class SessionCache {
  readonly #entries = new Map<string, { verified: Verified; untilMs: number }>();

  remember(token: string, verified: Verified, now: Date): void {
    const key = digest(token);
    this.#entries.delete(key);
    const untilMs = Math.min(now.getTime() + cacheMs, Date.parse(verified.expiresAt));
    this.#entries.set(key, { verified, untilMs });
    // A Map keeps the order of insertion, so the first entry is the one that was confirmed longest ago.
    if (this.#entries.size > cacheEntries) this.#entries.delete(this.#entries.keys().next().value!);
  }

  recall(token: string, now: Date): Verified | null {
    const key = digest(token);
    const entry = this.#entries.get(key);
    if (entry === undefined) return null;
    if (entry.untilMs > now.getTime()) return entry.verified;
    this.#entries.delete(key);
    return null;
  }

  forget(token: string): void {
    this.#entries.delete(digest(token));
  }

  get size(): number {
    return this.#entries.size;
  }
}

function digest(token: string): string {
  return createHash("sha256").update(token).digest("base64");
}

const touchAfterMs = 60 * 60 * 1000;

/** Finds out who a token stands for; `identity` is what the modules are to be asked with, null for nobody's. */
export async function openSession(
  token: string,
  context: PageContext<SharedUses>,
  cache: SessionCache,
): Promise<{ session: Session; identity: string | null }> {
  if (token === "") return { session: anonymous, identity: null };
  const now = context.now();
  let absent = false;
  const asked = await context.part(
    "accounts",
    () => context.accounts.verifySession({ token }),
    () => ((absent = true), cache.recall(token, now)),
  );
  if (asked === null) {
    if (absent) return { session: { state: "unknown", token }, identity: null };
    cache.forget(token);
    return { session: anonymous, identity: null };
  }
  if (!absent) {
    cache.remember(token, asked, now);
    if (now.getTime() - Date.parse(asked.seenAt) > touchAfterMs)
      await context.part(
        "accounts",
        () => context.accounts.touchSession({ token }),
        () => undefined,
      );
  }
  const { user, session: id, identity } = asked;
  return { session: { state: "member", token, id, user, cached: absent }, identity };
}
