import type { ChildProcess } from "node:child_process";
import { SeamlineError } from "../../contract/errors.ts";
import { endHelper, entryBeside, startHelper } from "../helper.ts";
import type { Identity } from "../identity.ts";

export type ToWatchdog =
  | {
      readonly do: "beat";
      readonly id: string;
      readonly processes: readonly Identity[];
      /** Of the time in which they run. */
      readonly share: number;
      readonly periodMs: number;
      readonly untilMs: number;
    }
  | { readonly do: "end"; readonly id: string };

const answerMs = 10_000;

/** The process that heals when we cannot. It is there before anything is broken. */
export class Watchdog {
  readonly #process: ChildProcess;
  readonly #awaited = new Map<string, () => void>();
  #closed = false;

  /** @param lost told when it ends before it is closed. @throws SeamlineError `start_failed` */
  static async start(journal: string, lost: () => void): Promise<Watchdog> {
    const watchdog = new Watchdog(journal, lost);
    await watchdog.#answer("hello");
    return watchdog;
  }

  private constructor(journal: string, lost: () => void) {
    this.#process = startHelper(entryBeside("main", import.meta.url), [journal]);
    this.#process.on("error", () => {}); // its exit tells
    this.#process.on("message", (said: string) => this.#awaited.get(said)?.());
    this.#process.once("exit", () => {
      for (const settle of this.#awaited.values()) settle();
      if (!this.#closed) lost();
    });
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  get alive(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** Resolves when the watchdog has done it, or has ended. */
  async tell(message: ToWatchdog): Promise<void> {
    if (!this.#process.connected) return;
    const answered = this.#answer(`${message.do} ${message.id}`);
    this.#process.send(message, () => {});
    await answered;
  }

  /** It heals what is left, and leaves. May be called twice. */
  close(): Promise<void> {
    this.#closed = true;
    return endHelper(this.#process);
  }

  async #answer(awaited: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const late = `the watchdog of faults did not answer within ${answerMs / 1000} s`;
    const timer = setTimeout(() => reject(new SeamlineError("start_failed", late)), answerMs);
    this.#awaited.set(awaited, resolve);
    await promise.finally(() => {
      clearTimeout(timer);
      this.#awaited.delete(awaited);
    });
  }
}
