import multipart from "@fastify/multipart";
import { html } from "hono/html";
import { accounts } from "../../accounts/contract.ts";
import { hidden, inputField, selectField, summary } from "../fields.ts";
import { blank, submit, type FormState } from "../forms.ts";
import type { Page } from "../layout.ts";
import type * as routes from "../routes.ts";
import { siteTexts } from "../site-texts.ts";
import type * as shared from "../visit.ts";
import { sitePages } from "../web.ts";

/** A site of one page: a note, which is uploaded, so that its fields are not where those of other forms are. */

const uses = { accounts };

const ko = {
  brand: "쪽지",
  toStart: "처음으로",
  stateUnknown: "누구신지 지금 알 수 없습니다.",
  signInUnavailable: "지금은 들어올 수 없습니다.",
  notFoundWhy: "쪽지가 바람에 날아갔나 봅니다.",
  leaveWhy: "쪽지는 남습니다.",
  save: "쪽지 남기기",
  note: "쪽지",
  colour: "빛깔",
  noteMissing: "쪽지를 적어 주세요.",
  done: { noted: "쪽지를 남겼습니다." },
};
const en: typeof ko = {
  brand: "Note",
  toStart: "Back to the start",
  stateUnknown: "We cannot tell who you are.",
  signInUnavailable: "Nobody can come in right now.",
  notFoundWhy: "The wind may have taken the note.",
  leaveWhy: "Notes stay.",
  save: "Leave a note",
  note: "Note",
  colour: "Colour",
  noteMissing: "Please write a note.",
  done: { noted: "The note is left." },
};
const texts = siteTexts({ ko, en });

type Visit = shared.Visit<typeof uses, (typeof texts)["ko"]>;
type Part = routes.Part<Visit>;
type Name = "note" | "colour";

const colours = ["white", "<blue>"].map((value) => ({ value, name: value }));

const notePages: Part = ({ get, post }) => {
  get("/", (visit) => visit.show(notePage(visit, blank())));
  post("/notes", async (visit) => {
    const { note = "", colour = "", token = "" } = await fieldsOf(visit);
    const done = await submit<Name, string>(visit, {
      values: { note, colour },
      token,
      check: () => (note === "" ? { note: visit.text.noteMissing } : {}),
      call: async (key) => visit.callKey(key, "note", note),
      explain: () => null,
    });
    return done.ok ? visit.go("/", "noted") : visit.show(notePage(visit, done.state), done.state.status);
  });
};

async function fieldsOf({ request }: Visit): Promise<Record<string, string>> {
  const fields: Record<string, string> = {};
  for await (const part of request.parts())
    if (part.type === "field") fields[part.fieldname] = String(part.value);
    else part.file.resume();
  return fields;
}

function notePage(visit: Visit, state: FormState<Name>): Page {
  const { text } = visit;
  return {
    title: text.brand,
    body: html`${summary(visit, state)}
      <form method="post" action="/notes" enctype="multipart/form-data">
        ${hidden(visit, state)}
        ${inputField(visit, state, { name: "note", label: text.note, max: 40, more: { list: "earlier" } })}
        ${selectField(visit, state, { name: "colour", label: text.colour }, colours)}
        <button>${text.save}</button>
      </form>`,
  };
}

export default sitePages("small-web", {
  uses,
  texts,
  assets: new URL("./assets/", import.meta.url),
  layout: {
    mark: html`<b aria-hidden="true">*</b>`,
    menu: ({ text }) => [{ path: "/notes", name: text.note }],
    foot: () => [],
    badge: ({ member }) => (member ? html`<a id="unread" href="/unread">3</a>` : ""),
    styles: ["site.css"],
    scripts: [],
    icon: "icon.svg",
  },
  start: "/",
  parts: [notePages],
  prepare: (fastify) => fastify.register(multipart),
});
