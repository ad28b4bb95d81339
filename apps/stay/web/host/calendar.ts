import { html } from "hono/html";
import { isError, type Output } from "seamline";
import { hidden, summary } from "../../../shared/web/fields.ts";
import { blank, submit, type FormState } from "../../../shared/web/forms.ts";
import { notice, type Html } from "../../../shared/web/layout.ts";
import { availability } from "../../availability/contract.ts";
import { addDays, horizonDays, nightsOf, todayAt } from "../../dates.ts";
import type { Listing } from "../../listings/contract.ts";
import { formatsOf } from "../format.ts";
import { firstOf, monthNamed, monthsLater, monthTable } from "../month.ts";
import type { Part, Visit } from "../visit.ts";
import { guestList } from "./bookings.ts";
import { away, withOwnHouse } from "./rights.ts";
import { houseTabs } from "./tabs.ts";

/** A house's nights, a month at a time: who stays, and which nights its host keeps. */

type Nights = Output<(typeof availability)["calendar"]>;
type Act = "block" | "unblock";

export const hostCalendarPages: Part = ({ get, post }) => {
  get("/host/listings/:id/calendar", (visit) => withOwnHouse(visit, (listing) => show(visit, listing, blank())));
  post("/host/listings/:id/calendar", (visit) =>
    withOwnHouse(visit, async (listing) => {
      const nights = nightsOf(monthOf(visit)).filter((night) => visit.field(`night-${night}`) !== "");
      const act: Act = visit.field("act") === "unblock" ? "unblock" : "block";
      const input = { listing: listing.id, nights };
      const done = await submit<never, unknown>(visit, {
        values: {},
        check: () => (nights.length === 0 ? { form: visit.text.nights.noneChosen } : {}),
        call: (key) => visit.context.availability[act](input, { key: visit.callKey(key, act, input) }),
        explain: (error) => {
          for (const operation of [availability.block, availability.unblock] as const) {
            if (isError(error, operation, "notHost"))
              return { errors: { form: visit.text.hosting.notYours }, status: 403 };
            if (isError(error, operation, "unknownListing")) return { errors: { form: visit.text.nights.preparing } };
          }
          return null;
        },
      });
      if (done.ok) return visit.go(addressOf(listing, monthOf(visit).from), "nightsChanged");
      return show(visit, listing, done.state);
    }),
  );
};

function addressOf({ id }: Listing, month: string): string {
  return `/host/listings/${id}/calendar?month=${month.slice(0, 7)}`;
}

/** The month that the address or the form names, else this one, from its first day to that of the next. */
function monthOf(visit: Visit): { from: string; to: string } {
  const today = todayAt(visit.context.now());
  const asked = visit.query("month") || visit.field("month");
  const [first, last] = [firstOf(today), firstOf(addDays(today, horizonDays))];
  const wished = monthNamed(asked) ?? first;
  const from = wished < first ? first : wished > last ? last : wished;
  return { from, to: monthsLater(from, 1) };
}

async function readNights(visit: Visit, listing: Listing): Promise<Nights | "absent" | "preparing"> {
  const { context } = visit;
  return context.part(
    "availability",
    async () => {
      try {
        return await context.availability.calendar({ listing: listing.id, ...monthOf(visit) });
      } catch (error) {
        if (isError(error, availability.calendar, "unknownListing")) return "preparing";
        throw error;
      }
    },
    () => "absent" as const,
  );
}

async function show(visit: Visit, listing: Listing, state: FormState<never>): Promise<unknown> {
  const { context, text } = visit;
  const { nights: words, hosting } = text;
  const month = monthOf(visit);
  const [nights, guests] = await Promise.all([
    readNights(visit, listing),
    context.part(
      "bookings",
      () => context.bookings.ofHost({ listing: listing.id, during: month }),
      () => null,
    ),
  ]);
  if (nights === "absent") return away(visit, words.down, words.downWhy, "availability-unavailable");
  const staying = guests?.bookings.filter(({ state: of }) => of === "confirmed" || of === "completed");
  const body = html`<h1><bdi>${listing.title}</bdi></h1>
    ${houseTabs(visit, listing, "calendar")}
    <p class="lead">${words.lead}</p>
    ${summary(visit, state)}
    ${nights === "preparing" ? notice("warning", "preparing", words.preparing) : monthForm(visit, listing, nights, state)}
    <section aria-labelledby="who-title">
      <h2 id="who-title" class="apart">${words.who}</h2>
      ${staying === undefined && notice("warning", "bookings-unavailable", words.whoDown)}
      ${staying?.length === 0 && html`<p class="empty">${words.nobody}</p>`}
      ${staying && staying.length > 0 && guestList(visit, staying)}
    </section>
    <p class="back"><a href="/host">${hosting.back}</a></p>`;
  return visit.show({ title: words.title, unlisted: true, body }, state.status);
}

function monthForm(visit: Visit, listing: Listing, nights: Nights, state: FormState<never>): Html {
  const { nights: words } = visit.text;
  const { from, to } = monthOf(visit);
  const today = todayAt(visit.context.now());
  const byNight = new Map(nights.map((one) => [one.night, one]));
  const cell = (night: string): Html =>
    nightCell(visit, listing, night, night < today ? undefined : byNight.get(night));
  const step = (day: string, name: string, rel: string): Html | "" =>
    day >= firstOf(today) && day <= addDays(today, horizonDays)
      ? html`<a class="button quiet" rel="${rel}" href="${addressOf(listing, day)}">${name}</a>`
      : "";
  return html`<form class="card" id="nights-form" method="post" action="/host/listings/${listing.id}/calendar">
    ${hidden(visit, state, { month: from.slice(0, 7) })}
    <p class="hint">${words.how}</p>
    ${monthTable(visit, from, "own-month", cell)}
    <p class="actions">
      <button class="button" name="act" value="block">${words.block}</button>
      <button class="button quiet" name="act" value="unblock">${words.unblock}</button>
    </p>
    <p class="actions month-steps">
      ${step(addDays(from, -1), words.earlier, "prev")} ${step(to, words.later, "next")}
    </p>
  </form>`;
}

/** A night that can be ticked; one that is over, or beyond what can be booked, is a number only. */
function nightCell(visit: Visit, { units }: Listing, night: string, known: Nights[number] | undefined): Html {
  const { text, locale } = visit;
  const { nights: words } = text;
  const number = String(Number(night.slice(8)));
  if (known === undefined) return html`<td class="over"><span class="unseen">${words.past} </span>${number}</td>`;
  const kind = known.blocked ? "blocked" : known.left > 0 ? "free" : "taken";
  const left =
    units > 1 && kind === "free" ? words.units(locale.number(known.left), locale.number(units)) : words[kind];
  return html`<td class="${kind}">
    <label for="night-${night}">
      <span class="unseen">${formatsOf(visit).day(night)}, ${left}</span>
      <span aria-hidden="true">${number}</span>
      <input type="checkbox" id="night-${night}" name="night-${night}" value="yes" />
      <span class="kind" aria-hidden="true">${left}</span>
    </label>
  </td>`;
}
