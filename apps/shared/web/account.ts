import { html } from "hono/html";
import { isError, type Output } from "seamline";
import { accounts } from "../accounts/contract.ts";
import { deviceName } from "./device.ts";
import { hidden, inputField, summary, checkField } from "./fields.ts";
import { blank, submit, wait, type Errors, type Explained, type FormState } from "./forms.ts";
import { notice, type Html, type Page } from "./layout.ts";
import { moment } from "./pieces.ts";
import type { Part } from "./routes.ts";
import { origin } from "./signin.ts";
import type { Visit } from "./visit.ts";

/** One's own account: where one is signed in, the password, leaving. */

type Name = "current" | "next" | "password" | "sure";
type Sessions = Output<(typeof accounts)["sessions"]>;

export const accountPages: Part = ({ get, post }) => {
  get("/account", async (visit) => {
    if (visit.session.state === "anonymous") return visit.signInFirst("/account");
    return visit.show(await accountPage(visit));
  });

  get("/account/sessions", (visit) => visit.go("/account"));
  post("/account/sessions", async (visit) => {
    const { member } = visit;
    if (visit.session.state === "anonymous") return visit.signInFirst("/account");
    const id = visit.field("session");
    const input = id === "others" ? { except: member?.id } : { ids: [id] };
    const done = await submit<Name, unknown>(visit, {
      values: { current: "", next: "", password: "", sure: "" },
      call: (key) => visit.context.accounts.endSessions(input, { key: visit.callKey(key, "endSessions", input) }),
      explain: (error) => explain(visit, error),
    });
    if (!done.ok) return visit.show(await accountPage(visit, { sessions: done.state }), done.state.status);
    if (id !== member?.id) return visit.go("/account", "sessionsEnded");
    return goodbye(visit, "signedOut");
  });

  get("/account/password", (visit) => visit.go("/account"));
  post("/account/password", async (visit) => {
    if (visit.session.state === "anonymous") return visit.signInFirst("/account");
    const values = { current: secret(visit, "current"), next: secret(visit, "next"), password: "", sure: "" };
    const input = { current: values.current, next: values.next, except: visit.member?.id, ...origin(visit.request) };
    const done = await submit<Name, { changed: boolean }>(visit, {
      values,
      check: () => ({
        ...(values.current === "" && { current: visit.text.passwordMissing }),
        ...(values.next === "" && { next: visit.text.passwordMissing }),
      }),
      call: (key) => visit.context.accounts.changePassword(input, { key: visit.callKey(key, "changePassword", input) }),
      explain: (error) => explain(visit, error),
    });
    if (done.ok && done.value.changed) return visit.go("/account", "passwordChanged");
    const state = done.ok ? wrong({ current: visit.text.passwordWrong }) : done.state;
    return visit.show(await accountPage(visit, { password: state }), state.status);
  });

  get("/account/leave", (visit) => visit.go("/account"));
  post("/account/leave", async (visit) => {
    if (visit.session.state === "anonymous") return visit.signInFirst("/account");
    const values = { current: "", next: "", password: secret(visit, "password"), sure: visit.field("sure") };
    const input = { password: values.password, ...origin(visit.request) };
    const done = await submit<Name, { closed: boolean }>(visit, {
      values,
      check: () => ({
        ...(values.password === "" && { password: visit.text.passwordMissing }),
        ...(values.sure === "" && { sure: visit.text.leaveConfirmMissing }),
      }),
      call: (key) => visit.context.accounts.close(input, { key: visit.callKey(key, "close", input) }),
      explain: (error) => explain(visit, error),
    });
    if (done.ok && done.value.closed) return goodbye(visit, "left");
    const state = done.ok ? wrong({ password: visit.text.passwordWrong }) : done.state;
    return visit.show(await accountPage(visit, { leave: state }), state.status);
  });
};

function goodbye(visit: Visit, done: "signedOut" | "left") {
  if (visit.session.state !== "anonymous") visit.cache.forget(visit.session.token);
  visit.cookies.endSession();
  return visit.go("/", done);
}

function secret(visit: Visit, name: string): string {
  return visit.field(name).slice(0, 1024);
}

function wrong(errors: Errors<Name>): FormState<Name> {
  return { values: {}, errors, status: 422 };
}

