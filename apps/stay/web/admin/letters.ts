import { html } from "hono/html";
import type { Letter } from "../../../shared/letters.ts";
import { messagePage } from "../../../shared/web/failures.ts";
import { hidden } from "../../../shared/web/fields.ts";
import { blank, submit } from "../../../shared/web/forms.ts";
import { moment } from "../../../shared/web/pieces.ts";
import type { Part, Visit } from "../visit.ts";
import { asAdmin, showTab, table } from "./frame.ts";

/** Events that were given up, of all modules that tell any, and having them delivered again. */

const tellers = [
  "accounts",
  "availability",
  "bookings",
  "listings",
  "media",
  "moderation",
  "payments",
  "reviews",
] as const;
type Teller = (typeof tellers)[number];

interface Letters {
  readonly module: Teller;
  /** null: nobody can tell. */
  readonly letters: readonly Letter[] | null;
}

export function lettersOf({ context }: Visit): Promise<Letters[]> {
  return Promise.all(
    tellers.map(async (module) => ({
      module,
      letters: await context.part(
        module,
        () => context[module].deadLetters(),
        () => null,
      ),
    })),
  );
}

export const letterPages: Part = ({ get, post }) => {
  get("/admin/letters", (visit) => asAdmin(visit, async () => show(visit)));
  post("/admin/letters", (visit) =>
    asAdmin(visit, async () => {
      const { context, text } = visit;
      const module = tellers.find((one) => one === visit.field("module"));
      if (module === undefined) return visit.go("/admin/letters");
      const input = { id: visit.field("id"), subscriber: visit.field("subscriber") };
      const done = await submit<never, { replayed: boolean }>(visit, {
        values: {},
        call: (key) =>
          context[module].replayLetter(input, { key: visit.callKey(key, "replayLetter", [module, input]) }),
        explain: () => null,
      });
      if (done.ok && done.value.replayed) return visit.go("/admin/letters", "letterReplayed");
      const { admin } = text;
      if (done.ok) return visit.show(messagePage(visit, admin.notReplayed, admin.notReplayedWhy, "not-replayed"), 409);
      const { errors, status, traceId } = done.state;
      const why = errors.form ?? "";
      return visit.show(messagePage(visit, text.notSaved, why, "not-replayed", traceId), status);
    }),
  );
};

async function show(visit: Visit): Promise<unknown> {
  const { text, locale } = visit;
  const { admin } = text;
  const all = await lettersOf(visit);
  const down = all.filter(({ letters }) => letters === null);
  const dead = all.flatMap(({ module, letters }) => (letters ?? []).map((letter) => ({ module, ...letter })));
  type Row = (typeof dead)[number];
  const columns = [
    { name: admin.event, cell: (row: Row) => html`<code>${row.event}</code>` },
    { name: admin.subscriber, cell: (row: Row) => html`<code>${row.subscriber}</code>` },
    { name: admin.attempts, cell: (row: Row) => locale.number(row.attempts) },
    { name: admin.error, cell: (row: Row) => html`<bdi>${row.error}</bdi>` },
    { name: admin.told, cell: (row: Row) => moment(visit, row.at) },
    {
      name: admin.replay,
      cell: ({ module, id, subscriber, event }: Row) =>
        html`<form method="post" action="/admin/letters">
          ${hidden(visit, blank(), { module, id, subscriber })}
          <button class="button quiet small" aria-label="${admin.replayOf(event, subscriber)}">${admin.replay}</button>
        </form>`,
    },
  ];
  return showTab(
    visit,
    "letters",
    html`<p class="lead">${admin.lettersLead}</p>
      ${down.map(({ module }) => html`<p class="notice warning" role="status">${admin.down(module)}</p>`)}
      ${dead.length === 0 && down.length === 0 && html`<p class="empty">${admin.noLetters}</p>`}
      ${dead.length > 0 && table(admin.letters, columns, dead)}`,
  );
}
