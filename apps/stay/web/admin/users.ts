import { html } from "hono/html";
import { isError } from "seamline";
import { accounts } from "../../../shared/accounts/contract.ts";
import { moderation } from "../../../shared/moderation/contract.ts";
import { line } from "../../../shared/text.ts";
import { hidden, inputField, summary } from "../../../shared/web/fields.ts";
import { blank, submit, type Explained, type FormState } from "../../../shared/web/forms.ts";
import type { Html } from "../../../shared/web/layout.ts";
import type { Part, Visit } from "../visit.ts";
import { asAdmin, showDown, showTab } from "./frame.ts";

/** Finding a member, making an admin of them, and keeping them out for a while; the reason of that is public. */

type Name = "days" | "because";
type Member = NonNullable<Awaited<ReturnType<Visit["context"]["accounts"]["findByHandle"]>>>;
const Because = line(300);
const dayMs = 86_400_000;
const mostDays = 3650;

export const userPages: Part = ({ get, post }) => {
  get("/admin/users", (visit) => asAdmin(visit, async () => show(visit, visit.query("name"))));

  post("/admin/users/role", (visit) =>
    asAdmin(visit, () =>
      withMember(visit, async ({ id: user, name }) => {
        const input = { user, role: "admin", granted: visit.field("granted") === "yes" } as const;
        const done = await submit<Name, unknown>(visit, {
          values: { days: "", because: "" },
          call: (key) => visit.context.accounts.setRole(input, { key: visit.callKey(key, "setRole", input) }),
          explain: (error) => explain(visit, error),
        });
        return done.ok ? visit.go(addressOf(name), "userChanged") : show(visit, name, done.state);
      }),
    ),
  );

  post("/admin/users/suspend", (visit) =>
    asAdmin(visit, () =>
      withMember(visit, async ({ id: user, name }) => {
        const { admin } = visit.text;
        const values = { days: visit.field("days"), because: visit.field("because") };
        const lift = visit.field("act") === "lift";
        const days = lift ? 0 : Number(/^\d{1,4}$/.exec(values.days)?.[0] ?? 0);
        const done = await submit<Name, unknown>(visit, {
          values,
          check: () => ({
            ...(!lift && (days < 1 || days > mostDays) && { days: admin.daysInvalid }),
            ...(!Because.safeParse(values.because).success && { because: admin.becauseInvalid }),
          }),
          call: (key) => {
            const input = { user, name, because: values.because };
            const until = new Date(visit.context.now().getTime() + days * dayMs).toISOString();
            const { sanction } = visit.context.moderation;
            return sanction({ ...input, until }, { key: visit.callKey(key, "sanction", { ...input, days }) });
          },
          explain: (error) => explain(visit, error),
        });
        return done.ok ? visit.go(addressOf(name), "userChanged") : show(visit, name, done.state);
      }),
    ),
  );
  for (const path of ["role", "suspend"])
    get(`/admin/users/${path}`, (visit) => asAdmin(visit, () => visit.go("/admin/users")));
};

function addressOf(name: string): string {
  return `/admin/users?name=${encodeURIComponent(name)}`;
}

function explain({ text }: Visit, error: unknown): Explained<Name> | null {
  const { admin, reporting } = text;
  for (const operation of [accounts.setRole, moderation.sanction] as const)
    if (isError(error, operation, "forbidden")) {
      const { reason } = error.data;
      return { errors: { form: reason === "oneself" ? admin.oneself : reporting.forbidden[reason] }, status: 403 };
    }
  if (isError(error, accounts.setRole, "notFound")) return { errors: { form: admin.noUser("") }, status: 404 };
  return null;
}

/** undefined: nobody can tell. */
function find({ context }: Visit, handle: string): Promise<Member | null | undefined> {
  return context.part(
    "accounts",
    () => context.accounts.findByHandle({ handle }),
    () => undefined,
  );
}

/** Goes on with the member whom a form names, as they are now. */
async function withMember(visit: Visit, go: (member: Member) => Promise<unknown>): Promise<unknown> {
  const name = visit.field("name").slice(0, 200);
  const member = await find(visit, name);
  return member ? go(member) : show(visit, name);
}

async function show(visit: Visit, asked: string, state?: FormState<Name>): Promise<unknown> {
  const { admin } = visit.text;
  const name = asked.trim().slice(0, 200);
  const member = name === "" ? null : await find(visit, name);
  if (member === undefined && state === undefined) return showDown(visit, "users");
  const finding = blank<"name">({ name });
  return showTab(
    visit,
    "users",
    html`<form class="find-user" method="get" action="/admin/users" role="search">
        ${inputField(visit, finding, { name: "name", label: admin.findUser, type: "search", required: false, autocomplete: "off" })}
        <button class="button">${admin.find}</button>
      </form>
      ${name !== "" && member === null && html`<p class="empty"><bdi>${admin.noUser(name)}</bdi></p>`}
      ${state && summary(visit, state)} ${member && memberCard(visit, member, state ?? blank())}`,
    state?.status ?? (name !== "" && member === null ? 404 : 200),
  );
}

function memberCard(visit: Visit, { id, name, roles }: Member, state: FormState<Name>): Html {
  const { admin } = visit.text;
  const isAdmin = roles.includes("admin");
  const oneself = id === visit.member?.user.id;
  return html`<section class="card" id="member" data-id="${id}" aria-labelledby="member-title">
    <h2 id="member-title"><bdi>${name}</bdi></h2>
    <p>${admin.role}: ${isAdmin ? admin.isAdmin : admin.isMember}</p>
    ${
      oneself
        ? html`<p class="hint">${admin.oneself}</p>`
        : html`<form id="role-form" method="post" action="/admin/users/role">
              ${hidden(visit, blank(), { name, granted: isAdmin ? "" : "yes" })}
              <button class="button quiet">${isAdmin ? admin.unmakeAdmin : admin.makeAdmin}</button>
            </form>
            <form id="suspend-form" method="post" action="/admin/users/suspend" novalidate>
              ${hidden(visit, state, { name })}
              <h3>${admin.suspend}</h3>
              <p class="hint">${admin.suspendHint}</p>
              ${inputField(visit, state, { name: "days", label: admin.days, autocomplete: "off", more: { inputmode: "numeric" } })}
              ${inputField(visit, state, { name: "because", label: admin.because, hint: admin.becauseHint, max: 300, autocomplete: "off" })}
              <p class="actions">
                <button class="button danger">${admin.suspend}</button>
                <button class="button quiet" name="act" value="lift">${admin.unsuspend}</button>
              </p>
            </form>`
    }
  </section>`;
}
