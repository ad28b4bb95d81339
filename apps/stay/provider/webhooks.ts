import { setTimeout as sleep } from "node:timers/promises";
import type { ProgramHost } from "seamline";
import type { Books, Hook } from "./books.ts";
import { signatureOf } from "./contract.ts";
import { drawn, type Faults } from "./simulator.ts";

/**
 * Sends webhooks until they are answered 2xx: at least once, in no particular order, as real providers do. What waits
 * lies in the books, so a restart goes on where the last life ended.
 */

const atOnce = 8;
const answerMs = 2000;
/** Pauses after failures: doubling from the first to the second. */
const pausesMs = [100, 5000] as const;
/** How long a webhook that is not due, or an outage, may let the sender sleep. */
const lookMs = 200;
/** After so many tries it is worth a line in the log: until then somebody may just be starting. */
const patience = 10;

/** When copies of a webhook are to be sent; none: it gets lost. */
export function dueTimes({ webhooks, seed }: Faults, id: string, nowMs: number): number[] {
  if (drawn(seed, "lose", id) < webhooks.lose) return [];
  const copies = drawn(seed, "duplicate", id) < webhooks.duplicate ? 2 : 1;
  return Array.from({ length: copies }, (_, copy) => {
    const part = drawn(seed, "shuffle", id, copy);
    return nowMs + (webhooks.shuffle ? part * Math.max(webhooks.lateMs, 300) : webhooks.lateMs);
  });
}

export class WebhookSender {
  readonly #books: Books;
  readonly #host: ProgramHost;
  readonly #ending = new AbortController();
  #more = Promise.withResolvers<void>();
  #running: Promise<void> | null = null;

  constructor(books: Books, host: ProgramHost) {
    this.#books = books;
    this.#host = host;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** There may be something new to send. */
  wake(): void {
    this.#more.resolve();
  }

  async close(): Promise<void> {
    this.#ending.abort();
    this.wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      this.#more = Promise.withResolvers();
      const due = this.#books.faults.outage ? [] : this.#books.hooksDue(Date.now(), atOnce);
      if (due.length === 0) await this.#pause();
      else await Promise.all(due.map((hook) => this.#send(hook)));
    }
  }

  async #pause(): Promise<void> {
    const over = new AbortController();
    const next = this.#books.nextHookMs();
    const waits = [this.#more.promise];
    if (next !== null) {
      const ms = Math.min(lookMs, Math.max(10, next - Date.now()));
      waits.push(sleep(ms, undefined, { signal: over.signal }).catch(() => {}));
    }
    await Promise.race(waits);
    over.abort();
  }

  async #send(hook: Hook): Promise<void> {
    const error = await this.#post(hook);
    if (error === null) return this.#books.hookSent(hook);
    const [first, most] = pausesMs;
    this.#books.hookFailed(hook, Date.now() + Math.min(first * 2 ** Math.min(hook.tries, 10), most));
    const level = hook.tries === patience ? "warn" : "debug";
    this.#host.log[level]({ hook: hook.id, tries: hook.tries + 1, error }, "a webhook was not taken");
  }

  /** @returns why it was not taken; null: it was */
  async #post({ id, type, payment, at }: Hook): Promise<string | null> {
    const base = this.#host.urlOf("payments");
    if (base === null) return "the process that holds payments has no HTTP port to be told at; give it one";
    const hook = { id, type, payment, at };
    try {
      const response = await fetch(`${base}/webhooks/payments`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ ...hook, signature: signatureOf(this.#host.secret, hook) }),
        signal: AbortSignal.any([AbortSignal.timeout(answerMs), this.#ending.signal]),
      });
      await response.body?.cancel();
      return response.ok ? null : `HTTP ${response.status}`;
    } catch (error) {
      return String((error as Error).cause ?? error);
    }
  }
}
