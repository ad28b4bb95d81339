import { setTimeout as sleep } from "node:timers/promises";
import type { Look, ScenarioAnswer, ScenarioRequest } from "../module/scenario.ts";
import type { LookLine } from "../record/recording.ts";
import type { Connections } from "./connections.ts";

/**
 * Looks for what users wrote, as they would themselves, from its acknowledgement until it is seen. These requests are
 * none of the scenario's: they are counted nowhere, and there are few of them, so that they do not become a load.
 *
 * Only an answer that has all its parts can show that something is missing. One that fails, or does without a part, is
 * a matter of availability; it ends the look, so that nobody hammers at what is down.
 */

/** At most one begins in this time. More often would be noticed at 20 requests a second. */
const pauseMs = 1000;
/** Between one look and the next for the same write: the resolution of a stale window. */
const againMs = 100;
const longestMs = 5000;

/** A write that was acknowledged. */
export interface Written {
  readonly look: Look<any>;
  readonly visitor: unknown;
  readonly cookie: string;
  readonly writeId: string;
}

export type Seen = Pick<LookLine, "staleMs" | "seen">;

/** The looks at one column. */
export class Looks {
  readonly #now: () => number;
  readonly #connectionsTo: (part: string | undefined) => Connections;
  readonly #ended = new AbortController();
  readonly #running = new Set<Promise<void>>();
  #nextMs = -Infinity;

  /** @param now in ms, of any clock that does not jump */
  constructor(now: () => number, connectionsTo: (part: string | undefined) => Connections) {
    this.#now = now;
    this.#connectionsTo = connectionsTo;
  }

  /** Looks for a write if it is time for one. `tell` hears what was seen, or nothing where nothing can be said. */
  begin(written: Written, tell: (seen: Seen) => void): void {
    const now = this.#now();
    if (now < this.#nextMs || this.#ended.signal.aborted) return;
    this.#nextMs = now + pauseMs;
    const running = this.#watch(written)
      .then((seen) => seen !== null && tell(seen))
      .catch(() => {})
      .then(() => void this.#running.delete(running));
    this.#running.add(running);
  }

  /** Ends all of them; may be called twice. */
  async close(): Promise<void> {
    this.#ended.abort();
    await Promise.all(this.#running);
  }

  async #watch({ look, visitor, writeId, cookie }: Written): Promise<Seen | null> {
    const asked = look.request(visitor);
    const signal = AbortSignal.any([this.#ended.signal, AbortSignal.timeout(longestMs)]);
    const from = this.#now();
    for (let stale = false; ; stale = true) {
      const answer = await ask(this.#connectionsTo(asked.to), asked, cookie, signal);
      const sinceMs = Math.round((this.#now() - from) * 1000) / 1000;
      if (answer === null) return stale ? { staleMs: sinceMs, seen: false } : null;
      if (look.shows(answer, writeId)) return { staleMs: stale ? sinceMs : 0, seen: true };
      await sleep(againMs, undefined, { signal }).catch(() => {});
    }
  }
}

/** null: no answer, or none that has everything. */
async function ask(
  connections: Connections,
  { method, path, headers, body }: ScenarioRequest,
  cookie: string,
  signal: AbortSignal,
): Promise<ScenarioAnswer | null> {
  const client = connections.take();
  try {
    const all = { ...headers, ...(cookie !== "" && { cookie }) };
    const answer = await client.request({ method, path, headers: all, ...(body !== undefined && { body }), signal });
    const text = await answer.body.text();
    connections.release(client);
    const whole = answer.statusCode < 300 && answer.headers["x-degraded"] === undefined;
    const lines = answer.headers as ScenarioAnswer["headers"];
    return whole ? { status: answer.statusCode, headers: lines, body: text } : null;
  } catch {
    connections.destroy(client);
    return null;
  }
}
