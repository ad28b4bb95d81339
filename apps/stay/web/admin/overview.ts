import { html } from "hono/html";
import { reportsPerPage } from "../../../shared/moderation/contract.ts";
import type { Part } from "../visit.ts";
import { addressOf, asAdmin, showTab, type Tab } from "./frame.ts";
import { lettersOf } from "./letters.ts";

/** How much there is to look at. What cannot be counted right now is not shown as nothing. */

export const overviewPages: Part = ({ get }) => {
  get("/admin", (visit) =>
    asAdmin(visit, async () => {
      const { context, text, locale } = visit;
      const { admin } = text;
      const count = (part: string, call: () => Promise<number>) => context.part(part, call, () => null);
      const letters = await lettersOf(visit);
      const [stuck, refunds, reports] = await Promise.all([
        count("bookings", async () => (await context.bookings.stuck()).length),
        count("payments", async () => (await context.payments.openRefunds()).length),
        count("moderation", async () => {
          const { reports, pages } = await context.moderation.queue({});
          if (pages === 1) return reports.length;
          const last = await context.moderation.queue({ page: pages });
          return (pages - 1) * reportsPerPage + last.reports.length;
        }),
      ]);
      const known = letters.every((one) => one.letters !== null);
      const dead = letters.reduce((sum, one) => sum + (one.letters?.length ?? 0), 0);
      const figures: readonly (readonly [Tab, number | null])[] = [
        ["bookings", stuck],
        ["refunds", refunds],
        ["letters", known || dead > 0 ? dead : null],
        ["reports", reports],
      ];
      return showTab(
        visit,
        "overview",
        html`<dl class="figures">
          ${figures.map(
            ([tab, n]) =>
              html`<div class="${n !== null && n > 0 ? "some" : ""}">
                <dt><a href="${addressOf(tab)}">${admin[tab]}</a></dt>
                <dd>${n === null ? admin.unknown : admin.things(locale.number(n))}</dd>
              </div>`,
          )}
        </dl>`,
      );
    }),
  );
};
