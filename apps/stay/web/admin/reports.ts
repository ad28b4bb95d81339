import { html } from "hono/html";
import { isError } from "seamline";
import { moderation, type Report } from "../../../shared/moderation/contract.ts";
import { line } from "../../../shared/text.ts";
import { hidden, inputField, summary } from "../../../shared/web/fields.ts";
import { messagePage } from "../../../shared/web/failures.ts";
import { blank, submit, type Explained, type FormState } from "../../../shared/web/forms.ts";
import type { Html } from "../../../shared/web/layout.ts";
import { pager } from "../../../shared/web/pager.ts";
import { authorName, moment } from "../../../shared/web/pieces.ts";
import { idIn } from "../addresses.ts";
import { kindName } from "../decisions.ts";
import type { Part, Visit } from "../visit.ts";
import { asAdmin, showDown, showTab } from "./frame.ts";

/** The queue of reports: who takes one, and what is decided about it. */

/** Several reports may be open on one page, and each field has an id of its own. */
type Name = `because-${string}`;
const Because = line(300);
const choices = ["hide", "reject"] as const;

interface Failed {
  readonly report: string;
  readonly state: FormState<Name>;
}

export const reportQueuePages: Part = ({ get, post }) => {
  get("/admin/reports", (visit) => asAdmin(visit, async () => show(visit)));

  for (const path of ["assign", "decide", "restore"])
    get(`/admin/reports/:id/${path}`, (visit) => asAdmin(visit, () => visit.go("/admin/reports")));
  post("/admin/reports/:id/assign", (visit) =>
    asAdmin(visit, async () => {
      const report = idIn(visit);
      const done = await submit<Name, unknown>(visit, {
        values: {},
        call: (key) => visit.context.moderation.assign({ report }, { key: visit.callKey(key, "assign", report) }),
        explain: (error) => explain(visit, error),
      });
      return done.ok ? visit.go(`/admin/reports#report-${report}`) : show(visit, { report, state: done.state });
    }),
  );
  post("/admin/reports/:id/decide", (visit) =>
    asAdmin(visit, async () => {
      const { admin } = visit.text;
      const report = idIn(visit);
      const because = visit.field(`because-${report}`);
      const decision = choices.find((one) => one === visit.field("decision"));
      const done = await submit<Name, unknown>(visit, {
        values: { [`because-${report}`]: because },
        check: () => ({
          ...(!Because.safeParse(because).success && { [`because-${report}`]: admin.becauseInvalid }),
          ...(decision === undefined && { form: admin.chooseDecision }),
        }),
        call: (key) => {
          const input = { report, decision: decision!, because };
          return visit.context.moderation.decide(input, { key: visit.callKey(key, "decide", input) });
        },
        explain: (error) => explain(visit, error),
      });
      return done.ok ? visit.go("/admin/reports", "decided") : show(visit, { report, state: done.state });
    }),
  );
  post("/admin/reports/:id/restore", (visit) =>
    asAdmin(visit, async () => {
      const report = idIn(visit);
      const because = visit.field(`because-${report}`);
      const [kind, id, title, link] = ["kind", "target", "title", "link"].map((name) => visit.field(name));
      const input = { target: { kind: kind!, id: id!, title: title!, link: link! }, because };
      const done = await submit<Name, unknown>(visit, {
        values: { [`because-${report}`]: because },
        check: () =>
          Because.safeParse(because).success ? {} : { [`because-${report}`]: visit.text.admin.becauseInvalid },
        call: (key) => visit.context.moderation.restore(input, { key: visit.callKey(key, "restore", input) }),
        explain: (error) => explain(visit, error),
      });
      return done.ok ? visit.go("/admin/reports?state=decided", "decided") : show(visit, { report, state: done.state });
    }),
  );
};

function explain({ text }: Visit, error: unknown): Explained<Name> | null {
  const { admin, reporting } = text;
  if (isError(error, moderation.restore, "forbidden"))
    return { errors: { form: reporting.forbidden[error.data.reason] }, status: 403 };
  for (const operation of [moderation.assign, moderation.decide] as const) {
    if (isError(error, operation, "decided")) return { errors: { form: admin.alreadyDecided }, status: 409 };
    if (isError(error, operation, "notFound")) return { errors: { form: admin.noReport }, status: 404 };
    if (isError(error, operation, "forbidden"))
      return { errors: { form: reporting.forbidden[error.data.reason] }, status: 403 };
  }
  return null;
}

