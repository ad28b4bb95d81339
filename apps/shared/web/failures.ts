import type { FastifyError } from "fastify";
import { html } from "hono/html";
import { CallError, isAbsence } from "seamline";
import type { Page } from "./layout.ts";
import type { Visit } from "./visit.ts";

/** What goes wrong beyond a form's own rules, as a status and as a page. */

export class Failure {
  readonly status: number;
  readonly traceId: string;

  constructor(error: unknown, traceId: string) {
    this.traceId = (error instanceof CallError && error.traceId) || traceId;
    this.status = statusOf(error);
  }
}

function statusOf(error: unknown): number {
  if (isAbsence(error)) return 503;
  if (error instanceof CallError) {
    if (error.code === "denied" || error.code === "forbidden") return 403;
    if (error.code === "notFound") return 404;
    if (error.code === "invalid") return 400;
    // The visitor has left, or the request's time is over.
    if (error.code === "cancelled") return 503;
    return 500;
  }
  const { statusCode = 500 } = error as Partial<FastifyError>;
  return statusCode >= 400 && statusCode < 500 ? statusCode : 500;
}

export function failurePage(visit: Visit, { status, traceId }: Failure): Page {
  const { text } = visit;
  if (status === 404) return messagePage(visit, text.notFound, text.notFoundWhy, "not-found");
  if (status === 403) return messagePage(visit, text.forbiddenPage, "", "forbidden");
  if (status === 503) return messagePage(visit, text.unavailable, text.unavailableWhy, "unavailable", traceId);
  if (status < 500) return messagePage(visit, text.badRequest, text.badRequestWhy, "bad-request");
  return messagePage(visit, text.failed, text.failedWhy, "failed", traceId);
}

export function messagePage(visit: Visit, title: string, why: string, id: string, traceId = ""): Page {
  const { text } = visit;
  return {
    title,
    width: "narrow",
    unlisted: true,
    body: html`<section class="message" id="${id}">
      <h1>${title}</h1>
      ${why && html`<p>${why}</p>`} ${traceId && html`<p class="reference">${text.reference(traceId)}</p>`}
      <p class="ways">
        <a class="button quiet" href="/">${text.toHome}</a>
        ${visit.start !== "/" && html`<a class="button quiet" href="${visit.start}">${text.toStart}</a>`}
      </p>
    </section>`,
  };
}
