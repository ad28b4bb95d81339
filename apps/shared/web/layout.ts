import { html } from "hono/html";
import { languages } from "./language.ts";
import { addressOf } from "./static.ts";
import type { Desk, Visit } from "./visit.ts";

/** What all pages have in common: head, header, notices, foot. */

export type Html = ReturnType<typeof html>;

export interface Page {
  /** Goes into the browser's title, before the site's name. */
  readonly title: string;
  readonly body: Html;
  /** A class of `<main>`: how wide the page is. */
  readonly width?: "wide" | "narrow";
  /** Notices above the page's content. */
  readonly notices?: readonly (Html | null)[];
  /** Left out: search engines may keep the page. */
  readonly unlisted?: boolean;
  /** What only this page has in its head, such as its canonical address. */
  readonly head?: Html;
}

export interface Link {
  readonly path: string;
  readonly name: string;
}

/** What a site puts into the frame of its pages. */
export interface Layout<V = Visit> {
  /** A picture before the site's name. */
  readonly mark: Html;
  /** The main menu; signing in and out and the account come after these. */
  menu(visit: V): readonly Link[];
  /** At the foot of each page, after the main page. */
  foot(visit: V): readonly Link[];
  /** Between the links and the account, such as what is unread; what asks a module does so through `context.part`. */
  badge?(visit: V): Html | "";
  /** Names of the site's own files, which come after the shared ones. */
  readonly styles: readonly string[];
  readonly scripts: readonly string[];
  readonly icon: string;
}

const sharedStyles = ["base.css"];
const sharedScripts = ["forms.js"];
const languageNames = { ko: "한국어", en: "English" } as const;

export function layout(visit: Visit, page: Page, { layout, files }: Desk): Html {
  const { text, locale } = visit;
  const address = (name: string): string => addressOf(files, name);
  return html`<!doctype html>
    <html lang="${locale.language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        ${page.unlisted && html`<meta name="robots" content="noindex" />`}
        <title>${page.title === text.brand ? page.title : `${page.title} · ${text.brand}`}</title>
        ${page.head}
        <link rel="icon" href="${address(layout.icon)}" type="image/svg+xml" />
        ${[...sharedStyles, ...layout.styles].map((name) => html`<link rel="stylesheet" href="${address(name)}" />`)}
        ${[...sharedScripts, ...layout.scripts].map((name) => html`<script src="${address(name)}" type="module"></script>`)}
      </head>
      <body>
        <a class="skip" href="#main">${text.skip}</a>
        ${header(visit, layout)}
        <main id="main" class="${page.width ?? "wide"}" tabindex="-1">
          ${doneNotice(visit)} ${sessionNotice(visit)} ${page.notices?.filter((one) => one !== null)} ${page.body}
        </main>
        <footer class="foot">
          <p>
            ${[{ path: "/", name: text.home }, ...layout.foot(visit)].map(({ path, name }) => html`<a href="${path}">${name}</a>`)}<span
              >${text.footNote}</span
            >
          </p>
        </footer>
      </body>
    </html>`;
}

function header(visit: Visit, layout: Layout): Html {
  const { text, locale } = visit;
  const switcher = languages
    .filter((language) => language !== locale.language)
    .map(
      (language) =>
        html`<a class="language" href="${inLanguage(visit, language)}" lang="${language}" hreflang="${language}"
          >${languageNames[language]}</a
        >`,
    );
  return html`<header class="top">
    <div class="top-inner">
      <a class="brand" href="/">${layout.mark} <span>${text.brand}</span></a>
      <nav class="menu" aria-label="${text.mainMenu}">
        ${layout.menu(visit).map(({ path, name }) => link(visit, path, name))} ${layout.badge?.(visit)}
        ${visit.session.state === "anonymous" ? link(visit, "/login", text.signIn) : ""}
        ${visit.member && link(visit, "/account", visit.member.user.name, text.account)}
        ${visit.member && signOut(visit)}
      </nav>
      <nav class="languages" aria-label="${text.languageMenu}">${switcher}</nav>
    </div>
  </header>`;
}

function link(visit: Visit, path: string, name: string, purpose = ""): Html {
  const here = visit.address.split("?")[0] === path;
  return html`<a href="${path}" ${here ? html`aria-current="page"` : ""}
    >${purpose && html`<span class="unseen">${purpose}: </span>`}<bdi>${name}</bdi></a
  >`;
}

function signOut(visit: Visit): Html {
  return html`<form method="post" action="/logout" id="sign-out">
    <input type="hidden" name="token" value="${visit.ticket().token}" />
    <button class="plain">${visit.text.signOut}</button>
  </form>`;
}

function inLanguage(visit: Visit, language: string): string {
  const url = new URL(visit.address, "http://here.invalid");
  url.searchParams.set("lang", language);
  return url.pathname + url.search;
}

export function notice(kind: "good" | "warning", id: string, content: string | Html): Html {
  return html`<p class="notice ${kind}" id="${id}" role="status">${content}</p>`;
}

function doneNotice(visit: Visit): Html | null {
  const done = visit.query("done");
  if (!Object.hasOwn(visit.text.done, done)) return null;
  return html`<p class="notice good" id="done" role="status" data-done>
    ${visit.text.done[done as keyof typeof visit.text.done]}
  </p>`;
}

function sessionNotice({ session, text }: Visit): Html | null {
  if (session.state === "unknown") return notice("warning", "session-unknown", text.stateUnknown);
  if (session.state === "member" && session.cached) return notice("warning", "session-cached", text.stateCached);
  return null;
}
