import { html } from "hono/html";
import { isError } from "seamline";
import { hidden, summary, textArea } from "../../../shared/web/fields.ts";
import { messagePage } from "../../../shared/web/failures.ts";
import { blank, submit, type FormState } from "../../../shared/web/forms.ts";
import type { Html, Page } from "../../../shared/web/layout.ts";
import { pager } from "../../../shared/web/pager.ts";
import { authorName, moment } from "../../../shared/web/pieces.ts";
import { ReviewDraft, reviews, type Review } from "../../reviews/contract.ts";
import { idIn } from "../addresses.ts";
import { stars } from "../cards.ts";
import type { Part, Visit } from "../visit.ts";
import { asMember, away, withOwnHouse } from "./rights.ts";
import { houseTabs } from "./tabs.ts";

/** What guests said of a house, and what its host says to it. */

export const hostReviewPages: Part = ({ get, post }) => {
  get("/host/listings/:id/reviews", (visit) =>
    withOwnHouse(visit, async (listing) => {
      const { context, text, pageNumber } = visit;
      const { reviewing, hosting } = text;
      const said = await context.part(
        "reviews",
        () => context.reviews.forListing({ listing: listing.id, page: pageNumber }),
        () => null,
      );
      if (said === null) return away(visit, reviewing.down, reviewing.downWhy, "reviews-unavailable");
      const at = `/host/listings/${listing.id}`;
      return visit.show({
        title: reviewing.hostTitle,
        unlisted: true,
        body: html`<h1><bdi>${listing.title}</bdi></h1>
          ${houseTabs(visit, listing, "reviews")}
          <p class="lead">${stars(visit, said.rating)}</p>
          ${said.reviews.length === 0 && html`<p class="empty">${reviewing.none}</p>`}
          <ol class="said">
            ${said.reviews.map((one) => html`<li class="card" data-id="${one.id}">${saidBy(visit, one, "link")}</li>`)}
          </ol>
          ${pager(visit, said.page, said.pages, (page) => `${at}/reviews${page > 1 ? `?page=${page}` : ""}`)}
          <p class="back"><a href="/host">${hosting.back}</a></p>`,
      });
    }),
  );

  get("/host/reviews/:id", (visit) =>
    withReview(visit, (review) =>
      visit.show(replyPage(visit, review, blank({ content: review.reply?.content ?? "" }))),
    ),
  );
  post("/host/reviews/:id", (visit) =>
    withReview(visit, async (review) => {
      const { reviewing } = visit.text;
      const values = { content: visit.field("content") };
      const input = { review: review.id, ...values };
      const done = await submit<"content", Review>(visit, {
        values,
        check: () =>
          ReviewDraft.shape.content.safeParse(values.content).success ? {} : { content: reviewing.contentInvalid },
        call: (key) => visit.context.reviews.reply(input, { key: visit.callKey(key, "reply", input) }),
        explain: (error) => {
          if (isError(error, reviews.reply, "notFound")) return { errors: { form: reviewing.gone }, status: 404 };
          if (!isError(error, reviews.reply, "forbidden")) return null;
          return { errors: { form: reviewing.forbidden[error.data.reason] }, status: 403 };
        },
      });
      if (done.ok) return visit.go(`/host/listings/${review.listing}/reviews`, "replied");
      return visit.show(replyPage(visit, review, done.state), done.state.status);
    }),
  );
};

/** Goes on with the review of the address. Whether the visitor may reply, the module says. */
function withReview(visit: Visit, go: (review: Review) => Promise<unknown>): Promise<unknown> {
  const { reviewing } = visit.text;
  const id = idIn(visit);
  return asMember(visit, `/host/reviews/${id}`, async () => {
    const review = await visit.context.part(
      "reviews",
      () => readReview(visit, id),
      () => "absent" as const,
    );
    if (review === "absent") return away(visit, reviewing.down, reviewing.downWhy, "reviews-unavailable");
    if (review === null) return visit.show(messagePage(visit, reviewing.gone, reviewing.goneWhy, "not-found"), 404);
    return go(review);
  });
}

/** null: there is none that is published. */
export async function readReview(visit: Visit, review: string): Promise<Review | null> {
  try {
    return await visit.context.reviews.get({ review });
  } catch (error) {
    if (isError(error, reviews.get, "notFound")) return null;
    throw error;
  }
}

function saidBy(visit: Visit, { id, author, stars: given, content, at, reply }: Review, how: "link" | "plain"): Html {
  const { text } = visit;
  const { reviewing } = text;
  return html`<p class="meta">
      <strong><bdi>${authorName(visit, author)}</bdi></strong>
      <span class="rating"
        ><span class="unseen">${text.stars(String(given))}</span
        ><span class="star" aria-hidden="true">${"★".repeat(given)}</span></span
      >
      ${moment(visit, at)}
    </p>
    <p class="prose written">${content}</p>
    ${
      reply &&
      html`<blockquote class="reply">
        <p class="meta"><strong>${text.hostReply}</strong>${moment(visit, reply.at)}</p>
        <p class="prose written">${reply.content}</p>
      </blockquote>`
    }
    ${how === "link" && html`<p class="links"><a href="/host/reviews/${id}">${reply ? reviewing.changeReply : reviewing.reply}</a></p>`}`;
}

function replyPage(visit: Visit, review: Review, state: FormState<"content">): Page {
  const { text } = visit;
  const { reviewing } = text;
  return {
    title: reviewing.replyTitle,
    unlisted: true,
    width: "narrow",
    body: html`<h1>${reviewing.replyTitle}</h1>
      <div class="card">${saidBy(visit, { ...review, reply: null }, "plain")}</div>
      ${summary(visit, state)}
      <form
        class="card"
        id="reply-form"
        method="post"
        action="/host/reviews/${review.id}"
        data-draft="reply ${review.id}"
        novalidate
      >
        ${hidden(visit, state)}
        ${textArea(visit, state, { name: "content", label: reviewing.replyTitle, hint: reviewing.replyHint, max: 2000 }, 6)}
        <p class="actions">
          <button class="button">${reviewing.sendReply}</button>
          <a class="button quiet" href="/host/listings/${review.listing}/reviews">${text.cancel}</a>
        </p>
      </form>`,
  };
}
