import { CallError } from "seamline";
import { Failure } from "./failures.ts";
import type { Visit } from "./visit.ts";

/**
 * Forms that never lose what was entered: every problem is told at the top and beside its field (fields.ts), and a form
 * whose outcome nobody knows keeps its idempotency key, so that sending it again cannot save twice.
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
  /** The form's `token` field, where its fields are not in the request's body. */
  readonly token?: string;
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
  const ticket = visit.checkTicket(action.token);
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
