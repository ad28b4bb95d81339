import { html } from "hono/html";
import type { Html } from "./layout.ts";
import type { Visit } from "./visit.ts";

/** Numbered pages with addresses of their own. */

/** The pages to offer: the first, the last, and those around the current one; null is a gap. */
export function pagesToOffer(current: number, last: number): (number | null)[] {
  const wanted = [1, last, current - 2, current - 1, current, current + 1, current + 2];
  const pages = [...new Set(wanted)].filter((page) => page >= 1 && page <= last).sort((a, b) => a - b);
  return pages.flatMap((page, index) => {
    const gap = page - (pages[index - 1] ?? 0);
    // A gap of one page is shown as that page: it takes no more room than the dots.
    return gap === 2 ? [page - 1, page] : gap > 2 ? [null, page] : [page];
  });
}

export function pager(visit: Visit, current: number, last: number, address: (page: number) => string): Html | "" {
  if (last <= 1) return "";
  const { text, locale } = visit;
  const step = (page: number, name: string, rel: string): Html | "" =>
    page >= 1 && page <= last ? html`<li><a href="${address(page)}" rel="${rel}">${name}</a></li>` : "";
  const item = (page: number): Html => {
    const here = page === current ? html`aria-current="page"` : "";
    const shown = html`<span aria-hidden="true">${locale.number(page)}</span>`;
    const read = html`<span class="unseen">${text.page(locale.number(page))}</span>`;
    return html`<li><a href="${address(page)}" ${here}>${read}${shown}</a></li>`;
  };
  const items = pagesToOffer(current, last).map((page) =>
    page === null ? html`<li class="gap" aria-hidden="true">…</li>` : item(page),
  );
  return html`<nav class="pager" aria-label="${text.pager}">
    <ul>
      ${step(current - 1, text.previous, "prev")} ${items} ${step(current + 1, text.next, "next")}
    </ul>
  </nav>`;
}
