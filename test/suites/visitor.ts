import assert from "node:assert/strict";
import { request, type IncomingHttpHeaders } from "node:http";
import { text } from "node:stream/consumers";

/** A person at a browser without JavaScript: follows no links by itself, keeps cookies, and sends forms it was shown. */

export interface Answer {
  readonly status: number;
  readonly text: string;
  /** Of the x-degraded header; none: []. */
  readonly degraded: readonly string[];
  readonly location: string;
  readonly headers: IncomingHttpHeaders;
}

/** Far beyond any answer; only what never comes gets there. */
const patienceMs = 30_000;

export class Visitor {
  readonly #base: () => string;
  readonly #cookies = new Map<string, string>();

  /** @param base of the pages now; processes that come back may do so on another port */
  constructor(base: () => string) {
    this.#base = base;
  }

  get(path: string): Promise<Answer> {
    return this.#send("GET", path);
  }

  /** Opens a page and sends the form on it to `action`. */
  async submit(page: string, action: string, fields: Record<string, string>): Promise<Answer> {
    const shown = await this.get(page);
    const form = shown.text.slice(shown.text.indexOf(`action="${action}"`));
    const token = /name="token" value="([^"]+)"/.exec(form)?.[1];
    assert.ok(token, `${page} (${shown.status}) shows no form for ${action}`);
    return this.post(action, { ...fields, token });
  }

  post(path: string, fields: Record<string, string>): Promise<Answer> {
    return this.#send("POST", path, {
      type: "application/x-www-form-urlencoded",
      body: `${new URLSearchParams(fields)}`,
    });
  }

  /** Sends a form as one that takes files does. */
  async upload(path: string, fields: FormData): Promise<Answer> {
    const form = new Response(fields);
    return this.#send("POST", path, { type: form.headers.get("content-type")!, body: await form.bytes() });
  }

  async signUp(username: string): Promise<void> {
    const { status, text } = await this.submit("/signup", "/signup", { username, password: "a quiet long evening" });
    assert.equal(status, 303, text);
  }

  /** @returns the address of the new post */
  async write(title: string): Promise<string> {
    const fields = { title, content: `content of ${title}`, board: "free" };
    const { status, location, text } = await this.submit("/board/new", "/board/new", fields);
    assert.equal(status, 303, text);
    return location.replace(/\?.*/, "");
  }

  async #send(method: string, path: string, form?: { type: string; body: string | Uint8Array }): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = {
      accept: "text/html",
      "accept-language": "en",
      ...(cookie !== "" && { cookie }),
      ...(form !== undefined && { "content-type": form.type }),
    };
    // A connection for each request, so that none meets one that a killed process has left behind.
    const signal = AbortSignal.timeout(patienceMs);
    request(this.#base() + path, { method, headers, agent: false, signal }, (response) => {
      for (const line of response.headers["set-cookie"] ?? []) this.#keep(line);
      const { headers: got, statusCode = 0 } = response;
      const degraded = String(got["x-degraded"] ?? "")
        .split(", ")
        .filter(Boolean);
      const answer = { status: statusCode, degraded, location: got.location ?? "", headers: got };
      text(response).then((body) => resolve({ ...answer, text: body }), reject);
    })
      .on("error", reject)
      .end(form?.body);
    return promise;
  }

  #keep(line: string): void {
    const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (value === "" || /max-age=0/i.test(line)) this.#cookies.delete(name);
    else this.#cookies.set(name, value);
  }
}

export function ask(url: string): Promise<Answer> {
  const { origin, pathname, search } = new URL(url);
  return new Visitor(() => origin).get(pathname + search);
}
