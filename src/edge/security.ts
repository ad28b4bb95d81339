/**
 * Security headers. Tables of our own, because @fastify/helmet puts its headers together anew for each request, which
 * cost more than the rest of a page's way through the edge. After helmet's defaults and OWASP's list of headers.
 */

const hsts = { "strict-transport-security": `max-age=${365 * 24 * 60 * 60}; includeSubDomains` };

const common = {
  "x-content-type-options": "nosniff",
  // "no-referrer" would turn a form's Origin into "null", and with it the check of where a form comes from.
  "referrer-policy": "same-origin",
};

/** For answers that are not pages: nothing in them may run, be framed or be guessed at. */
export function apiHeaders(secure: boolean): Record<string, string> {
  return {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    ...common,
    ...(secure ? hsts : {}),
  };
}

/** For pages, beside their policy. HSTS only where people come by https: over http it would be ignored, or lock them out. */
export function pageHeaders(secure: boolean): Record<string, string> {
  return {
    ...common,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "origin-agent-cluster": "?1",
    "x-dns-prefetch-control": "off",
    "x-frame-options": "DENY",
    "x-permitted-cross-domain-policies": "none",
    ...(secure ? hsts : {}),
  };
}

const policyBefore =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
  "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; connect-src 'self'";

/** What a page may load and run: its own files, nothing inline. `origins` are those that its scripts may ask as well. */
export function pagePolicy(origins: readonly string[]): string {
  return [policyBefore, ...origins].join(" ");
}
