import { html } from "hono/html";
import type { Page } from "../../shared/web/layout.ts";
import type { Part, Visit } from "./visit.ts";

/** The main page. It asks no module but for who is there, so it stands whatever is down. */

export const homePages: Part = ({ get }) => {
  get("/", (visit) => visit.show(homePage(visit)));
};

function homePage(visit: Visit): Page {
  const { text, member } = visit;
  const way = (href: string, name: string, hint: string) =>
    html`<li>
      <a class="way" href="${href}"><strong>${name}</strong><span>${hint}</span></a>
    </li>`;
  return {
    title: text.brand,
    body: html`<section class="hero">
        <p class="eyebrow">${text.home}</p>
        <h1>${text.tagline}</h1>
        <p class="lead">${member ? text.hello(member.user.name) : text.homeLead}</p>
      </section>
      <ul class="ways-in">
        ${way("/board", text.board, text.homeBoardHint)}
        ${member ? way("/account", text.account, text.homeAccountHint) : way("/login", text.signIn, text.homeSignInHint)}
      </ul>`,
  };
}
