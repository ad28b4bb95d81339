import { html } from "hono/html";
import { messagePage } from "../../../shared/web/failures.ts";
import { notice, type Html } from "../../../shared/web/layout.ts";
import type { Answer } from "../../../shared/web/routes.ts";
import type { Visit } from "../visit.ts";

/** What the pages of admins have in common. For everybody else there are no such pages. */

const tabs = ["overview", "bookings", "refunds", "letters", "reports", "ledger", "users"] as const;
export type Tab = (typeof tabs)[number];

export function isAdmin(member: Visit["member"]): boolean {
  return member?.user.roles.includes("admin") ?? false;
}

export async function asAdmin(visit: Visit, go: () => Answer): Promise<unknown> {
  if (isAdmin(visit.member)) return go();
  const { text, session } = visit;
  if (session.state === "unknown")
    return visit.show(messagePage(visit, text.unavailable, text.stateUnknown, "session-needed"), 503);
  return visit.show(messagePage(visit, text.notFound, text.notFoundWhy, "not-found"), 404);
}

export function addressOf(tab: Tab): string {
  return tab === "overview" ? "/admin" : `/admin/${tab}`;
}

export function showTab(visit: Visit, here: Tab, body: Html, status = 200): Promise<unknown> {
  const { admin } = visit.text;
  const title = here === "overview" ? admin.title : admin[here];
  const link = (tab: Tab) =>
    html`<li><a href="${addressOf(tab)}" ${tab === here && html`aria-current="page"`}>${admin[tab]}</a></li>`;
  return visit.show(
    {
      title,
      unlisted: true,
      body: html`<h1>${title}</h1>
        <nav class="tabs spaced" aria-label="${admin.pages}">
          <ul>
            ${tabs.map(link)}
          </ul>
        </nav>
        ${body}`,
    },
    status,
  );
}

/** Says in a tab that what it shows is down. */
export function showDown(visit: Visit, here: Tab): Promise<unknown> {
  const { admin } = visit.text;
  visit.retryAfter(5);
  const body = notice("warning", "part-unavailable", `${admin.partDown}. ${admin.partDownWhy}`);
  return showTab(visit, here, body, 503);
}

export interface Column<R> {
  readonly name: string;
  readonly cell: (row: R) => Html | string;
}

/** A table that is a list of cards where the screen is narrow: each cell then says what it is. */
export function table<R>(caption: string, columns: readonly Column<R>[], rows: readonly R[]): Html {
  return html`<table class="records">
    <caption class="unseen">
      ${caption}
    </caption>
    <thead>
      <tr>
        ${columns.map(({ name }) => html`<th scope="col">${name}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        (row) =>
          html`<tr>
            ${columns.map(({ name, cell }) => html`<td data-name="${name}">${cell(row)}</td>`)}
          </tr>`,
      )}
    </tbody>
  </table>`;
}
