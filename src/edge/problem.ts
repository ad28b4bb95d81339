import { CallError, errorCodes, type TransportCode } from "../contract/errors.ts";
import { plainOf } from "./values.ts";

/** Errors as RFC 9457 problems: one table from codes to statuses, and nothing in them that the client should not see. */

export interface Problem {
  /** Stable URI reference of the kind of problem; a GET of it explains. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly data?: unknown;
  /** Under which the cause was logged; "" where nobody logged one yet. */
  readonly traceId: string;
}

/** What a call can end with beside its declared errors. The text is all that a client is told, but for two. */
export const transportProblems = {
  invalid: { status: 400, title: "Invalid input", detail: "a value does not fit the contract" },
  denied: { status: 403, title: "Not allowed", detail: "the caller may not make this call" },
  overloaded: { status: 503, title: "Overloaded", detail: "there is no room for another request now; try again soon" },
  unavailable: { status: 503, title: "Unavailable", detail: "a part that is needed cannot be reached now" },
  deadline_exceeded: { status: 504, title: "Took too long", detail: "there was no answer within the deadline" },
  cancelled: { status: 499, title: "Cancelled", detail: "the client gave up" },
  internal: { status: 500, title: "Internal error", detail: "something failed here; the trace id leads to the log" },
} as const satisfies Record<TransportCode, { status: number; title: string; detail: string }>;

/** What HTTP itself can refuse, by status. */
export const httpProblems: Readonly<Record<number, { code: string; title: string }>> = {
  400: { code: "malformed", title: "Malformed request" },
  401: { code: "unauthorized", title: "Sign in first" },
  403: { code: "forbidden", title: "Forbidden" },
  404: { code: "not_found", title: "Not found" },
  405: { code: "method_not_allowed", title: "Method not allowed" },
  408: { code: "request_timeout", title: "The request took too long to arrive" },
  413: { code: "too_large", title: "The body is too large" },
  414: { code: "uri_too_long", title: "The address is too long" },
  415: { code: "unsupported_media_type", title: "Send JSON" },
  429: { code: "too_many_requests", title: "Too many requests" },
  431: { code: "headers_too_large", title: "The headers are too large" },
};

/** Statuses of declared errors, by the words their codes are made of. First match; otherwise 409. */
export const contractStatuses: readonly (readonly [pattern: RegExp, status: number])[] = [
  [/^(missing|unknown)$|[nN]otFound$|Missing$/, 404],
  [/^gone$/, 410],
  [/^(signInNeeded|notSignedIn|unauthenticated)$/, 401],
  [/^(forbidden|notAllowed|denied)$/, 403],
  [/^tooMany/, 429],
  [/^(tooLarge|tooBig)$/, 413],
  [/^busy$/, 503],
];

export function contractStatus(code: string): number {
  return contractStatuses.find(([pattern]) => pattern.test(code))?.[1] ?? 409;
}

/** "notAGuest" → "Not a guest". */
export function titleOf(code: string): string {
  const words = code.replaceAll(/([A-Z])/g, " $1").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Any thrown value as a problem. What is not known to be safe for the client becomes `internal`. */
export function problemOf(error: unknown): Problem {
  if (error instanceof CallError) return error.origin === "contract" ? declared(error) : transport(error);
  const { statusCode, expose } = (error ?? {}) as { statusCode?: unknown; expose?: unknown };
  if (error instanceof Error && typeof statusCode === "number" && statusCode >= 400 && statusCode < 500)
    return httpProblem(statusCode, expose === false ? "" : error.message);
  return { type: "/problems/internal", code: "internal", traceId: "", ...transportProblems.internal };
}

/** A refusal by HTTP itself. */
export function httpProblem(status: number, detail: string): Problem {
  const known = httpProblems[status];
  if (known === undefined)
    return { type: "about:blank", title: `Status ${status}`, status, detail, code: `http_${status}`, traceId: "" };
  return { type: `/problems/${known.code}`, ...known, status, detail: detail || known.title, traceId: "" };
}

function declared(error: CallError): Problem {
  const { code, operation, message, traceId } = error;
  const type = `/problems/${operation}.${code}`;
  const data = plainOf(error.data);
  return { type, title: titleOf(code), status: contractStatus(code), detail: message, code, data, traceId };
}

function transport(error: CallError): Problem {
  const code = (error.code in transportProblems ? error.code : "internal") as TransportCode;
  const { status, title, detail } = transportProblems[code];
  const base = { type: `/problems/${code}`, title, status, detail, code, traceId: error.traceId };
  // These two speak of what the client itself sent, and say which field is wrong.
  if (code !== "invalid" && code !== "denied") return base;
  const data = error.data === undefined ? {} : { data: plainOf(error.data) };
  return { ...base, detail: error.message, ...data };
}

/** Headers that go with a problem. */
export function headersOf(problem: Problem): Record<string, string> {
  const headers: Record<string, string> = {};
  if (problem.status === 401) headers["www-authenticate"] = "Bearer";
  const { retryAfterSeconds } = (problem.data ?? {}) as { retryAfterSeconds?: unknown };
  if (typeof retryAfterSeconds === "number" && retryAfterSeconds >= 0)
    headers["retry-after"] = String(Math.ceil(retryAfterSeconds));
  else if (problem.status === 503) headers["retry-after"] = "1";
  return headers;
}

/** What a code of this process means, for `/problems/<code>`. */
export function explain(code: string): { status: number; title: string; detail: string } | null {
  if (Object.hasOwn(transportProblems, code)) {
    const { status, title } = transportProblems[code as TransportCode];
    return { status, title, detail: errorCodes[code as TransportCode] };
  }
  const http = Object.entries(httpProblems).find(([, problem]) => problem.code === code);
  return http === undefined ? null : { status: Number(http[0]), title: http[1].title, detail: http[1].title };
}
