import { html } from "hono/html";
import type { Html } from "../../shared/web/layout.ts";
import { addDays, daysBetween } from "../dates.ts";
import { formatsOf } from "./format.ts";
import type { Visit } from "./visit.ts";

/** A month as a table of weeks. A month goes by its first day: "2026-11-01". */

export function firstOf(day: string): string {
  return `${day.slice(0, 8)}01`;
}

export function monthsLater(day: string, months: number): string {
  const [year, month] = day.split("-").map(Number) as [number, number];
  const at = year * 12 + month - 1 + months;
  return `${Math.floor(at / 12)}-${String((at % 12) + 1).padStart(2, "0")}-01`;
}

/** The month that an address names as "2026-11"; null: it names none. */
export function monthNamed(asked: string): string | null {
  return /^\d{4}-(0[1-9]|1[0-2])$/.test(asked) ? `${asked}-01` : null;
}

/** @param cell a `<td>` for a day of the month */
export function monthTable(visit: Visit, month: string, style: string, cell: (day: string) => Html): Html {
  const { month: monthName, weekdays } = formatsOf(visit);
  const start = addDays(month, -new Date(`${month}T00:00:00Z`).getUTCDay());
  const weeks = Math.ceil(daysBetween(start, monthsLater(month, 1)) / 7);
  const days = (week: number) => weekdays.map((_, day) => addDays(start, week * 7 + day));
  return html`<table class="${style}">
    <caption>
      ${monthName(month)}
    </caption>
    <thead>
      <tr>
        ${weekdays.map(({ short, long }) => html`<th scope="col" abbr="${long}">${short}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${Array.from(
        { length: weeks },
        (_, week) =>
          html`<tr>
            ${days(week).map((day) => (firstOf(day) === month ? cell(day) : html`<td></td>`))}
          </tr>`,
      )}
    </tbody>
  </table>`;
}