async function show(visit: Visit, failed?: Failed): Promise<unknown> {
  const { context, text, pageNumber } = visit;
  const { admin } = text;
  const restoring = visit.request.routeOptions.url?.endsWith("/restore");
  const state = visit.query("state") === "decided" || restoring ? "decided" : "open";
  const found = await context.part(
    "moderation",
    () => context.moderation.queue({ state, page: pageNumber }),
    () => null,
  );
  if (found === null && failed === undefined) return showDown(visit, "reports");
  const lost = failed !== undefined && !found?.reports.some(({ id }) => id === failed.report);
  if (failed !== undefined && (found === null || lost))
    return visit.show(
      messagePage(visit, text.notSaved, failed.state.errors.form ?? "", "not-decided", failed.state.traceId),
      failed.state.status,
    );
  const { reports, page, pages } = found!;
  const query = state === "decided" ? "?state=decided" : "?";
  const tab = (of: "open" | "decided", to: string) =>
    html`<li><a href="${to}" ${of === state && html`aria-current="true"`}>${admin[of]}</a></li>`;
  return showTab(
    visit,
    "reports",
    html`<nav class="tabs" aria-label="${admin.reports}">
        <ul>
          ${tab("open", "/admin/reports")} ${tab("decided", "/admin/reports?state=decided")}
        </ul>
      </nav>
      ${reports.length === 0 && html`<p class="empty">${admin.noReports}</p>`}
      <ol class="said" id="reports">
        ${reports.map((one) => reportItem(visit, one, failed?.report === one.id ? failed.state : undefined))}
      </ol>
      ${pager(visit, page, pages, (to) => `/admin/reports${query}${to > 1 ? `&page=${to}` : ""}`)}`,
    failed?.state.status ?? 200,
  );
}

function reportItem(visit: Visit, report: Report, state: FormState<Name> | undefined): Html {
  const { text, locale } = visit;
  const { admin, decisions, reporting } = text;
  const { id, target, assignee } = report;
  const open = report.state === "open" || report.state === "assigned";
  // The form opens for who has taken the report, and where it could not be sent.
  const mine = assignee !== null && assignee.id === visit.member?.user.id;
  return html`<li class="card" id="report-${id}" data-target="${target.id}">
    <p class="meta">
      <span class="state ${report.state}">${decisions.state[report.state]}</span>
      <span>${kindName(visit, target.kind)}</span>
      <span>${reporting.reason[report.reason]}</span>
      ${moment(visit, report.at)}
    </p>
    <h2><bdi>${target.title}</bdi></h2>
    ${report.content && html`<p class="prose written">${report.content}</p>`}
    <p class="hint">
      ${admin.reporter}: <bdi>${authorName(visit, report.reporter)}</bdi>
      ${report.alike > 1 && html`· ${admin.alike(locale.number(report.alike))}`}
      ${assignee && html`· <bdi>${admin.assignee(authorName(visit, assignee))}</bdi>`}
    </p>
    ${target.link && html`<p class="links"><a href="${target.link}">${admin.look}</a></p>`}
    ${open && !mine && state === undefined && assignForm(visit, id)}
    ${report.state === "resolved" && restoreForm(visit, report, state ?? blank())}
    ${open && (mine || state !== undefined) && decideForm(visit, id, state ?? blank())}
  </li>`;
}

function assignForm(visit: Visit, id: string): Html {
  return html`<form method="post" action="/admin/reports/${id}/assign">
    ${hidden(visit, blank())}<button class="button quiet">${visit.text.admin.assign}</button>
  </form>`;
}

function becauseField(visit: Visit, id: string, state: FormState<Name>): Html {
  const { admin } = visit.text;
  return inputField(visit, state, { name: `because-${id}`, label: admin.because, hint: admin.becauseHint, max: 300 });
}

function decideForm(visit: Visit, id: string, state: FormState<Name>): Html {
  const { admin } = visit.text;
  return html`<form id="decide-${id}" method="post" action="/admin/reports/${id}/decide" novalidate>
    ${summary(visit, state)} ${hidden(visit, state)} ${becauseField(visit, id, state)}
    <p class="actions">
      <button class="button danger" name="decision" value="hide">${admin.hide}</button>
      <button class="button quiet" name="decision" value="reject">${admin.reject}</button>
    </p>
  </form>`;
}

function restoreForm(visit: Visit, { id, target: { id: target, ...shown } }: Report, state: FormState<Name>): Html {
  return html`<details ${state.status !== 200 && html`open`}>
    <summary>${visit.text.admin.restore}</summary>
    <form id="restore-${id}" method="post" action="/admin/reports/${id}/restore" novalidate>
      ${summary(visit, state)} ${hidden(visit, state, { target, ...shown })} ${becauseField(visit, id, state)}
      <button class="button quiet">${visit.text.admin.restore}</button>
    </form>
  </details>`;
}
