import { once } from "node:events";
import type { ChildProcess } from "node:child_process";
import { SeamlineError } from "../contract/errors.ts";
import { launch } from "../deploy/process/launch.ts";
import { entryBeside } from "../faults/helper.ts";
import type { FromGenerator, LoadPlan, Progress, ToGenerator, WindowPlan, WindowTally } from "./plan.ts";

export type { LoadColumn, LoadFeature, ColumnTally, FeatureTally, Progress, WindowPlan, WindowTally } from "./plan.ts";

/**
 * Load by an open model: requests are sent when they are to be, whatever became of those before, as people come to a site
 * who do not know of each other. Latency counts from that moment, so a side that stalls cannot hide it.
 *
 *     const load = await startLoad({ appUrl, scenario: "chapter", size: "XS", columns, features });
 *     try {
 *       const tally = await load.window({ id: "1", columns: ["monolith"], forMs: 30_000, rate: 200, seed: "7" });
 *     } finally {
 *       await load.stop();
 *     }
 *
 * Phases that follow each other without a pause (baseline, fault, recovery) are one window: it is their times in the
 * recording that tell them apart. Between two windows of a column its people keep their cookies, and go on from where
 * they were; a column that is to begin anew needs another `startLoad`.
 */

/** Longer: a frozen side fills the generator. Shorter: what is only slow counts as hung. */
const defaultHangMs = 10_000;
/** More: a frozen side uses up the machine's file descriptors. Fewer: it makes the run invalid. */
const defaultMostInFlight = 8192;
const startTimeoutMs = 30_000;
const stopTimeoutMs = 3000;

type Defaulted = "originNs" | "hangMs" | "mostInFlight" | "samples" | "clockOffsetMs";
export type LoadOptions = Omit<LoadPlan, Defaulted> & Partial<Pick<LoadPlan, Defaulted>>;

export interface WindowOptions {
  /** Calls the window off: what is on its way is given up and not recorded. */
  readonly signal?: AbortSignal;
  /** Ends the sending before its time. What is on its way then is waited for and recorded. */
  readonly enough?: AbortSignal;
  /** About every second. */
  onProgress?(progress: Progress): void;
}

export interface Load {
  readonly pid: number;
  /**
   * Sends one window's requests. One window at a time; resolves when the last of its requests has ended, at most
   * `hangMs` after the window.
   *
   * @throws SeamlineError `invalid`, `recording_failed`, `unavailable` when the generator has died, or the signal's reason
   */
  window(window: WindowPlan, options?: WindowOptions): Promise<WindowTally>;
  /** Ends the process once it has written what it knows. May be called twice. */
  stop(): Promise<void>;
}

/** @throws SeamlineError with the code of what was wrong; nothing is left running then */
export async function startLoad(options: LoadOptions): Promise<Load> {
  const plan: LoadPlan = {
    originNs: String(process.hrtime.bigint()),
    hangMs: defaultHangMs,
    mostInFlight: defaultMostInFlight,
    samples: null,
    clockOffsetMs: 0,
    ...options,
  };
  const child = launch(entryBeside("main", import.meta.url), 2);
  const process_ = new GeneratorProcess(child);
  try {
    await process_.start(plan);
    return process_;
  } catch (error) {
    await process_.stop();
    throw error;
  }
}

interface Pending {
  readonly id: string;
  readonly tell: ((progress: Progress) => void) | undefined;
  resolve(tally: WindowTally): void;
  reject(error: unknown): void;
}

class GeneratorProcess implements Load {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #ready = Promise.withResolvers<void>();
  #pending: Pending | null = null;
  #stopping: Promise<void> | null = null;

  constructor(child: ChildProcess) {
    this.#child = child;
    this.pid = child.pid ?? 0;
    this.#exited = this.pid === 0 ? once(child, "error") : once(child, "exit");
    this.#ready.promise.catch(() => {});
    child.on("message", (message: FromGenerator) => this.#hear(message));
    child.on("error", () => {});
    void this.#exited.then(() => {
      const gone = new SeamlineError("unavailable", "the load generator's process has ended; its messages are above");
      this.#ready.reject(gone);
      this.#pending?.reject(gone);
    });
  }

  async start(plan: LoadPlan): Promise<void> {
    this.#send({ type: "plan", plan });
    const late = new SeamlineError(
      "start_failed",
      `the load generator was not ready within ${startTimeoutMs / 1000} s`,
    );
    const timer = setTimeout(() => this.#ready.reject(late), startTimeoutMs);
    await this.#ready.promise.finally(() => clearTimeout(timer));
  }

  async window(window: WindowPlan, { signal, enough, onProgress }: WindowOptions = {}): Promise<WindowTally> {
    signal?.throwIfAborted();
    if (this.#pending !== null)
      throw new SeamlineError("invalid", `window ${window.id} cannot begin before ${this.#pending.id} has ended`);
    const { promise, resolve, reject } = Promise.withResolvers<WindowTally>();
    this.#pending = { id: window.id, tell: onProgress, resolve, reject };
    const cancel = (): void => this.#send({ type: "cancel", id: window.id });
    const finish = (): void => this.#send({ type: "finish", id: window.id });
    signal?.addEventListener("abort", cancel, { once: true });
    enough?.addEventListener("abort", finish, { once: true });
    try {
      if (!this.#child.connected) throw new SeamlineError("unavailable", "the load generator's process has ended");
      this.#send({ type: "window", window });
      if (enough?.aborted === true) finish();
      return await promise;
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener("abort", cancel);
      enough?.removeEventListener("abort", finish);
      this.#pending = null;
    }
  }

  stop(): Promise<void> {
    return (this.#stopping ??= this.#stop());
  }

  async #stop(): Promise<void> {
    this.#send({ type: "stop" });
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), stopTimeoutMs);
    await this.#exited.finally(() => clearTimeout(timer));
  }

  #hear(message: FromGenerator): void {
    if (message.type === "ready") this.#ready.resolve();
    else if (message.type === "progress") this.#pending?.tell?.(message.progress);
    else if (message.type === "done") this.#pending?.resolve(message.tally);
    else if (message.type === "failed") {
      const error = new SeamlineError(message.code, message.message);
      if (message.id === null) this.#ready.reject(error);
      else this.#pending?.reject(error);
    }
  }

  #send(message: ToGenerator): void {
    if (this.#child.connected) this.#child.send(message, () => {});
  }
}
