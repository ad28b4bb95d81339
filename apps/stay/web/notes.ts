import { html } from "hono/html";
import { isError, type Output } from "seamline";
import { notify, type Note } from "../../shared/notify/contract.ts";
import { checkField, hidden, summary } from "../../shared/web/fields.ts";
import { blank, submit, type Explained, type FormState } from "../../shared/web/forms.ts";
import { notice, type Html } from "../../shared/web/layout.ts";
import { pager } from "../../shared/web/pager.ts";
import { authorName, moment } from "../../shared/web/pieces.ts";
import { Night } from "../dates.ts";
import { noteTypes } from "../note-types.ts";
import { formatsOf, stayDates } from "./format.ts";
import { asMember, away } from "./host/rights.ts";
import type { Part, Visit } from "./visit.ts";

/** What concerns the visitor: the badge at the top of each page, the list, and what to be told of at all. */

type NoteType = (typeof noteTypes)[number];
type Setting = `type-${NoteType}`;
type Notes = Output<(typeof notify)["list"]>;
/** A badge cannot say more. */
const most = 99;

/** How much is unread; nothing where nobody can tell. */
export async function unreadBadge(visit: Visit): Promise<Html | ""> {
  const { context, text, locale } = visit;
  if (visit.member === null) return "";
  const unread = await context.part(
    "notify",
    async () => (await context.notify.unreadCount()).unread,
    () => null,
  );
  const here = visit.address.split("?")[0] === "/notes";
  const shown = unread !== null && unread > most ? `${locale.number(most)}+` : locale.number(unread ?? 0);
  return html`<a href="/notes" id="notes-link" ${here && html`aria-current="page"`}
    >${text.noting.menu}${
      unread !== null &&
      unread > 0 &&
      html`<span class="badge" id="unread"
        ><span class="unseen">${text.noting.unread(shown)}</span><span aria-hidden="true">${shown}</span></span
      >`
    }</a
  >`;
}

export const notePages: Part = ({ get, post }) => {
  get("/notes", (visit) => asMember(visit, "/notes", () => show(visit)));

  for (const path of ["/notes/read", "/notes/settings"]) get(path, (visit) => visit.go("/notes"));
  post("/notes/read", (visit) =>
    asMember(visit, "/notes", async () => {
      const done = await submit<Setting, unknown>(visit, {
        values: {} as Record<Setting, string>,
        call: (key) => visit.context.notify.markRead({}, { key: visit.callKey(key, "markRead", "") }),
        explain: (error) => explain(visit, error),
      });
      return done.ok ? visit.go("/notes", "notesRead") : show(visit, { read: done.state });
    }),
  );
  post("/notes/settings", (visit) =>
    asMember(visit, "/notes", async () => {
      const values = Object.fromEntries(
        noteTypes.map((type) => [`type-${type}`, visit.field(`type-${type}`)]),
      ) as Record<Setting, string>;
      const muted = noteTypes.filter((type) => values[`type-${type}`] === "");
      const done = await submit<Setting, unknown>(visit, {
        values,
        call: (key) =>
          visit.context.notify.setPreferences({ muted }, { key: visit.callKey(key, "setPreferences", muted) }),
        explain: (error) => explain(visit, error),
      });
      return done.ok ? visit.go("/notes", "settingsSaved") : show(visit, { settings: done.state });
    }),
  );
};

function explain({ text }: Visit, error: unknown): Explained<Setting> | null {
  for (const operation of [notify.markRead, notify.setPreferences] as const)
    if (isError(error, operation, "signInNeeded")) return { errors: { form: text.forbidden.signIn }, status: 403 };
  if (isError(error, notify.setPreferences, "unknownType")) return { errors: { form: text.noting.noLonger } };
  return null;
}

interface States {
  readonly read?: FormState<Setting>;
  readonly settings?: FormState<Setting>;
}

async function show(visit: Visit, states: States = {}): Promise<unknown> {
  const { context, text, pageNumber } = visit;
  const { noting } = text;
  const nothing = () => null;
  const [found, preferences] = await Promise.all([
    context.part("notify", () => context.notify.list({ page: pageNumber }), nothing),
    context.part("notify", () => context.notify.preferences(), nothing),
  ]);
  const failed = states.read ?? states.settings;
  if (found === null && failed === undefined) return away(visit, noting.down, noting.downWhy, "notify-unavailable");
  return visit.show(
    {
      title: noting.title,
      unlisted: true,
      body: html`<h1>${noting.title}</h1>
        ${states.read && summary(visit, states.read)}
        ${found === null ? notice("warning", "notify-unavailable", noting.down) : list(visit, found)}
        ${settings(visit, states.settings, preferences?.muted ?? null)}`,
    },
    failed?.status ?? 200,
  );
}

function list(visit: Visit, { notes, page, pages }: Notes): Html {
  const { noting } = visit.text;
  return html`${notes.length === 0 && html`<p class="empty">${noting.none}</p>`}
    ${
      notes.some(({ read }) => !read) &&
      html`<form method="post" action="/notes/read" id="read-all" class="actions">
        ${hidden(visit, blank())}<button class="button quiet">${noting.readAll}</button>
      </form>`
    }
    <ol class="notes" id="notes">
      ${notes.map((one) => item(visit, one))}
    </ol>
    ${pager(visit, page, pages, (to) => (to > 1 ? `/notes?page=${to}` : "/notes"))}
    <p class="hint">${noting.kept}</p>`;
}

function item(visit: Visit, note: Note): Html {
  const { noting } = visit.text;
  return html`<li class="note ${!note.read && "new"}">
    <p>
      ${!note.read && html`<span class="badge">${noting.new}</span>`}
      <a href="${note.link}"><bdi>${wordsOf(visit, note)}</bdi></a>
    </p>
    <p class="meta">${moment(visit, note.at)}</p>
  </li>`;
}

function wordsOf(visit: Visit, { type, data }: Note): string {
  const { noting } = visit.text;
  const known = noteTypes.find((one) => one === type);
  if (known === undefined) return noting.other;
  const { title = "", from = "", to = "", by = "", refund = "" } = data;
  const dated = Night.safeParse(from).success && Night.safeParse(to).success;
  const amount = /^\d+$/.test(refund) ? formatsOf(visit).money(Number(refund)) : "";
  const words: (title: string, dates: string, by: string, amount: string) => string = noting.words[known];
  return words(title, dated ? stayDates(visit, { from, to }) : "", authorName(visit, { id: null, name: by }), amount);
}

function settings(visit: Visit, failed: FormState<Setting> | undefined, muted: readonly string[] | null): Html {
  const { text } = visit;
  const { noting } = text;
  const now = Object.fromEntries(noteTypes.map((type) => [`type-${type}`, muted?.includes(type) ? "" : "yes"]));
  const state = failed ?? blank<Setting>(now);
  return html`<section class="card" aria-labelledby="settings-title">
    <h2 id="settings-title">${noting.settings}</h2>
    ${
      muted === null && failed === undefined
        ? notice("warning", "settings-unavailable", noting.settingsDown)
        : html`<form id="settings" method="post" action="/notes/settings">
            ${summary(visit, state)} ${hidden(visit, state)}
            <fieldset class="boxes">
              <legend>${noting.settingsHint}</legend>
              ${noteTypes.map((type) => checkField(state, { name: `type-${type}`, label: noting.type[type] }))}
            </fieldset>
            <button class="button">${text.save}</button>
          </form>`
    }
  </section>`;
}
