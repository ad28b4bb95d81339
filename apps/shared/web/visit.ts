import { createHmac } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import type {} from "@fastify/cookie";
import type { PageContext, Site } from "seamline";
import { Cookies } from "./cookies.ts";
import { safeNext, checkTicket, issueTicket, type FormTicket, type TicketCheck } from "./guard.ts";
import { negotiate, toLanguage, type Language, type Locale } from "./language.ts";
import { layout, type Layout, type Page } from "./layout.ts";
import { anonymous, openSession, type Session, type SessionCache } from "./session.ts";
import type { SharedTexts } from "./site-texts.ts";
import type { StaticFiles } from "./static.ts";
import type { SharedUses } from "./uses.ts";

/**
 * One request for a page: who asks, in which language, and how the answer is put together. `U` and `T` are what the site
 * asks and says; what all sites share takes any `Visit`.
 */
export class Visit<U extends SharedUses = SharedUses, T extends SharedTexts = SharedTexts> {
  readonly context: PageContext<U>;
  readonly session: Session;
  readonly locale: Locale<T>;
  readonly cookies: Cookies;
  readonly request: FastifyRequest;
  /** For answers that are no pages. */
  readonly reply: FastifyReply;
  readonly #desk: Desk<U, T>;
  #personal = false;

  constructor(
    desk: Desk<U, T>,
    request: FastifyRequest,
    reply: FastifyReply,
    who: { context: PageContext<U>; session: Session },
  ) {
    this.#desk = desk;
    this.request = request;
    this.reply = reply;
    this.context = who.context;
    this.session = who.session;
    this.cookies = new Cookies(desk.site, request, reply);
    const chosen = toLanguage(this.query("lang"));
    if (chosen !== null)
      reply.setCookie("lang", chosen, { path: "/", sameSite: "lax", maxAge: 31_536_000, secure: desk.site.secure });
    this.locale =
      desk.locales[chosen ?? toLanguage(request.cookies["lang"]) ?? negotiate(request.headers["accept-language"])];
  }

  get text(): T {
    return this.locale.text;
  }

  get site(): Site<U> {
    return this.#desk.site;
  }

  get cache(): SessionCache {
    return this.#desk.cache;
  }

  /** Where the site's own matter begins: the page to go to where no other is asked for. */
  get start(): string {
    return this.#desk.start;
  }

  get member(): Extract<Session, { state: "member" }> | null {
    return this.session.state === "member" ? this.session : null;
  }

  /** One value of the query string; "" for none or several. */
  query(name: string): string {
    const value = (this.request.query as Record<string, unknown> | null)?.[name];
    return typeof value === "string" ? value : "";
  }

  /** One field of a form; "" for none or several. */
  field(name: string): string {
    const body = this.request.body as Record<string, unknown> | null | undefined;
    const value = typeof body === "object" && body !== null && Object.hasOwn(body, name) ? body[name] : "";
    return typeof value === "string" ? value : "";
  }

  /** A part of the path that counts things from 1; null for anything else. */
  number(name: string): number | null {
    const value = (this.request.params as Record<string, string>)[name] ?? "";
    return /^[1-9]\d{0,9}$/.test(value) && Number(value) <= 2_147_483_647 ? Number(value) : null;
  }

  /** The page asked for by `?page=`, at least 1. */
  get pageNumber(): number {
    const value = this.query("page");
    return /^[1-9]\d{0,5}$/.test(value) ? Number(value) : 1;
  }

  /** This address without what concerns only this one view of it. */
  get address(): string {
    const url = new URL(safeNext(this.request.url, "/"), "http://here.invalid");
    url.searchParams.delete("lang");
    url.searchParams.delete("done");
    return url.pathname + url.search;
  }

  /** A ticket for a form on this page; `key` is that of an earlier try whose outcome nobody knows. */
  ticket(key?: string): FormTicket {
    this.#personal = true;
    return issueTicket(this.site.secret, this.#binding(true), this.context.now(), key);
  }

  /** @param token where the form's fields are not in the request's body, as with a streamed upload: its `token` field */
  checkTicket(token: string = this.field("token")): TicketCheck {
    return checkTicket(this.site.secret, this.#binding(false), this.context.now(), token);
  }

  /**
   * The idempotency key of a call: the same for the same form sent again with the same values. A form that was changed
   * after going back is another act, and must not be answered with what the first one did.
   */
  callKey(key: string, operation: string, values: unknown): string {
    const mac = createHmac("sha256", this.site.secret).update(`call\0${operation}\0${JSON.stringify(values)}`);
    return `${key}.${mac.digest("base64url").slice(0, 22)}`;
  }

  #binding(create: boolean): string {
    if (this.session.state !== "anonymous") return `session ${this.session.token}`;
    const visitor = this.cookies.visitor(create);
    return visitor === "" ? "" : `visitor ${visitor}`;
  }

  async show(page: Page, status = 200): Promise<FastifyReply> {
    const body = String(await layout(this, page, this.#desk));
    // A page with a form holds a token of its visitor; a page of a member is nobody else's business.
    const shared = this.session.state === "anonymous" && status === 200 && !this.#personal;
    return this.reply
      .code(status)
      .type("text/html; charset=utf-8")
      .header("cache-control", shared ? "private, no-cache" : "private, no-store")
      .header("vary", "Cookie, Accept-Language")
      .header("content-language", this.locale.language)
      .send(body);
  }

  /** Sends the browser on with a GET; `done` is what the next page says about it. */
  go(path: string, done?: keyof T["done"] & string): FastifyReply {
    const url = new URL(path, "http://here.invalid");
    if (done !== undefined) url.searchParams.set("done", done);
    this.reply.header("cache-control", "no-store");
    return this.reply.redirect(url.pathname + url.search + url.hash, 303);
  }

  /** Sends a visitor to sign in first, and then on to `next`, an address of this site. */
  signInFirst(next: string): FastifyReply {
    return this.go(`/login?next=${encodeURIComponent(next)}`);
  }

  retryAfter(seconds: number): void {
    this.reply.header("retry-after", String(Math.max(1, seconds)));
  }
}

/** What all requests of one process share. */
export interface Desk<U extends SharedUses = SharedUses, T extends SharedTexts = SharedTexts> {
  readonly site: Site<U>;
  readonly files: StaticFiles;
  readonly cache: SessionCache;
  readonly locales: Readonly<Record<Language, Locale<T>>>;
  readonly layout: Layout<Visit<U, T>>;
  readonly start: string;
}

export async function openVisit<U extends SharedUses, T extends SharedTexts>(
  desk: Desk<U, T>,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Visit<U, T>> {
  const context = desk.site.context(request, reply);
  const cookies = new Cookies(desk.site, request, reply);
  const token = cookies.sessionToken;
  const { session, identity } = await openSession(token, context, desk.cache);
  if (token !== "" && session.state === "anonymous") cookies.endSession();
  return new Visit(desk, request, reply, { context: identity === null ? context : context.as(identity), session });
}

/** A visit that asks nobody: for saying that something failed. */
export function bareVisit<U extends SharedUses, T extends SharedTexts>(
  desk: Desk<U, T>,
  request: FastifyRequest,
  reply: FastifyReply,
): Visit<U, T> {
  const token = new Cookies(desk.site, request, reply).sessionToken;
  const session: Session = token === "" ? anonymous : { state: "unknown", token };
  return new Visit(desk, request, reply, { context: desk.site.context(request, reply), session });
}
