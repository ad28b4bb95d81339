import type { ScenarioAnswer, ScenarioRequest } from "seamline";

/** What scenarios of sites have in common: requests as a browser sends them, and what to look for in a page. */

const headers = { accept: "text/html", "accept-language": "ko" };
const formHeaders = { ...headers, "content-type": "application/x-www-form-urlencoded" };

export function get(path: string): ScenarioRequest {
  return { method: "GET", path, headers };
}

export function send(path: string, fields: Readonly<Record<string, string>>): ScenarioRequest {
  return { method: "POST", path, headers: formHeaders, body: String(new URLSearchParams(fields)) };
}

/** What a page must have to be what was asked for; null: it has. */
export function showsAll({ status, body }: ScenarioAnswer, ...parts: readonly string[]): string | null {
  if (status !== 200) return `status ${status}`;
  const missing = parts.find((part) => !body.includes(part));
  return missing === undefined ? null : `the page does not show ${missing}`;
}

/** Whether a form was taken: its sender is led on, to an address that fits; null: yes. */
export function ledTo({ status, headers }: ScenarioAnswer, address: RegExp): string | null {
  const location = headers["location"] ?? "";
  if (status !== 303) return `status ${status}`;
  return address.test(location) ? null : `it leads to ${location || "nowhere"}`;
}

/** The ticket in the form on a page that is sent to `action`; "": there is no such form. */
export function ticketIn(body: string, action: string): string {
  const at = body.indexOf(`action="${action}"`);
  return at < 0 ? "" : (/name="token" value="([^"]+)"/.exec(body.slice(at))?.[1] ?? "");
}

/** What a pattern's first group finds in a page, each once. */
export function foundIn(body: string, pattern: RegExp): string[] {
  return [...new Set(Array.from(body.matchAll(pattern), (match) => match[1]!))];
}
