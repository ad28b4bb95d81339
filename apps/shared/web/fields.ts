import { html } from "hono/html";
import type { Errors, FormState } from "./forms.ts";
import type { Html } from "./layout.ts";
import type { Visit } from "./visit.ts";

/** What a form shows: its fields with what is wrong beside them, and all of it at its top. */

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
  /** Also the control's id. */
  readonly name: F;
  readonly label: string;
  readonly hint?: string;
  readonly type?: "text" | "password" | "date" | "number" | "search";
  readonly autocomplete?: string;
  /** Longest text, in UTF-16 units; shown as a counter by the script. */
  readonly max?: number;
  readonly disabled?: boolean;
  /** Default true. */
  readonly required?: boolean;
  /** Another element that describes the field, by id. */
  readonly describedBy?: string;
  /** Attributes of the control that only some kinds have, such as `min` and `step`. */
  readonly more?: Readonly<Record<string, string>>;
}

export function inputField<F extends string>(visit: Visit, state: FormState<F>, field: Field<F>): Html {
  const plain = field.type === "password" ? "" : (state.values[field.name] ?? "");
  const control = html`<input
    id="${field.name}"
    name="${field.name}"
    type="${field.type ?? "text"}"
    value="${plain}"
    ${field.autocomplete && html`autocomplete="${field.autocomplete}"`}
    ${field.autocomplete === "username" && html`autocapitalize="none" spellcheck="false"`}
    ${attributes(visit, state, field)}
  />`;
  return frame(state, field, control);
}

export function textArea<F extends string>(visit: Visit, state: FormState<F>, field: Field<F>, rows: number): Html {
  // A browser drops one line end after the tag: this one, and not the writer's own.
  const control = html`<textarea
    id="${field.name}"
    name="${field.name}"
    rows="${rows}"
    ${attributes(visit, state, field)}
  >
${state.values[field.name] ?? ""}</textarea>`;
  return frame(state, field, control);
}

export interface Choice {
  readonly value: string;
  readonly name: string;
}

/** One of several; the first where the form's value is none of them. */
export function selectField<F extends string>(
  visit: Visit,
  state: FormState<F>,
  field: Field<F>,
  choices: readonly Choice[],
): Html {
  const chosen = choices.find(({ value }) => value === state.values[field.name]) ?? choices[0];
  const option = (one: Choice): Html =>
    html`<option value="${one.value}" ${one === chosen && html`selected`}>${one.name}</option>`;
  const control = html`<select id="${field.name}" name="${field.name}" ${attributes(visit, state, field)}>
    ${choices.map(option)}
  </select>`;
  return frame(state, field, control);
}

/** A box to tick; its value is "yes". */
export function checkField<F extends string>(state: FormState<F>, { name, label }: { name: F; label: string }): Html {
  const error = state.errors[name];
  return html`<div class="field ${error === undefined ? "" : "wrong"}">
    ${problem(name, error)}
    <label class="check" for="${name}">
      <input
        type="checkbox"
        id="${name}"
        name="${name}"
        value="yes"
        ${state.values[name] && html`checked`}
        ${error !== undefined && html`aria-invalid="true" aria-describedby="${name}-error"`}
      />
      <span>${label}</span>
    </label>
  </div>`;
}

function attributes<F extends string>(visit: Visit, state: FormState<F>, field: Field<F>): Html {
  const { name, more = {} } = field;
  const wrong = state.errors[name] !== undefined;
  const described = [wrong && `${name}-error`, field.hint && `${name}-hint`, field.describedBy]
    .filter(Boolean)
    .join(" ");
  const counter =
    field.max === undefined ? "" : html`data-max="${field.max}" data-counter="${visit.text.counter("{now}", "{max}")}"`;
  return html`${described && html`aria-describedby="${described}"`} ${wrong && html`aria-invalid="true"`}
  ${field.required !== false && html`required`} ${field.disabled && html`disabled`} ${counter}
  ${Object.entries(more).map(([key, value]) => html`${key}="${value}" `)}`;
}

function frame<F extends string>(state: FormState<F>, { name, label, hint }: Field<F>, control: Html): Html {
  const error = state.errors[name];
  return html`<div class="field ${error === undefined ? "" : "wrong"}">
    <label for="${name}">${label}</label>
    ${hint && html`<p class="hint" id="${name}-hint">${hint}</p>`} ${problem(name, error)} ${control}
  </div>`;
}

function problem(name: string, error: string | undefined): Html | "" {
  return error === undefined ? "" : html`<p class="error" id="${name}-error">${error}</p>`;
}
