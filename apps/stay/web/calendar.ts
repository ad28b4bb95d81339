import { html } from "hono/html";
import type { Output } from "seamline";
import type { Html } from "../../shared/web/layout.ts";
import type { availability } from "../availability/contract.ts";
import { addDays, horizonDays, maxNights, daysBetween, todayAt } from "../dates.ts";
import { formatsOf } from "./format.ts";
import { firstOf, monthNamed, monthsLater, monthTable } from "./month.ts";
import type { Visit } from "./visit.ts";

/**
 * The nights of a house as two months of tables. Days are links: the first that is pressed is the day of arrival, the
 * second that of departure; so it needs no script.
 */

type Nights = Output<(typeof availability)["calendar"]>;
const monthsShown = 2;

interface Chosen {
  readonly from: string;
  readonly to: string;
}

interface Calendar {
  /** From the first shown day on. */
  readonly nights: Nights;
  /** The first month: any day in it. */
  readonly month: string;
  readonly chosen: Chosen;
  /** The address of the page with other dates chosen, or at another month. */
  address(change: { from?: string; to?: string; month?: string }): string;
}

/** The last month that has a night to book. */
function lastMonth(today: string): string {
  return firstOf(addDays(today, horizonDays - 1));
}

/** The nights that two months show, none of them over or too far ahead. */
export function rangeOf(month: string, today: string): Chosen {
  const end = monthsLater(month, monthsShown);
  const horizon = addDays(today, horizonDays);
  return { from: month > today ? month : today, to: end < horizon ? end : horizon };
}

/** The month that an address names, if one can book in it; else that of the arrival, or this one. */
export function monthOf(asked: string, from: string, today: string): string {
  const [first, last] = [firstOf(today), lastMonth(today)];
  for (const wish of [monthNamed(asked) ?? "", from === "" ? "" : firstOf(from)])
    if (wish >= first && wish <= last) return wish;
  return first;
}

export function calendar(visit: Visit, shown: Calendar): Html {
  const { text, context } = visit;
  const today = todayAt(context.now());
  const { chosen, month, address } = shown;
  const choosingTo = chosen.from !== "" && chosen.to === "";
  const step = (months: number, name: string, rel: string) => {
    const to = monthsLater(month, months);
    const open = to >= firstOf(today) && to <= lastMonth(today);
    return open
      ? html`<a class="button quiet" rel="${rel}" href="${address({ month: to.slice(0, 7) })}">${name}</a>`
      : "";
  };
  return html`<p class="hint">
      ${choosingTo ? text.calendarHowTo(formatsOf(visit).day(chosen.from)) : text.calendarHow}
    </p>
    <div class="months">
      ${Array.from({ length: monthsShown }, (_, n) => monthTable(visit, monthsLater(month, n), "month", (day) => dayCell(visit, shown, day, today)))}
    </div>
    <p class="actions month-steps">
      ${step(-monthsShown, text.earlierMonths, "prev")} ${step(monthsShown, text.laterMonths, "next")}
    </p>`;
}

function dayCell(visit: Visit, shown: Calendar, day: string, today: string): Html {
  const { text } = visit;
  const { chosen, address } = shown;
  const number = String(Number(day.slice(8)));
  const { kind, link } = meaningOf(shown, day, today);
  const name = formatsOf(visit).day(day);
  const words = { from: text.night.chooseFrom(name), to: text.night.chooseTo(name) };
  const part =
    day === chosen.from
      ? text.night.arrival
      : day === chosen.to
        ? text.night.departure
        : within(chosen, day)
          ? text.night.within
          : link === null
            ? text.night[kind]
            : "";
  const classes = [kind, day === chosen.from && "from", day === chosen.to && "to", within(chosen, day) && "within"];
  const change = link === "to" ? { from: chosen.from, to: day } : { from: day, to: "" };
  const seen = html`<span aria-hidden="true">${number}</span>`;
  return html`<td class="${classes.filter(Boolean).join(" ")}">
    ${
      link === null
        ? html`<span class="day">${seen}<span class="unseen">${number}, ${part}</span></span>`
        : html`<a class="day" href="${address(change)}" rel="nofollow"
            >${seen}<span class="unseen">${words[link]}${part && ` (${part})`}</span></a
          >`
    }
  </td>`;
}

function within({ from, to }: Chosen, day: string): boolean {
  return from !== "" && day > from && day < to;
}

/** What a day is, and what choosing it would mean; null: it cannot be chosen. */
function meaningOf(
  { nights, chosen }: Calendar,
  day: string,
  today: string,
): { kind: "free" | "taken" | "past"; link: "from" | "to" | null } {
  const free = (night: string) => nights.some((one) => one.night === night && one.left > 0);
  if (day < today) return { kind: "past", link: null };
  const kind = free(day) ? "free" : "taken";
  const { from, to } = chosen;
  if (from === "" || to !== "" || day <= from) return { kind, link: kind === "free" ? "from" : null };
  // One may leave on a day whose night is taken, if all nights before it are free.
  const stay = nights.filter(({ night }) => night >= from && night < day);
  const reachable = daysBetween(from, day) <= maxNights && stay.every(({ left }) => left > 0);
  if (reachable) return { kind, link: "to" };
  return { kind, link: kind === "free" ? "from" : null };
}
