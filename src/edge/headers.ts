import type { IncomingHttpHeaders } from "node:http";

/** Reading of request headers. What is malformed counts as absent: none of these may fail a request. */

const traceparentPattern = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** A valid W3C traceparent in the form of version 00, or "". */
export function traceparentOf(headers: IncomingHttpHeaders): string {
  const value = headers["traceparent"];
  if (typeof value !== "string") return "";
  const match = traceparentPattern.exec(value);
  if (match === null) return "";
  const [, version, trace, parent, flags, rest] = match as unknown as string[];
  if (version === "ff" || (version === "00" && rest !== undefined)) return "";
  if (/^0+$/.test(trace!) || /^0+$/.test(parent!)) return "";
  return `00-${trace}-${parent}-${flags}`;
}

/** The token of `Authorization: Bearer`, or "". */
export function bearerOf(headers: IncomingHttpHeaders): string {
  const value = headers.authorization;
  return value === undefined ? "" : (/^Bearer +(\S+) *$/i.exec(value)?.[1] ?? "");
}

/** The Idempotency-Key, with or without the quotes of a structured header; "" for none. */
export function keyOf(headers: IncomingHttpHeaders): string {
  const value = headers["idempotency-key"];
  if (typeof value !== "string") return "";
  return /^"(.*)"$/.exec(value)?.[1] ?? value;
}

function quality(accept: string, type: string, any: string): number {
  let best = -1;
  let found = -1;
  for (const part of accept.toLowerCase().split(",")) {
    const [range, ...parameters] = part.split(";").map((text) => text.trim());
    const specific = range === type ? 2 : range === any ? 1 : range === "*/*" ? 0 : -1;
    if (specific <= best) continue;
    best = specific;
    const q = parameters.find((parameter) => parameter.startsWith("q="));
    found = q === undefined ? 1 : Number(q.slice(2)) || 0;
  }
  return found;
}

/** Whether the client names HTML, and likes it better than JSON, as browsers do when they go to a page. */
export function prefersHtml(headers: IncomingHttpHeaders): boolean {
  const { accept } = headers;
  if (accept === undefined || !/text\/(html|\*)/i.test(accept)) return false;
  const html = quality(accept, "text/html", "text/*");
  const json = Math.max(
    /json/i.test(accept) ? quality(accept, "application/json", "application/*") : -1,
    /problem\+json/i.test(accept) ? quality(accept, "application/problem+json", "application/*") : -1,
  );
  return html > 0 && html > json;
}

/** The host's name without its port, from the Host header; null where it could not be part of a URL. */
export function hostnameOf(headers: IncomingHttpHeaders): string | null {
  const match = /^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?$/.exec(headers.host ?? "");
  return match?.[1] ?? null;
}
