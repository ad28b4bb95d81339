import { html } from "hono/html";
import type { Html } from "../../../shared/web/layout.ts";
import type { Listing } from "../../listings/contract.ts";
import type { Visit } from "../visit.ts";

/** The pages that a host has for one house, and the one that guests see. */
export function houseTabs({ text }: Visit, { id }: Listing, here: "edit" | "calendar" | "reviews"): Html {
  const { hosting } = text;
  const at = `/host/listings/${id}`;
  const tab = (name: typeof here, path: string) =>
    html`<li><a href="${path}" ${name === here && html`aria-current="page"`}>${hosting[name]}</a></li>`;
  return html`<nav class="tabs spaced" aria-label="${text.houseForm.editTitle}">
    <ul>
      ${tab("edit", at)} ${tab("calendar", `${at}/calendar`)} ${tab("reviews", `${at}/reviews`)}
      <li><a href="/listings/${id}">${hosting.show}</a></li>
    </ul>
  </nav>`;
}
