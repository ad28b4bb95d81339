import { setTimeout as sleep } from "node:timers/promises";
import { html } from "hono/html";
import { isError } from "seamline";
import { confirmPage } from "../../shared/web/confirm.ts";
import { hidden, summary } from "../../shared/web/fields.ts";
import { blank, submit, type Explained, type FormState } from "../../shared/web/forms.ts";
import { notice, type Html, type Page } from "../../shared/web/layout.ts";
import { authorName } from "../../shared/web/pieces.ts";
import { bookings, type Booking } from "../bookings/contract.ts";
import { cardOf, cards } from "../provider/contract.ts";
import { idIn } from "./addresses.ts";
import { bill } from "./bookcard.ts";
import { picture } from "./cards.ts";
import { formatsOf, nightsAndGuests, placeName, stayDates } from "./format.ts";
import { refreshAfter } from "./head.ts";
import { icsOf } from "./ics.ts";
import { inBdi } from "./pieces.ts";
import { statement } from "./statement.ts";
import { askBookings, isGuest, showAbsence, standing, type Asked } from "./trips.ts";
import type { Part, Visit } from "./visit.ts";

/** One booking, from the hold to the stay: how it stands, what can be done now, and what has happened so far. */

type Name = "card";

/** How long a page waits for the outcome of a payment before it shows that it is on its way. */
const waitMs = 2000;
/** Between two looks: a quarter of the time that it has taken so far, so that nobody waits much longer than it takes. */
const pause = { leastMs: 25, mostMs: 150, part: 0.25 };
/** Pause before a page looks again. Shorter asks more; longer lets people wait for what is known. */
const refreshSeconds = 3;

export const tripPages: Part = ({ get, post }) => {
  get("/trips/:id", async (visit) => show(visit, await ask(visit, true)));

  get("/trips/:id/pay", (visit) => visit.go(`/trips/${idIn(visit)}`));
  post("/trips/:id/pay", async (visit) => {
    const id = idIn(visit);
    if (visit.session.state === "anonymous") return visit.signInFirst(`/trips/${id}`);
    const card = visit.field("card");
    const done = await submit<Name, Booking>(visit, {
      values: { card },
      check: () => (cardOf(card) ? {} : { card: visit.text.cardMissing }),
      call: (key) => visit.context.bookings.pay({ id, card }, { key: visit.callKey(key, "pay", { id, card }) }),
      explain: (error) => explain(visit, error),
    });
    return done.ok ? visit.go(`/trips/${id}`) : show(visit, await ask(visit, false), done.state);
  });

  get("/trips/:id/cancel", async (visit) => showCancel(visit, await ask(visit, false), blank<never>()));
  post("/trips/:id/cancel", async (visit) => {
    const id = idIn(visit);
    if (visit.session.state === "anonymous") return visit.signInFirst(`/trips/${id}`);
    const done = await submit<never, Booking>(visit, {
      values: {},
      call: (key) => visit.context.bookings.cancel({ id }, { key: visit.callKey(key, "cancel", { id }) }),
      explain: (error) => explain(visit, error),
    });
    if (done.ok) return visit.go(`/trips/${id}`, "cancelled");
    return showCancel(visit, await ask(visit, false), done.state);
  });

  get("/trips/:id/calendar.ics", async (visit) => {
    const answer = await ask(visit, false);
    if (answer.state !== "there") return showAbsence(visit, answer.state, visit.address);
    const { reference } = answer.value;
    return visit.reply
      .type("text/calendar; charset=utf-8")
      .header("cache-control", "private, no-store")
      .header("content-disposition", `attachment; filename="${reference}.ics"`)
      .send(icsOf(visit, answer.value));
  });
};

/** @param patient whether to wait a moment for a payment that is on its way */
async function ask(visit: Visit, patient: boolean): Promise<Asked<Booking>> {
  const { context } = visit;
  const id = idIn(visit);
  const look = () => askBookings(visit, () => context.bookings.get({ id }));
  const began = performance.now();
  for (;;) {
    const answer = await look();
    const waited = performance.now() - began;
    if (!patient || waited >= waitMs) return answer;
    if (answer.state !== "there" || answer.value.state !== "paying" || answer.value.delayed) return answer;
    const pauseMs = Math.min(pause.mostMs, Math.max(pause.leastMs, pause.part * waited));
    await sleep(pauseMs, undefined, { signal: context.signal }).catch(() => undefined);
  }
}

function explain({ text }: Visit, error: unknown): Explained<never> | null {
  if (isError(error, bookings.pay, "holdExpired")) return { errors: { form: text.holdExpired }, status: 409 };
  for (const operation of [bookings.pay, bookings.cancel] as const) {
    if (isError(error, operation, "wrongState")) return { errors: { form: text.wrongState }, status: 409 };
    if (isError(error, operation, "notFound")) return { errors: { form: text.noTrip }, status: 404 };
    if (isError(error, operation, "forbidden")) return { errors: { form: text.notYourTrip }, status: 403 };
  }
  return null;
}

function show(visit: Visit, answer: Asked<Booking>, state: FormState<Name> = blank()) {
  if (answer.state !== "there") return showAbsence(visit, answer.state, visit.address);
  return visit.show(tripPage(visit, answer.value, state), state.status);
}

