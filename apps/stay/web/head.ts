import { html } from "hono/html";
import type { Html } from "../../shared/web/layout.ts";
import type { Visit } from "./visit.ts";

/** What search engines and those who are sent a link are told of a page. */

/** The address of these pages as its visitor sees it: "https://ondol.example"; "" where a request names no sound host. */
export function originOf({ site, request }: Visit): string {
  const host = request.headers.host ?? "";
  return /^[\w.-]+(:\d{1,5})?$|^\[[\da-f:]+\](:\d{1,5})?$/i.test(host)
    ? `${site.secure ? "https" : "http"}://${host}`
    : "";
}

export interface Told {
  /** The one address of what the page shows. */
  readonly path: string;
  readonly title: string;
  readonly description: string;
  /** The path of a picture. */
  readonly image?: string | undefined;
}

export function headOf(visit: Visit, { path, title, description, image }: Told): Html {
  const origin = originOf(visit);
  const property = (name: string, content: string) => html`<meta property="og:${name}" content="${content}" />`;
  const short = description.replaceAll(/\s+/g, " ").slice(0, 160);
  return html`<link rel="canonical" href="${origin}${path}" />
    <meta name="description" content="${short}" />
    ${property("type", "website")} ${property("site_name", visit.text.brand)} ${property("title", title)}
    ${property("description", short)} ${property("url", `${origin}${path}`)}
    ${property("locale", visit.locale.language === "ko" ? "ko_KR" : "en_US")}
    ${image && property("image", `${origin}${image}`)}`;
}

/** Has a page look again by itself where there is no script; with script, `data-refresh` in its body does. */
export function refreshAfter(seconds: number): Html {
  return html`<noscript><meta http-equiv="refresh" content="${Math.max(1, Math.ceil(seconds))}" /></noscript>`;
}
