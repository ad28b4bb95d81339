import { html } from "hono/html";
import { notice, type Html } from "../../../shared/web/layout.ts";
import { pager } from "../../../shared/web/pager.ts";
import { moment } from "../../../shared/web/pieces.ts";
import { formatsOf } from "../format.ts";
import type { Part } from "../visit.ts";
import { asAdmin, showDown, showTab, table } from "./frame.ts";

/** What does not move on as it should: bookings, refunds, and books that differ. */

export const moneyPages: Part = ({ get }) => {
  get("/admin/bookings", (visit) =>
    asAdmin(visit, async () => {
      const { context, text, locale } = visit;
      const { admin } = text;
      const stuck = await context.part(
        "bookings",
        () => context.bookings.stuck(),
        () => null,
      );
      if (stuck === null) return showDown(visit, "bookings");
      const columns = [
        { name: admin.reference, cell: code(({ reference }: (typeof stuck)[number]) => reference) },
        { name: admin.saga, cell: code(({ saga }: (typeof stuck)[number]) => saga) },
        { name: admin.step, cell: code(({ step }: (typeof stuck)[number]) => step) },
        { name: admin.attempts, cell: (one: (typeof stuck)[number]) => locale.number(one.attempts) },
        { name: admin.error, cell: (one: (typeof stuck)[number]) => html`<bdi>${one.error || "—"}</bdi>` },
        { name: admin.since, cell: (one: (typeof stuck)[number]) => moment(visit, one.since) },
      ];
      return showTab(
        visit,
        "bookings",
        html`<p class="lead">${admin.bookingsLead}</p>
          ${stuck.length === 0 ? html`<p class="empty">${admin.noStuck}</p>` : table(admin.bookings, columns, stuck)}`,
      );
    }),
  );

  get("/admin/refunds", (visit) =>
    asAdmin(visit, async () => {
      const { context, text, locale } = visit;
      const { admin } = text;
      const open = await context.part(
        "payments",
        () => context.payments.openRefunds(),
        () => null,
      );
      if (open === null) return showDown(visit, "refunds");
      const columns = [
        { name: admin.payment, cell: code(({ payment }: (typeof open)[number]) => payment) },
        { name: admin.amount, cell: (one: (typeof open)[number]) => formatsOf(visit).money(one.amount) },
        { name: admin.attempts, cell: (one: (typeof open)[number]) => locale.number(one.attempts) },
        { name: admin.since, cell: (one: (typeof open)[number]) => moment(visit, one.since) },
      ];
      return showTab(
        visit,
        "refunds",
        html`<p class="lead">${admin.refundsLead}</p>
          ${open.length === 0 ? html`<p class="empty">${admin.noRefunds}</p>` : table(admin.refunds, columns, open)}`,
      );
    }),
  );

  get("/admin/ledger", (visit) =>
    asAdmin(visit, async () => {
      const { context, text, locale, pageNumber } = visit;
      const { admin } = text;
      const nothing = () => null;
      const [report, ledger] = await Promise.all([
        context.part("provider", () => context.payments.reconcileReport(), nothing),
        context.part("payments", () => context.payments.ledger({ page: pageNumber }), nothing),
      ]);
      if (ledger === null) return showDown(visit, "ledger");
      type Difference = NonNullable<typeof report>["differences"][number];
      type Entry = (typeof ledger)["entries"][number];
      const differing = [
        { name: admin.payment, cell: code(({ payment }: Difference) => payment) },
        { name: admin.ours, cell: (one: Difference) => html`<bdi>${one.ours}</bdi>` },
        { name: admin.theirs, cell: (one: Difference) => html`<bdi>${one.theirs}</bdi>` },
      ];
      const moves = [
        { name: admin.when, cell: (one: Entry) => moment(visit, one.at) },
        { name: admin.what, cell: (one: Entry) => admin.kind[one.kind] },
        { name: admin.accountName, cell: (one: Entry) => admin.account[one.account] },
        { name: admin.amount, cell: (one: Entry) => formatsOf(visit).money(one.amount) },
        { name: admin.payment, cell: code(({ payment }: Entry) => payment) },
      ];
      const compared = report && [
        admin.compared(locale.number(report.compared)),
        report.differences.length === 0 ? admin.same : admin.differ(locale.number(report.differences.length)),
      ];
      return showTab(
        visit,
        "ledger",
        html`<p class="lead">${admin.ledgerLead}</p>
          ${
            report === null
              ? notice("warning", "reconcile-unavailable", admin.reconcileDown)
              : notice(report.differences.length === 0 ? "good" : "warning", "reconciled", compared!.join(" "))
          }
          ${report && report.differences.length > 0 && table(admin.ledger, differing, report.differences)}
          <h2 class="apart">${admin.moves}</h2>
          ${ledger.entries.length === 0 ? html`<p class="empty">${admin.noMoves}</p>` : table(admin.moves, moves, ledger.entries)}
          ${pager(visit, ledger.page, ledger.pages, (page) => (page > 1 ? `/admin/ledger?page=${page}` : "/admin/ledger"))}`,
      );
    }),
  );
};

/** A cell for a word of the program's. */
function code<R>(word: (row: R) => string): (row: R) => Html {
  return (row) => html`<code>${word(row)}</code>`;
}
