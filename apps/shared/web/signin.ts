import type { FastifyRequest } from "fastify";
import { html } from "hono/html";
import { isAbsence, isError } from "seamline";
import { accounts, Username } from "../accounts/contract.ts";
import { hidden, inputField, summary } from "./fields.ts";
import { blank, submit, wait, type Errors, type Explained, type FormState } from "./forms.ts";
import { safeNext } from "./guard.ts";
import { notice, type Html, type Page } from "./layout.ts";
import type { Part } from "./routes.ts";
import type { Visit } from "./visit.ts";

/** Coming in and going out: sign in, sign up, sign out. */

type Name = "username" | "password";

export const signInPages: Part = ({ get, post }) => {
  get("/login", (visit) => enter(visit, () => signInPage(visit, blank())));
  post("/login", async (visit) => {
    const values = credentials(visit);
    const done = await submit<Name, Signed | null>(visit, {
      values,
      check: () => missing(visit, values),
      // Without an idempotency key of the form: a wrong password must be asked about each time, not answered from memory.
      call: () => visit.context.accounts.login({ ...values, ...origin(visit.request) }),
      explain: (error) => suspended(visit, error) ?? crowded(visit, error),
    });
    if (!done.ok) return visit.show(await signInPage(visit, done.state), done.state.status);
    if (done.value !== null) return welcome(visit, done.value.token);
    const wrong: FormState<Name> = { values, errors: { form: visit.text.wrongCredentials }, status: 422 };
    return visit.show(await signInPage(visit, wrong), wrong.status);
  });

  get("/signup", (visit) => enter(visit, () => signUpPage(visit, blank())));
  post("/signup", async (visit) => {
    const values = credentials(visit);
    const done = await submit<Name, Signed>(visit, {
      values,
      check: () => ({
        ...missing(visit, values),
        ...(!Username.safeParse(values.username).success && { username: visit.text.usernameInvalid }),
      }),
      call: (key) =>
        visit.context.accounts.register(
          { ...values, ...origin(visit.request) },
          { key: visit.callKey(key, "register", values) },
        ),
      explain: (error) => unregistered(visit, error) ?? crowded(visit, error),
    });
    if (!done.ok) return visit.show(await signUpPage(visit, done.state), done.state.status);
    return welcome(visit, done.value.token, true);
  });

  post("/logout", async (visit) => {
    if (visit.session.state === "anonymous") return visit.go("/");
    // A stale button is no reason to stay signed in, and the request's origin was checked: the token only has to be ours.
    if (visit.checkTicket().state === "forged") return visit.go("/account");
    const { token } = visit.session;
    visit.cache.forget(token);
    visit.cookies.endSession();
    const ended = await visit.context.part(
      "accounts",
      () => visit.context.accounts.logout({ token }).then(() => true),
      () => false,
    );
    return visit.go("/", ended ? "signedOut" : "signedOutHere");
  });
};

interface Signed {
  readonly token: string;
}

async function enter(visit: Visit, page: () => Promise<Page>) {
  if (visit.member) return visit.go(safeNext(visit.query("next"), visit.start));
  return visit.show(await page());
}

function welcome(visit: Visit, token: string, fresh = false) {
  visit.cookies.startSession(token);
  return visit.go(safeNext(visit.field("next"), visit.start), fresh ? "welcome" : undefined);
}

function credentials(visit: Visit): Record<Name, string> {
  return { username: visit.field("username").slice(0, 200), password: visit.field("password").slice(0, 1024) };
}

/** Where a request comes from, as accounts wants to know it. */
export function origin(request: FastifyRequest): { address: string; device: string } {
  return { address: request.ip.slice(0, 64), device: (request.headers["user-agent"] ?? "").slice(0, 400) };
}

function missing({ text }: Visit, values: Record<Name, string>): Errors<Name> {
  return {
    ...(values.username.trim() === "" && { username: text.usernameMissing }),
    ...(values.password === "" && { password: text.passwordMissing }),
  };
}

