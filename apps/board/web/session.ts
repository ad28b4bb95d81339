import { createHash, randomBytes } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import type {} from "@fastify/cookie";
import type { Output } from "seamline";
import type { accounts } from "../../shared/accounts/contract.ts";
import type { Context } from "./uses.ts";

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

/** Finds out who a token stands for, and the context in which to ask on that person's behalf. */
export async function openSession(
  token: string,
  context: Context,
  cache: SessionCache,
): Promise<{ session: Session; context: Context }> {
  if (token === "") return { session: anonymous, context };
  const now = context.now();
  let absent = false;
  const asked = await context.part(
    "accounts",
    () => context.accounts.verifySession({ token }),
    () => ((absent = true), cache.recall(token, now)),
  );
  if (asked === null) {
    if (absent) return { session: { state: "unknown", token }, context };
    cache.forget(token);
    return { session: anonymous, context };
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
  return { session: { state: "member", token, id, user, cached: absent }, context: context.as(identity) };
}

/** The longest that a session lives; whether it still does, the accounts module says. */
const sessionSeconds = 30 * 24 * 60 * 60;

/** The pages' cookies. `__Host-` is a browser's promise that no other host or path set them, and needs https. */
export class Cookies {
  readonly #secure: boolean;
  readonly #request: FastifyRequest;
  readonly #reply: FastifyReply;

  constructor(secure: boolean, request: FastifyRequest, reply: FastifyReply) {
    this.#secure = secure;
    this.#request = request;
    this.#reply = reply;
  }

  get sessionToken(): string {
    const token = this.#read("session");
    return /^[\w-]{1,256}$/.test(token) ? token : "";
  }

  startSession(token: string): void {
    this.#write("session", token, sessionSeconds);
  }

  endSession(): void {
    this.#write("session", "", 0);
  }

  /** What tells a visitor without a session from others, for form tokens; made when `create` is set. */
  visitor(create: boolean): string {
    const known = this.#read("visitor");
    if (/^[\w-]{22}$/.test(known)) return known;
    if (!create) return "";
    const made = randomBytes(16).toString("base64url");
    this.#write("visitor", made, sessionSeconds);
    this.#request.cookies[this.#name("visitor")] = made;
    return made;
  }

  #name(name: string): string {
    return this.#secure ? `__Host-${name}` : name;
  }

  #read(name: string): string {
    return this.#request.cookies[this.#name(name)] ?? "";
  }

  #write(name: string, value: string, maxAge: number): void {
    const options = { path: "/", httpOnly: true, secure: this.#secure, sameSite: "lax", maxAge } as const;
    this.#reply.setCookie(this.#name(name), value, options);
  }
}