function explain(visit: Visit, error: unknown): Explained<Name> | null {
  const { text } = visit;
  if (isError(error, accounts.changePassword, "weakPassword"))
    return { errors: { next: text.weak[error.data.reason] } };
  for (const operation of [accounts.endSessions, accounts.changePassword, accounts.close] as const)
    if (isError(error, operation, "signInNeeded")) return { errors: { form: text.forbidden.signIn }, status: 403 };
  for (const operation of [accounts.changePassword, accounts.close] as const) {
    if (isError(error, operation, "tooManyAttempts")) {
      const { retryAfterSeconds } = error.data;
      return { errors: { form: text.tooManyAttempts(wait(visit, retryAfterSeconds)) }, retryAfterSeconds };
    }
    if (isError(error, operation, "busy")) {
      const { retryAfterSeconds } = error.data;
      return { errors: { form: text.busy(wait(visit, retryAfterSeconds)) }, status: 503, retryAfterSeconds };
    }
  }
  return null;
}

interface States {
  readonly sessions?: FormState<Name>;
  readonly password?: FormState<Name>;
  readonly leave?: FormState<Name>;
}

async function accountPage(visit: Visit, states: States = {}): Promise<Page> {
  const { text, context, member } = visit;
  const sessions = await context
    .part(
      "accounts",
      () => context.accounts.sessions(undefined),
      () => null,
    )
    .catch((error: unknown) => {
      // The cached identity may have outlived the session.
      if (isError(error, accounts.sessions, "signInNeeded")) return null;
      throw error;
    });
  const { password = blank<Name>(), leave = blank<Name>() } = states;
  return {
    title: text.account,
    width: "narrow",
    unlisted: true,
    body: html`<h1>${text.account}</h1>
      ${member && html`<p class="lead"><bdi>${member.user.name}</bdi></p>`}
      <section class="card" id="sessions" aria-labelledby="sessions-title">
        <h2 id="sessions-title">${text.sessions}</h2>
        ${states.sessions && summary(visit, states.sessions)}
        ${sessions === null ? notice("warning", "sessions-unavailable", text.sessionsUnavailable) : sessionList(visit, sessions)}
      </section>
      <section class="card" aria-labelledby="password-title">
        <h2 id="password-title">${text.changePassword}</h2>
        <form id="change-password" method="post" action="/account/password" novalidate>
          ${summary(visit, password)} ${hidden(visit, password)} ${ownName(visit)}
          ${inputField(visit, password, { name: "current", label: text.currentPassword, type: "password", autocomplete: "current-password" })}
          ${inputField(visit, password, { name: "next", label: text.newPassword, type: "password", autocomplete: "new-password", hint: text.passwordHint })}
          <p class="hint">${text.changePasswordHint}</p>
          <button class="button">${text.changePassword}</button>
        </form>
      </section>
      <section class="card" aria-labelledby="leave-title">
        <h2 id="leave-title">${text.leave}</h2>
        <p>${text.leaveWhy}</p>
        <form id="leave" method="post" action="/account/leave" novalidate>
          ${summary(visit, leave)} ${hidden(visit, leave)} ${ownName(visit)}
          ${inputField(visit, leave, { name: "password", label: text.currentPassword, type: "password", autocomplete: "current-password" })}
          ${checkField(leave, { name: "sure", label: text.leaveConfirm })}
          <button class="button danger">${text.leaveSubmit}</button>
        </form>
      </section>`,
  };
}

/** Tells a password manager whose password this is. */
function ownName({ member }: Visit): Html {
  return html`<input
    class="unseen"
    type="text"
    value="${member?.user.name ?? ""}"
    autocomplete="username"
    readonly
    tabindex="-1"
    aria-hidden="true"
  />`;
}

function sessionList(visit: Visit, sessions: Sessions): Html {
  const { text, member } = visit;
  const form = (session: string, button: Html): Html =>
    html`<form method="post" action="/account/sessions">${hidden(visit, blank(), { session })} ${button}</form>`;
  const item = (one: Sessions[number]): Html => {
    const device = deviceName(one.device) || text.unknownDevice;
    const started = visit.locale.moment(new Date(one.startedAt));
    return html`<li>
      <div>
        <strong>${device}</strong> ${one.id === member?.id && html`<span class="badge">${text.thisDevice}</span>`}
        <p class="meta">
          <span>${text.started} ${moment(visit, one.startedAt)}</span>
          <span>${text.lastSeen} ${moment(visit, one.seenAt)}</span>
        </p>
      </div>
      ${form(one.id, html`<button class="button quiet" aria-label="${text.endSessionOf(device, started)}">${text.endSession}</button>`)}
    </li>`;
  };
  return html`<p class="hint">${text.sessionsHint}</p>
    <ul class="sessions">
      ${sessions.map(item)}
    </ul>
    ${sessions.length > 1 && form("others", html`<button class="button quiet" id="end-others">${text.endOthers}</button>`)}`;
}
