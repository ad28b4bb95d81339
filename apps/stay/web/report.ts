import { html } from "hono/html";
import { isError } from "seamline";
import { moderation, reasons } from "../../shared/moderation/contract.ts";
import { text as written } from "../../shared/text.ts";
import { hidden, summary, textArea } from "../../shared/web/fields.ts";
import { messagePage } from "../../shared/web/failures.ts";
import { blank, submit, wait, type Explained, type FormState } from "../../shared/web/forms.ts";
import type { Html, Page } from "../../shared/web/layout.ts";
import { isId, listingAddress } from "./addresses.ts";
import { asMember, away, readHouse } from "./host/rights.ts";
import { readReview } from "./host/reviews.ts";
import type { Part, Visit } from "./visit.ts";

/** Reporting a house or a review. While nobody takes reports, the form keeps what was written. */

type Name = "reason" | "content";
type Target = Parameters<Visit["context"]["moderation"]["report"]>[0]["target"];
const Content = written(1000);

export const reportPages: Part = ({ get, post }) => {
  get("/report", (visit) => withTarget(visit, (target) => visit.show(reportPage(visit, target, blank()))));
  post("/report", (visit) =>
    withTarget(visit, async (target) => {
      const { reporting } = visit.text;
      const values = { reason: visit.field("reason"), content: visit.field("content") };
      const reason = reasons.find((one) => one === values.reason);
      const silent = values.content.trim() === "";
      const done = await submit<Name, unknown>(visit, {
        values,
        check: () => ({
          ...(reason === undefined && { reason: reporting.whyMissing }),
          ...(!silent && !Content.safeParse(values.content).success && { content: reporting.contentInvalid }),
        }),
        call: (key) => {
          const input = { target, reason: reason!, content: silent ? "" : values.content };
          return visit.context.moderation.report(input, { key: visit.callKey(key, "report", input) });
        },
        explain: (error) => explain(visit, error),
      });
      if (done.ok) return visit.go("/moderation", "reported");
      return visit.show(reportPage(visit, target, done.state), done.state.status);
    }),
  );
};

function addressOf(kind: string, id: string): string {
  return `/report?${new URLSearchParams({ kind, id })}`;
}

/** Goes on with what the address names, as the modules know it. */
function withTarget(visit: Visit, go: (target: Target) => Promise<unknown>): Promise<unknown> {
  const { reporting } = visit.text;
  const [kind, id] = [visit.query("kind"), visit.query("id")];
  return asMember(visit, addressOf(kind, id), async () => {
    const find = finders[kind as keyof typeof finders];
    const target =
      isId(id) && Object.hasOwn(finders, kind)
        ? await visit.context.part(
            kind === "review" ? "reviews" : "listings",
            () => find(visit, id),
            () => "absent" as const,
          )
        : null;
    if (target === "absent") return away(visit, reporting.unknown, visit.text.unavailableWhy, "target-unavailable");
    if (target === null)
      return visit.show(messagePage(visit, reporting.nothing, reporting.nothingWhy, "not-found"), 404);
    return go(target);
  });
}

const finders = {
  async listing(visit: Visit, id: string): Promise<Target | null> {
    const house = await readHouse(visit, id);
    return house && { kind: "listing", id: house.id, title: house.title, link: listingAddress(house.id) };
  },
  async review(visit: Visit, id: string): Promise<Target | null> {
    const review = await readReview(visit, id);
    if (review === null) return null;
    const said = review.content.replaceAll(/\s+/g, " ");
    const title = `${"★".repeat(review.stars)} ${said.length > 60 ? `${said.slice(0, 59)}…` : said}`;
    return { kind: "review", id: review.id, title, link: listingAddress(review.listing, {}, "reviews") };
  },
};

function explain(visit: Visit, error: unknown): Explained<Name> | null {
  const { reporting } = visit.text;
  if (isError(error, moderation.report, "forbidden"))
    return { errors: { form: reporting.forbidden[error.data.reason] }, status: 403 };
  if (isError(error, moderation.report, "unknownKind")) return { errors: { form: reporting.nothing } };
  if (!isError(error, moderation.report, "tooOften")) return null;
  const { retryAfterSeconds } = error.data;
  return { errors: { form: reporting.tooOften(wait(visit, retryAfterSeconds)) }, retryAfterSeconds };
}

function reportPage(visit: Visit, target: Target, state: FormState<Name>): Page {
  const { text } = visit;
  const { reporting } = text;
  return {
    title: reporting.title,
    width: "narrow",
    unlisted: true,
    body: html`<h1>${reporting.title}</h1>
      <p class="lead"><bdi>${target.title}</bdi></p>
      <p>${reporting.lead}</p>
      ${summary(visit, state)}
      <form
        class="card"
        id="report-form"
        method="post"
        action="${addressOf(target.kind, target.id)}"
        data-draft="report ${target.id}"
        novalidate
      >
        ${hidden(visit, state)} ${reasonField(visit, state)}
        ${textArea(visit, state, { name: "content", label: reporting.content, max: 1000, required: false }, 5)}
        <p class="actions">
          <button class="button">${reporting.send}</button>
          <a class="button quiet" href="${target.link}">${text.cancel}</a>
        </p>
      </form>`,
  };
}

function reasonField({ text }: Visit, { values, errors }: FormState<Name>): Html {
  const { reporting } = text;
  const wrong = errors.reason !== undefined;
  const choice = (reason: (typeof reasons)[number], index: number): Html => {
    const id = index === 0 ? "reason" : `reason-${reason}`;
    return html`<label class="check" for="${id}">
      <input
        type="radio"
        id="${id}"
        name="reason"
        value="${reason}"
        ${values.reason === reason && html`checked`}
        required
      />
      <span>${reporting.reason[reason]}</span>
    </label>`;
  };
  return html`<fieldset class="field ${wrong && "wrong"}" ${wrong && html`aria-describedby="reason-error"`}>
    <legend>${reporting.why}</legend>
    ${wrong && html`<p class="error" id="reason-error">${errors.reason}</p>`} ${reasons.map(choice)}
  </fieldset>`;
}
