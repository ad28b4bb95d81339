import { html } from "hono/html";
import { languages } from "./language.ts";
import type { Texts } from "./text.ts";
import type { Visit } from "./visit.ts";

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
}

const languageNames = { ko: "한국어", en: "English" } as const;

export function layout(visit: Visit, page: Page): Html {
  const { text, locale, files } = visit;
  return html`<!doctype html>
    <html lang="${locale.language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        ${page.unlisted && html`<meta name="robots" content="noindex" />`}
        <title>${page.title === text.brand ? page.title : `${page.title} · ${text.brand}`}</title>
        <link rel="icon" href="${files["icon.svg"]}" type="image/svg+xml" />
        <link rel="stylesheet" href="${files["styles.css"]}" />
        <script src="${files["board.js"]}" type="module"></script>
      </head>
      <body>
        <a class="skip" href="#main">${text.skip}</a>
        ${header(visit)}
        <main id="main" class="${page.width ?? "wide"}" tabindex="-1">
          ${doneNotice(visit)} ${sessionNotice(visit)} ${page.notices?.filter((one) => one !== null)} ${page.body}
        </main>
        <footer class="foot">
          <p><a href="/">${text.home}</a><a href="/board">${text.board}</a><span>${text.footNote}</span></p>
        </footer>
      </body>
    </html>`;
}

function header(visit: Visit): Html {
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
      <a class="brand" href="/">
        <svg width="34" height="20" viewBox="0 0 34 20" aria-hidden="true" focusable="false">
          <rect x="1" y="3" width="13" height="14" rx="3" fill="none" stroke="currentColor" stroke-width="2" />
          <rect x="20" y="3" width="13" height="14" rx="3" fill="currentColor" />
          <path class="stitch" d="M10 10h14" fill="none" stroke-width="2.5" stroke-dasharray="4 2" />
        </svg>
        <span>${text.brand}</span>
      </a>
      <nav class="menu" aria-label="${text.mainMenu}">
        ${link(visit, "/board", text.board)}
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
    ${visit.text.done[done as keyof Texts["done"]]}
  </p>`;
}

function sessionNotice({ session, text }: Visit): Html | null {
  if (session.state === "unknown") return notice("warning", "session-unknown", text.stateUnknown);
  if (session.state === "member" && session.cached) return notice("warning", "session-cached", text.stateCached);
  return null;
}