function showCancel(visit: Visit, answer: Asked<Booking>, state: FormState<never>) {
  if (answer.state !== "there") return showAbsence(visit, answer.state, visit.address);
  const booking = answer.value;
  const { text } = visit;
  const { money } = formatsOf(visit);
  const path = `/trips/${booking.id}`;
  if (!isGuest(visit, booking)) return showAbsence(visit, "notYours", path);
  if (booking.ifCancelled === null) {
    const over = { values: {}, errors: { form: text.cannotCancel }, status: 409 };
    return visit.show(tripPage(visit, booking, over), 409);
  }
  const { refund } = booking.ifCancelled;
  const back = refund > 0 ? text.cancelRefund(money(refund), money(booking.quote.total)) : text.cancelRefundNone;
  const page = confirmPage(visit, state, {
    title: booking.state === "held" ? text.cancelHold : text.cancelTrip,
    ask: text.cancelAsk(booking.reference),
    why: booking.state === "held" ? text.cancelHeld : `${back} ${text.policyWords[booking.quote.policy]}`,
    act: booking.state === "held" ? text.cancelHold : text.cancelTrip,
    back: path,
    backName: text.toTrip,
  });
  return visit.show(page, state.status);
}

function tripPage(visit: Visit, booking: Booking, state: FormState<Name>): Page {
  const { text, context } = visit;
  const standingNow = standing(visit, booking);
  const leftSeconds = booking.holdExpiresAt
    ? Math.ceil((Date.parse(booking.holdExpiresAt) - context.now().getTime()) / 1000)
    : 0;
  const moving = standingNow === "paying" || booking.refund?.state === "pending";
  const again = standingNow === "held" ? leftSeconds + 1 : moving ? refreshSeconds : null;
  return {
    title: `${text.tripState[standingNow]} · ${booking.reference}`,
    unlisted: true,
    ...(again !== null && { head: refreshAfter(again) }),
    notices: [booking.delayed ? notice("warning", "delayed", text.delayed) : null],
    body: html`<div class="booking-page" ${moving && html`data-refresh="${refreshSeconds}"`}>
      <div class="booking-main">
        ${summary(visit, state)} ${statement(visit, booking, standingNow, leftSeconds)}
        ${standingNow === "held" && isGuest(visit, booking) && payForm(visit, booking, state)}
        ${timeline(visit, booking)} ${cancelLink(visit, booking)}
      </div>
      ${about(visit, booking)}
    </div>`,
  };
}

function payForm(visit: Visit, { id, quote }: Booking, state: FormState<Name>): Html {
  const { text } = visit;
  const { money } = formatsOf(visit);
  const error = state.errors.card;
  const chosen = Object.keys(cards).find((card) => card === state.values.card) ?? "card-ok";
  return html`<form class="card" method="post" action="/trips/${id}/pay" id="pay-form">
    ${hidden(visit, state)}
    <h2>${text.payTitle}</h2>
    <p class="hint" id="pay-note">${text.payNote}</p>
    <fieldset class="cards field ${error === undefined ? "" : "wrong"}" id="card" aria-describedby="pay-note">
      <legend>${text.chooseCard}</legend>
      ${error !== undefined && html`<p class="error" id="card-error">${error}</p>`}
      ${Object.keys(cards).map((card) => {
        const [name, what] = text.card[card] ?? [card, ""];
        return html`<label class="paycard">
          <input type="radio" name="card" value="${card}" ${card === chosen && html`checked`} required />
          <span><strong>${name}</strong> <span class="hint">${what}</span></span>
        </label>`;
      })}
    </fieldset>
    <button class="button">${text.pay(money(quote.total))}</button>
  </form>`;
}

function timeline(visit: Visit, { timeline: steps }: Booking): Html {
  const { text, locale } = visit;
  return html`<section class="steps" aria-labelledby="steps">
    <h2 id="steps">${text.whatHappened}</h2>
    <ol id="timeline">
      ${steps.map(
        ({ step, at }) =>
          html`<li data-step="${step}">
            <span>${text.step[step]}</span> <time datetime="${at}">${locale.moment(new Date(at))}</time>
          </li>`,
      )}
    </ol>
  </section>`;
}

function cancelLink(visit: Visit, booking: Booking): Html | "" {
  const { text } = visit;
  if (booking.ifCancelled === null || standing(visit, booking) === "expired" || !isGuest(visit, booking)) return "";
  return html`<p class="actions">
    <a class="button danger" id="cancel" href="/trips/${booking.id}/cancel"
      >${booking.state === "held" ? text.cancelHold : text.cancelTrip}</a
    >
  </p>`;
}

/** What was agreed upon. */
function about(visit: Visit, booking: Booking): Html {
  const { text } = visit;
  const { quote, guest } = booking;
  const host = authorName(visit, quote.host);
  const place = placeName(visit, quote.place);
  return html`<aside class="card trip-card" aria-labelledby="house">
    ${picture(visit, quote.photo, "small")}
    <h2 id="house">
      <a href="/listings/${quote.listing}"><bdi>${quote.title}</bdi></a>
    </h2>
    <dl>
      <dt>${text.place}</dt>
      <dd>${place}</dd>
      <dt>${text.dates}</dt>
      <dd>${stayDates(visit, quote)}<br />${nightsAndGuests(visit, quote)}</dd>
      <dt>${text.host}</dt>
      <dd><bdi>${host}</bdi></dd>
      ${
        !isGuest(visit, booking) &&
        html`<dt>${text.guest}</dt>
          <dd><bdi>${authorName(visit, guest)}</bdi></dd>`
      }
    </dl>
    ${
      booking.state === "confirmed" &&
      html`<h3>${text.onTheWay}</h3>
        <p id="directions">${inBdi((name) => text.onTheWayWords(place, name), host)}</p>`
    }
    <h3>${text.priceTitle}</h3>
    ${bill(visit, quote)}
    <h3>${text.policyTitle}: ${text.policyName[quote.policy]}</h3>
    <p class="hint">${text.policyWords[quote.policy]}</p>
  </aside>`;
}
