import { html } from "hono/html";
import { isError, type Output } from "seamline";
import { hidden, summary, textArea } from "../../shared/web/fields.ts";
import { messagePage } from "../../shared/web/failures.ts";
import { blank, submit, type Errors, type Explained, type FormState } from "../../shared/web/forms.ts";
import type { Html, Page } from "../../shared/web/layout.ts";
import { ReviewDraft, reviews } from "../reviews/contract.ts";
import { listingAddress } from "./addresses.ts";
import { stayDates } from "./format.ts";
import { asMember, away } from "./host/rights.ts";
import type { Part, Visit } from "./visit.ts";

/** Writing a review of a stay that is over. That one may not yet is another thing than that nobody can tell. */

type Name = "stars" | "content";
type Stay = Output<(typeof reviews)["eligible"]>[number];
const allStars = [5, 4, 3, 2, 1] as const;

export const reviewPages: Part = ({ get, post }) => {
  get("/reviews/new", (visit) => withStay(visit, (stay) => visit.show(reviewPage(visit, stay, blank()))));
  post("/reviews/new", (visit) =>
    withStay(visit, async (stay) => {
      const values = { stars: visit.field("stars"), content: visit.field("content") };
      const input = { stay: stay.stay, stars: Number(values.stars), content: values.content };
      const done = await submit<Name, unknown>(visit, {
        values,
        check: () => problemsOf(visit, input),
        call: (key) => visit.context.reviews.submit(input, { key: visit.callKey(key, "submitReview", input) }),
        explain: (error) => explain(visit, error),
      });
      if (done.ok) return visit.go(listingAddress(stay.listing, {}, "reviews"), "reviewed");
      return visit.show(reviewPage(visit, stay, done.state), done.state.status);
    }),
  );
};

/** Goes on with the stay that the address names, or says why there is nothing to write about. */
function withStay(visit: Visit, go: (stay: Stay) => Promise<unknown>): Promise<unknown> {
  const { reviewing } = visit.text;
  const id = visit.query("stay");
  return asMember(visit, id === "" ? "/reviews/new" : `/reviews/new?stay=${encodeURIComponent(id)}`, async () => {
    const stays = await visit.context.part(
      "reviews",
      () => visit.context.reviews.eligible({}),
      () => null,
    );
    if (stays === null) return away(visit, reviewing.unknown, reviewing.unknownWhy, "reviews-unavailable");
    if (id === "" && stays.length > 0) return visit.show(choicePage(visit, stays));
    const stay = stays.find((one) => one.stay === id.toLowerCase());
    if (stay === undefined)
      return visit.show(messagePage(visit, reviewing.notYet, reviewing.notYetWhy, "not-a-guest"), 403);
    // One who sends the form again, because nobody knew how the first try ended, is answered by the module.
    if (stay.reviewed && visit.request.method !== "POST")
      return visit.show(messagePage(visit, reviewing.already, reviewing.alreadyWhy, "already-reviewed"));
    return go(stay);
  });
}

function problemsOf({ text }: Visit, { stars, content }: { stars: number; content: string }): Errors<Name> {
  return {
    ...(!ReviewDraft.shape.stars.safeParse(stars).success && { stars: text.reviewing.starsMissing }),
    ...(!ReviewDraft.shape.content.safeParse(content).success && { content: text.reviewing.contentInvalid }),
  };
}

function explain({ text }: Visit, error: unknown): Explained<Name> | null {
  const { reviewing } = text;
  if (isError(error, reviews.submit, "forbidden"))
    return { errors: { form: reviewing.forbidden[error.data.reason] }, status: 403 };
  if (isError(error, reviews.submit, "notAGuest")) return { errors: { form: reviewing.notYet }, status: 403 };
  if (isError(error, reviews.submit, "alreadyReviewed")) return { errors: { form: reviewing.already }, status: 409 };
  return null;
}

function choicePage(visit: Visit, stays: readonly Stay[]): Page {
  const { reviewing } = visit.text;
  return {
    title: reviewing.title,
    unlisted: true,
    body: html`<h1>${reviewing.title}</h1>
      <p class="lead">${reviewing.chooseStay}</p>
      <ul class="guests">
        ${stays.map(
          (one) =>
            html`<li class="guest">
              <div>
                <h2>
                  ${one.reviewed ? html`<bdi>${one.title}</bdi>` : html`<a href="/reviews/new?stay=${one.stay}"><bdi>${one.title}</bdi></a>`}
                </h2>
                <p class="meta">
                  <span>${stayDates(visit, one)}</span>${one.reviewed && html`<span>${reviewing.written}</span>`}
                </p>
              </div>
            </li>`,
        )}
      </ul>`,
  };
}

function reviewPage(visit: Visit, stay: Stay, state: FormState<Name>): Page {
  const { text } = visit;
  const { reviewing } = text;
  return {
    title: reviewing.title,
    width: "narrow",
    unlisted: true,
    body: html`<h1>${reviewing.title}</h1>
      <p class="lead"><bdi>${stay.title}</bdi> · ${stayDates(visit, stay)}</p>
      ${summary(visit, state)}
      <form
        class="card"
        id="review-form"
        method="post"
        action="/reviews/new?stay=${stay.stay}"
        data-draft="review ${stay.stay}"
        novalidate
      >
        ${hidden(visit, state)} ${starField(visit, state)}
        ${textArea(visit, state, { name: "content", label: reviewing.content, hint: reviewing.contentHint, max: 2000 }, 8)}
        <p class="actions">
          <button class="button">${reviewing.send}</button>
          <a class="button quiet" href="/trips">${text.cancel}</a>
        </p>
      </form>`,
  };
}

function starField({ text }: Visit, { values, errors }: FormState<Name>): Html {
  const { reviewing } = text;
  const wrong = errors.stars !== undefined;
  const choice = (n: (typeof allStars)[number], index: number): Html =>
    html`<label class="star-choice" for="${index === 0 ? "stars" : `stars-${n}`}">
      <input
        type="radio"
        id="${index === 0 ? "stars" : `stars-${n}`}"
        name="stars"
        value="${n}"
        ${values.stars === String(n) && html`checked`}
        required
      />
      <span class="star" aria-hidden="true">${"★".repeat(n)}<span class="off">${"★".repeat(5 - n)}</span></span>
      <span><span class="unseen">${text.stars(String(n))}, </span>${reviewing.star[n]}</span>
    </label>`;
  return html`<fieldset class="field stars-field ${wrong && "wrong"}" ${wrong && html`aria-describedby="stars-error"`}>
    <legend>${reviewing.stars}</legend>
    ${wrong && html`<p class="error" id="stars-error">${errors.stars}</p>`} ${allStars.map(choice)}
  </fieldset>`;
}
