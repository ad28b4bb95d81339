import { html } from "hono/html";
import { closedName } from "../accounts/contract.ts";
import type { Html } from "./layout.ts";
import type { Visit } from "./visit.ts";

/** Small things that several pages show. */

/** The name of who wrote something; one who has left is called so in the reader's language. */
export function authorName(visit: Visit, author: { readonly id: string | null; readonly name: string }): string {
  return author.id === null && author.name === closedName ? visit.text.removedMember : author.name;
}

export function moment(visit: Visit, at: string): Html {
  return html`<time datetime="${at}">${visit.locale.moment(new Date(at))}</time>`;
}
