import { html } from "hono/html";
import type { Layout } from "../../shared/web/layout.ts";
import { isAdmin } from "./admin/frame.ts";
import { unreadBadge } from "./notes.ts";
import type { Visit } from "./visit.ts";

/** What stay puts into the frame of its pages. */
export const layout: Layout<Visit> = {
  // A roof of tiles over a warm floor.
  mark: html`<svg width="30" height="26" viewBox="0 0 30 26" aria-hidden="true" focusable="false">
    <path
      d="M2 12 C8 11 12 7 15 2 C18 7 22 11 28 12"
      fill="none"
      stroke="currentColor"
      stroke-width="3"
      stroke-linecap="round"
      stroke-linejoin="round"
    />
    <path
      d="M6 15v8h18v-8"
      fill="none"
      stroke="currentColor"
      stroke-width="2.4"
      stroke-linecap="round"
      stroke-linejoin="round"
    />
    <path class="floor" d="M11 19h8" fill="none" stroke="currentColor" stroke-width="3" stroke-linecap="round" />
  </svg>`,
  menu: ({ text, session, member }) => [
    { path: "/search", name: text.menuSearch },
    ...(session.state === "anonymous" ? [] : [{ path: "/trips", name: text.menuTrips }]),
    ...(session.state === "anonymous" ? [] : [{ path: "/host", name: text.menuHost }]),
    ...(isAdmin(member) ? [{ path: "/admin", name: text.admin.menu }] : []),
  ],
  badge: (visit) => html`${unreadBadge(visit)}`,
  foot: ({ text }) => [
    { path: "/search", name: text.menuSearch },
    { path: "/moderation", name: text.decisions.menu },
  ],
  styles: ["stay.css", "host.css"],
  scripts: ["stay.js"],
  icon: "icon.svg",
};
