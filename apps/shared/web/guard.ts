import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

/**
 * What stands between another site's page and a visitor's session. A request that changes something must come from our
 * own pages (Fetch Metadata, else Origin) and carry a form token: signed by the deployment, bound to the visitor who was
 * shown the form, and good for a limited time. The token's random part is also the idempotency key of what the form does,
 * so that a form sent twice has one effect.
 */

/** Long enough to write a long post; a shorter time loses text, a longer one lets a stolen page work longer. */
const lifetimeMs = 12 * 60 * 60 * 1000;

export interface FormTicket {
  /** The idempotency key. */
  readonly key: string;
  /** What goes into the form's hidden field. */
  readonly token: string;
}

export type TicketCheck = { readonly state: "good"; readonly key: string } | { readonly state: "expired" | "forged" };

/**
 * A ticket for one form.
 *
 * @param binding what only this visitor has: the session token, or the visitor cookie
 * @param key the key of an earlier try whose outcome is unknown; left out: a new one
 */
export function issueTicket(
  secret: Buffer,
  binding: string,
  now: Date,
  key = randomBytes(18).toString("base64url"),
): FormTicket {
  const body = `${key}.${(now.getTime() + lifetimeMs).toString(36)}`;
  return { key, token: `${body}.${sign(secret, binding, body)}` };
}

export function checkTicket(secret: Buffer, binding: string, now: Date, token: unknown): TicketCheck {
  const match = typeof token === "string" ? /^([\w-]{24})\.([0-9a-z]{1,11})\.([\w-]{43})$/.exec(token) : null;
  if (match === null || binding === "") return { state: "forged" };
  const [, key = "", expiry = "", mac = ""] = match;
  const expected = sign(secret, binding, `${key}.${expiry}`);
  if (!timingSafeEqual(Buffer.from(mac), Buffer.from(expected))) return { state: "forged" };
  return Number.parseInt(expiry, 36) > now.getTime() ? { state: "good", key } : { state: "expired" };
}

function sign(secret: Buffer, binding: string, body: string): string {
  return createHmac("sha256", secret).update(`form\0${binding}\0${body}`).digest("base64url");
}

/** Whether a request may change something, as far as its headers tell where it comes from. */
export function comesFromHere(headers: IncomingHttpHeaders): boolean {
  const site = headers["sec-fetch-site"];
  // "none" is a person's own act, such as sending the form again after a reload of a restored tab.
  if (site !== undefined) return site === "same-origin" || site === "none";
  const { origin, host } = headers;
  // No browser of the last years sends a form without either header; what does is no browser, and has no cookies to lend.
  if (origin === undefined) return true;
  return host !== undefined && URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}

/** An address of this site to go to after signing in, or `otherwise` for anything that might lead elsewhere. */
export function safeNext(value: unknown, otherwise: string): string {
  if (
    typeof value !== "string" ||
    value.length > 500 ||
    !/^\/(?![/\\])[\x21-\x7e]*$/.test(value) ||
    value.includes("\\")
  )
    return otherwise;
  const base = "http://here.invalid";
  if (!URL.canParse(value, base)) return otherwise;
  const url = new URL(value, base);
  // "/.//evil.example" is resolved to the path "//evil.example", which a browser would read as another host.
  if (url.origin !== base || url.pathname.startsWith("//")) return otherwise;
  return url.pathname + url.search + url.hash;
}
