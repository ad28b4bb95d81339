import { html } from "hono/html";
import type { Part } from "./visit.ts";

/** The main page: where to go, when, and with how many. */

export const homePages: Part = ({ get }) => {
  get("/", (visit) => visit.show({ title: visit.text.brand, body: html`<h1>${visit.text.brand}</h1>` }));
};
