import { setTimeout as sleep } from "node:timers/promises";
import type { ProgramHost } from "seamline";
import type { Books, Hook } from "./books.ts";
import { signatureOf } from "./contract.ts";
import { drawn, type Faults } from "./simulator.ts";

/**
 * Sends webhooks until they are answered 2xx, or for an hour: at least once, in no particular order, as real providers do. What waits
 * lies in the books, so a restart goes on where the last life ended.
 */

const atOnce = 8;
const answerMs = 2000;
/** Pauses after failures: doubling from the first to the second. */
const pausesMs = [100, 5000] as const;
/** How long the sender sleeps at most while a webhook waits. */
const lookMs = 200;
/** After so many tries it is worth a line in the log: until then somebody may just be starting. */
const patience = 10;
/** Then it is given up, after more than an hour: who does not listen for so long has to ask. */
const mostTries = 1000;

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
      const taken = await Promise.all(this.#due().map((hook) => this.#send(hook)));
      // Where nothing is taken, nobody may be there: a long queue must not be run through without a breath.
      if (!taken.includes(true)) await this.#pause();
    }
  }

  #due(): Hook[] {
    if (this.#books.faults.outage) return [];
    return this.#books.hooksDue(Date.now(), atOnce);
  }

  async #pause(): Promise<void> {
    const over = new AbortController();
    const next = this.#books.nextHookMs();
    const waits = [this.#more.promise];
    if (next !== null) {
      const leftMs = next - Date.now();
      // One that is due and still there was not taken, or must not be sent now.
      const ms = leftMs > 0 ? Math.min(leftMs, lookMs) : lookMs;
      waits.push(sleep(ms, undefined, { signal: over.signal }).catch(() => {}));
    }
    await Promise.race(waits);
    over.abort();
  }

  /** @returns whether it was taken */
  async #send(hook: Hook): Promise<boolean> {
    const error = await this.#post(hook);
    if (error === null) {
      this.#books.forget(hook);
      return true;
    }
    if (hook.tries >= mostTries) this.#books.forget(hook);
    const [first, most] = pausesMs;
    this.#books.hookFailed(hook, Date.now() + Math.min(first * 2 ** Math.min(hook.tries, 10), most));
    const level = hook.tries === patience ? "warn" : "debug";
    this.#host.log[level]({ hook: hook.id, tries: hook.tries + 1, error }, "a webhook was not taken");
    return false;
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
