import { html } from "hono/html";
import { CallError } from "seamline";
import { Failure } from "./failures.ts";
import type { Html } from "./layout.ts";
import type { Visit } from "./visit.ts";

/**
 * Forms that never lose what was entered: every problem is told at the top and beside its field, and a form whose outcome
 * nobody knows keeps its idempotency key, so that sending it again cannot save twice.
 */

export type Errors<F extends string> = Partial<Record<F | "form", string>>;

export interface FormState<F extends string> {
  readonly values: Readonly<Partial<Record<F, string>>>;
  readonly errors: Errors<F>;
  readonly status: number;
  /** The key to keep, where the outcome of the last try is unknown. */
  readonly key?: string | undefined;
  /** Set where something failed that the visitor cannot mend. */
  readonly traceId?: string | undefined;
  /** After a conflict: the version that is there now, which the next try replaces knowingly. */
  readonly version?: number | undefined;
}

export function blank<F extends string>(values: Partial<Record<F, string>> = {}): FormState<F> {
  return { values, errors: {}, status: 200 };
}

/** What a form does: refuse what it can see itself, call, and put each declared error into words. */
export interface Action<F extends string, T> {
  readonly values: Record<F, string>;
  /** Problems that need no call. */
  check?(): Errors<F>;
  call(key: string): Promise<T>;
  /** The words for a declared error; null for one that this form cannot meet. */
  explain(error: unknown): Explained<F> | null;
}

export interface Explained<F extends string> {
  readonly errors: Errors<F>;
  /** Default 422. */
  readonly status?: number;
  readonly retryAfterSeconds?: number;
  readonly version?: number;
}

export type Submitted<F extends string, T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly state: FormState<F> };

export async function submit<F extends string, T>(visit: Visit, action: Action<F, T>): Promise<Submitted<F, T>> {
  const { text } = visit;
  const refuse = (state: Omit<FormState<F>, "values">): Submitted<F, T> => ({
    ok: false,
    state: { values: action.values, ...state },
  });
  const ticket = visit.checkTicket();
  if (ticket.state !== "good") return refuse({ errors: { form: text.formExpired } as Errors<F>, status: 403 });
  if (visit.session.state === "unknown")
    return refuse({ errors: { form: text.stateUnknown } as Errors<F>, status: 503, key: ticket.key });
  const seen = action.check?.() ?? {};
  if (Object.keys(seen).length > 0) return refuse({ errors: seen, status: 422 });
  try {
    return { ok: true, value: await action.call(ticket.key) };
  } catch (error) {
    const explained = action.explain(error);
    if (explained !== null) {
      if (explained.retryAfterSeconds !== undefined) visit.retryAfter(explained.retryAfterSeconds);
      const { errors, version, status = explained.retryAfterSeconds === undefined ? 422 : 429 } = explained;
      return refuse({ errors, version, status });
    }
    if (!(error instanceof CallError)) throw error;
    const { status, traceId } = new Failure(error, visit.context.traceId);
    visit.context.log.warn({ error: error.code, operation: error.operation }, "a form could not be saved");
    return refuse({ errors: { form: text.notSaved } as Errors<F>, status, key: ticket.key, traceId });
  }
}

/** A time to wait, in words. */
export function wait(visit: Visit, seconds: number): string {
  const { text, locale } = visit;
  if (seconds < 90) return text.seconds(locale.number(Math.max(1, seconds)));
  return text.minutes(locale.number(Math.ceil(seconds / 60)));
}

/** The hidden fields of every form. */
export function hidden(visit: Visit, state: FormState<string>, more: Record<string, string> = {}): Html {
  const fields = { token: visit.ticket(state.key).token, ...more };
  return html`${Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}`;
}

/** What is wrong with a form, at its top; each line leads to its field. */
export function summary<F extends string>(visit: Visit, state: FormState<F>): Html | "" {
  const { text, locale } = visit;
  const { form, ...rest } = state.errors as Errors<string>;
  const fields = Object.entries(rest);
  if (form === undefined && fields.length === 0) return "";
  const told = fields.map(([name, message]) => html`<li><a href="#${name}">${message}</a></li>`);
  return html`<div class="problems" id="problems" role="alert" tabindex="-1" autofocus>
    <h2>${form ?? text.problems(locale.number(fields.length))}</h2>
    ${
      told.length > 0 &&
      html`<ul>
        ${told}
      </ul>`
    }
    ${
      state.traceId !== undefined &&
      html`<p>${text.tryAgain}</p>
        <p class="reference">${text.reference(state.traceId)}</p>`
    }
  </div>`;
}

export interface Field<F extends string> {
  readonly name: F;
  readonly label: string;
  readonly hint?: string;
  readonly type?: "text" | "password";
  readonly autocomplete?: string;
  /** Longest text, in UTF-16 units; shown as a counter by the script. */
  readonly max?: number;
  readonly disabled?: boolean;
  readonly required?: boolean;
  /** Another element that describes the field, by id. */
  readonly describedBy?: string;
}

export function inputField<F extends string>(visit: Visit, state: FormState<F>, field: Field<F>): Html {
  const plain = field.type === "password" ? "" : (state.values[field.name] ?? "");
  return frame(
    visit,
    state,
    field,
    html`<input
      id="${field.name}"
      name="${field.name}"
      type="${field.type ?? "text"}"
      value="${plain}"
      ${field.autocomplete && html`autocomplete="${field.autocomplete}"`}
      ${field.autocomplete === "username" && html`autocapitalize="none" spellcheck="false"`}
      ${attributes(visit, state, field)}
    />`,
  );
}

export function textArea<F extends string>(visit: Visit, state: FormState<F>, field: Field<F>, rows: number): Html {
  // A browser drops one line end after the tag: this one, and not the writer's own.
  const start = html`<textarea
    id="${field.name}"
    name="${field.name}"
    rows="${rows}"
    ${attributes(visit, state, field)}
  >
${state.values[field.name] ?? ""}</textarea>`;
  return frame(visit, state, field, start);
}

function attributes<F extends string>(visit: Visit, state: FormState<F>, field: Field<F>): Html {
  const { name } = field;
  const wrong = state.errors[name] !== undefined;
  const described = [wrong && `${name}-error`, field.hint && `${name}-hint`, field.describedBy]
    .filter(Boolean)
    .join(" ");
  const counter =
    field.max === undefined ? "" : html`data-max="${field.max}" data-counter="${visit.text.counter("{now}", "{max}")}"`;
  return html`${described && html`aria-describedby="${described}"`} ${wrong && html`aria-invalid="true"`}
  ${field.required !== false && html`required`} ${field.disabled && html`disabled`} ${counter}`;
}

function frame<F extends string>(
  _visit: Visit,
  state: FormState<F>,
  { name, label, hint }: Field<F>,
  control: Html,
): Html {
  const error = state.errors[name];
  return html`<div class="field ${error === undefined ? "" : "wrong"}">
    <label for="${name}">${label}</label>
    ${hint && html`<p class="hint" id="${name}-hint">${hint}</p>`}
    ${error !== undefined && html`<p class="error" id="${name}-error">${error}</p>`} ${control}
  </div>`;
}
