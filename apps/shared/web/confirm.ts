import { html } from "hono/html";
import { hidden, summary } from "./fields.ts";
import { type FormState } from "./forms.ts";
import type { Page } from "./layout.ts";
import type { Visit } from "./visit.ts";

export interface Confirmation {
  readonly title: string;
  readonly ask: string;
  readonly why: string;
  /** What the button says. */
  readonly act: string;
  /** Where to go instead. */
  readonly back: string;
  /** What that is called, where "cancel" could be taken for what is being asked about. */
  readonly backName?: string;
  readonly fields?: Record<string, string>;
}

/** A page that asks before something is taken away, so that it needs no browser script. It posts to its own address. */
export function confirmPage(visit: Visit, state: FormState<never>, words: Confirmation): Page {
  const { text } = visit;
  return {
    title: words.title,
    width: "narrow",
    unlisted: true,
    body: html`<h1>${words.title}</h1>
      ${summary(visit, state)}
      <form class="card" method="post" id="confirm">
        ${hidden(visit, state, words.fields)}
        <p class="ask">${words.ask}</p>
        <p>${words.why}</p>
        <p class="actions">
          <button class="button danger">${words.act}</button>
          <a class="button quiet" href="${words.back}">${words.backName ?? text.cancel}</a>
        </p>
      </form>`,
  };
}
