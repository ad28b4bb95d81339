import { createHmac, randomBytes } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import type {} from "@fastify/cookie";

/** The longest that a session lives; whether it still does, the accounts module says. */
const sessionSeconds = 30 * 24 * 60 * 60;

/** What cookies need to know of the site. */
export interface CookieSite {
  readonly secure: boolean;
  readonly secret: Buffer;
}

/**
 * The pages' cookies. `__Host-` is a browser's promise that no other host or path set them, and needs https. Over plain
 * http several deployments may share one host, on which cookies ignore ports: each has names of its own, so that signing
 * in to one does not sign out of another.
 */
export class Cookies {
  readonly #site: CookieSite;
  readonly #request: FastifyRequest;
  readonly #reply: FastifyReply;

  constructor(site: CookieSite, request: FastifyRequest, reply: FastifyReply) {
    this.#site = site;
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
    return this.#site.secure ? `__Host-${name}` : `${name}-${tagOf(this.#site.secret)}`;
  }

  #read(name: string): string {
    return this.#request.cookies[this.#name(name)] ?? "";
  }

  #write(name: string, value: string, maxAge: number): void {
    const options = { path: "/", httpOnly: true, secure: this.#site.secure, sameSite: "lax", maxAge } as const;
    this.#reply.setCookie(this.#name(name), value, options);
  }
}

const tags = new WeakMap<Buffer, string>();

/** A few letters that tell deployments on one host apart. */
function tagOf(secret: Buffer): string {
  let tag = tags.get(secret);
  if (tag === undefined)
    tags.set(secret, (tag = createHmac("sha256", secret).update("cookies").digest("hex").slice(0, 8)));
  return tag;
}
