import { request } from "node:http";
import { text } from "node:stream/consumers";
import type { Chance, Exchange, ScenarioAnswer, ScenarioRequest } from "seamline";
import { refusalOf } from "../../src/module/scenario.ts";

/** Carries out steps of scenarios, one request after the other, as a browser without script: cookies, and no redirects. */

/** Base URL of the process that holds a part, or of the pages. */
export type UrlOf = (part: string | undefined) => string;

/** What came back, and what the check says of it. */
export interface Walked {
  readonly exchange: Exchange<any>;
  readonly answer: ScenarioAnswer;
  readonly wrong: string | null;
  /** The honest no that it is; null: none. */
  readonly refusal: string | null;
  /** The id of what the request was to write; null: nothing. */
  readonly wrote: string | null;
}

export class Walker {
  readonly #urlOf: UrlOf;
  readonly #random: Chance;
  readonly #cookies = new Map<string, string>();

  constructor(urlOf: UrlOf, random: Chance) {
    this.#urlOf = urlOf;
    this.#random = random;
  }

  /** Ends at the first answer that is wrong, or an honest no. */
  async walk(requests: readonly Exchange<any>[], person: object): Promise<Walked[]> {
    const walked: Walked[] = [];
    for (const exchange of requests) {
      const { request, needed, writes } = exchange;
      if (needed?.(person) === false) continue;
      const asked = request(person, this.#random);
      const wrote = writes?.(person) ?? null;
      const answer = await this.send(asked);
      const refusal = refusalOf(exchange, answer, person);
      const wrong = refusal === null ? exchange.check(answer, person) : null;
      walked.push({ exchange, answer, wrong, refusal, wrote });
      if (wrong !== null || refusal !== null) break;
    }
    return walked;
  }

  send({ method, path, to, headers, body }: ScenarioRequest): Promise<ScenarioAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<ScenarioAnswer>();
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const all = { ...headers, ...(cookie !== "" && { cookie }) };
    request(this.#urlOf(to) + path, { method, headers: all, agent: false }, (response) => {
      for (const line of response.headers["set-cookie"] ?? []) this.#keep(line);
      const status = response.statusCode ?? 0;
      const plain = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
      text(response).then((content) => resolve({ status, headers: Object.fromEntries(plain), body: content }), reject);
    })
      .on("error", reject)
      .end(body);
    return promise;
  }

  #keep(line: string): void {
    const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (value === "" || /max-age=0/i.test(line)) this.#cookies.delete(name);
    else this.#cookies.set(name, value);
  }
}
