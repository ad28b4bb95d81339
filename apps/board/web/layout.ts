import { html } from "hono/html";
import type { Layout } from "../../shared/web/layout.ts";
import type { Visit } from "./visit.ts";

/** What the board puts into the frame of its pages. */
export const layout: Layout<Visit> = {
  mark: html`<svg width="34" height="20" viewBox="0 0 34 20" aria-hidden="true" focusable="false">
    <rect x="1" y="3" width="13" height="14" rx="3" fill="none" stroke="currentColor" stroke-width="2" />
    <rect x="20" y="3" width="13" height="14" rx="3" fill="currentColor" />
    <path class="stitch" d="M10 10h14" fill="none" stroke-width="2.5" stroke-dasharray="4 2" />
  </svg>`,
  menu: ({ text }) => [{ path: "/board", name: text.board }],
  foot: ({ text }) => [{ path: "/board", name: text.board }],
  styles: ["styles.css"],
  scripts: ["board.js"],
  icon: "icon.svg",
};
