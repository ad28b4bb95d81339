import { html } from "hono/html";
import type { Decision } from "../../shared/moderation/contract.ts";
import type { Html } from "../../shared/web/layout.ts";
import { pager } from "../../shared/web/pager.ts";
import { authorName, moment } from "../../shared/web/pieces.ts";
import { away } from "./host/rights.ts";
import type { Part, Visit } from "./visit.ts";

/** What was decided about reports, for everybody; and one's own reports, for who made them. */

export const decisionPages: Part = ({ get }) => {
  get("/moderation", async (visit) => {
    const { context, text, pageNumber } = visit;
    const { decisions: words } = text;
    const [log, mine] = await Promise.all([
      context.part(
        "moderation",
        () => context.moderation.log({ page: pageNumber }),
        () => null,
      ),
      visit.member === null
        ? []
        : context.part(
            "moderation",
            () => context.moderation.status(),
            () => [],
          ),
    ]);
    if (log === null) return away(visit, words.down, words.downWhy, "moderation-unavailable");
    return visit.show(
      {
        title: words.title,
        body: html`<h1>${words.title}</h1>
          <p class="lead">${words.lead}</p>
          ${
            mine.length > 0 &&
            html`<section class="card" id="own-reports" aria-labelledby="own-title">
              <h2 id="own-title">${words.mine}</h2>
              <ul class="notes">
                ${mine.map(
                  ({ target, state, at }) =>
                    html`<li class="note">
                      <p><bdi>${target.title}</bdi> <span class="state ${state}">${words.state[state]}</span></p>
                      <p class="meta">${moment(visit, at)}</p>
                    </li>`,
                )}
              </ul>
            </section>`
          }
          ${log.decisions.length === 0 && html`<p class="empty">${words.none}</p>`}
          <ol class="notes" id="decisions">
            ${log.decisions.map((one) => decision(visit, one))}
          </ol>
          ${pager(visit, log.page, log.pages, (page) => (page > 1 ? `/moderation?page=${page}` : "/moderation"))}`,
      },
      log.decisions.length === 0 && pageNumber > 1 ? 404 : 200,
    );
  });
};

export function kindName({ text }: Visit, kind: string): string {
  const { kind: known, something } = text.decisions;
  return Object.hasOwn(known, kind) ? known[kind as keyof typeof known] : something;
}

function decision(visit: Visit, { target, decision: did, because, by, at }: Decision): Html {
  const { decisions: words } = visit.text;
  return html`<li class="note" data-target="${target.id}">
    <p class="meta">
      <span class="state ${did}">${words.did[did]}</span
      ><span>${kindName(visit, target.kind)}</span>${moment(visit, at)}
    </p>
    <p>
      <strong><bdi>${target.title}</bdi></strong>
    </p>
    <p><bdi>${because}</bdi></p>
    <p class="hint">${words.by}: <bdi>${authorName(visit, by)}</bdi></p>
  </li>`;
}