function crowded(visit: Visit, error: unknown): Explained<Name> | null {
  for (const operation of [accounts.login, accounts.register] as const) {
    if (isError(error, operation, "tooManyAttempts")) {
      const { retryAfterSeconds } = error.data;
      return { errors: { form: visit.text.tooManyAttempts(wait(visit, retryAfterSeconds)) }, retryAfterSeconds };
    }
    if (isError(error, operation, "busy")) {
      const { retryAfterSeconds } = error.data;
      return { errors: { form: visit.text.busy(wait(visit, retryAfterSeconds)) }, status: 503, retryAfterSeconds };
    }
  }
  return null;
}

function suspended({ text, locale }: Visit, error: unknown): Explained<Name> | null {
  if (!isError(error, accounts.login, "suspended")) return null;
  return { errors: { form: text.suspended(locale.moment(new Date(error.data.until))) }, status: 403 };
}

function unregistered({ text }: Visit, error: unknown): Explained<Name> | null {
  if (isError(error, accounts.register, "taken"))
    return { errors: { username: text.usernameTaken(error.data.username) } };
  if (isError(error, accounts.register, "weakPassword")) return { errors: { password: text.weak[error.data.reason] } };
  return null;
}

/** Whether accounts answers; asked where somebody is about to type a password. */
async function unavailable({ context, text }: Visit): Promise<Html | null> {
  return context.part(
    "accounts",
    () => context.accounts.verifySession({ token: "" }).then(() => null),
    (error) => (isAbsence(error) ? notice("warning", "accounts-unavailable", text.signInUnavailable) : null),
  );
}

async function signInPage(visit: Visit, state: FormState<Name>): Promise<Page> {
  const { text } = visit;
  return formPage(visit, state, {
    title: text.signIn,
    action: "/login",
    submit: text.signIn,
    password: { autocomplete: "current-password" },
    other: html`${text.noAccount} <a href="${withNext(visit, "/signup")}">${text.signUp}</a>`,
  });
}

async function signUpPage(visit: Visit, state: FormState<Name>): Promise<Page> {
  const { text } = visit;
  return formPage(visit, state, {
    title: text.signUp,
    action: "/signup",
    submit: text.signUp,
    username: { hint: text.usernameHint },
    password: { autocomplete: "new-password", hint: text.passwordHint },
    other: html`${text.haveAccount} <a href="${withNext(visit, "/login")}">${text.signIn}</a>`,
  });
}

function nextOf(visit: Visit): string {
  return safeNext(visit.field("next") || visit.query("next"), visit.start);
}

function withNext(visit: Visit, path: string): string {
  const next = nextOf(visit);
  return next === visit.start ? path : `${path}?next=${encodeURIComponent(next)}`;
}

interface FormWords {
  readonly title: string;
  readonly action: string;
  readonly submit: string;
  readonly username?: { readonly hint: string };
  readonly password: { readonly autocomplete: string; readonly hint?: string };
  readonly other: Html;
}

async function formPage(visit: Visit, state: FormState<Name>, words: FormWords): Promise<Page> {
  const { text } = visit;
  const down = state.traceId === undefined ? await unavailable(visit) : null;
  return {
    title: words.title,
    width: "narrow",
    unlisted: true,
    notices: [down, visit.site.secure ? null : notice("warning", "plain-http", text.plainHttp)],
    body: html`<h1>${words.title}</h1>
      ${summary(visit, state)}
      <form class="card" method="post" action="${words.action}" novalidate>
        ${hidden(visit, state, { next: nextOf(visit) })}
        ${inputField(visit, state, { name: "username", label: text.username, autocomplete: "username", ...words.username })}
        ${inputField(visit, state, { name: "password", label: text.password, type: "password", ...words.password })}
        <button class="button">${words.submit}</button>
      </form>
      <p class="other">${words.other}</p>
      <p class="back"><a href="/">${text.toHome}</a></p>`,
  };
}
