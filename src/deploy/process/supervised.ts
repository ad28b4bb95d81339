import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { SeamlineError } from "../../contract/errors.ts";
import { monotonicMs } from "../../contract/deadline.ts";
import type {
  Change,
  Directory,
  MeterReport,
  ProcessConfig,
  ProcessStatus,
  ProgramConfig,
} from "../../kernel/control.ts";
import type { Address } from "../../wire/wire.ts";
import { Backoff } from "../backoff.ts";
import { openLog } from "../log.ts";
import { Child, describeExit, type Ready } from "./child.ts";
import { Holds } from "./holds.ts";

/**
 * Keeps one process of a topology alive: started, watched, and started again when it dies, until it is told to stop.
 *
 *   stopped --start--> starting --ready--> ready <--answer / 3 missed pings--> frozen
 *                         ^  └──dies──┐      └─────────────dies, or 30 s frozen──────┘
 *                         └─back-off── waiting
 *
 * A process that does not answer (stopped by a signal, or its event loop is blocked) keeps its memory and its sockets,
 * so calls to it would only run into their deadlines: its endpoints are withdrawn after three missed pings and given
 * back with its first answer. After 30 s without an answer it is killed and started anew, since nobody else would.
 */

export type ProcessState = "stopped" | "starting" | "ready" | "frozen" | "waiting";

export interface ProcessView {
  /** "board#0": group and replica. */
  readonly id: string;
  readonly process: string;
  readonly replica: number;
  /** What it holds: modules and pages, or the program itself. */
  readonly modules: readonly string[];
  /** Whether it is one of the app's programs. */
  readonly program: boolean;
  readonly state: ProcessState;
  readonly pid: number | null;
  readonly port: number | null;
  readonly listen: Address | null;
  /** From the spawn to ready, in ms. */
  readonly startMs: number | null;
  readonly restarts: number;
  /** Why it last died or failed to start; null: never. */
  readonly lastError: string | null;
  /** Per part, "ready" or why not, as the process says. */
  readonly parts: Readonly<Record<string, string>>;
  readonly log: string;
}

export interface SupervisedOptions {
  readonly entry: URL;
  readonly process: string;
  readonly replica: number;
  /** At first; see `holds`. */
  readonly modules: readonly string[];
  /** Default false. */
  readonly program?: boolean;
  readonly logPath: string;
  readonly config: (listen: Address | null) => ProcessConfig | ProgramConfig;
  /** Where the next life listens: each has an address of its own, so that none is taken for the one before it. */
  readonly nextAddress: () => Address | null;
  readonly directory: () => Directory;
  readonly startTimeoutMs?: number;
  readonly pingEveryMs?: number;
  /** Told after each change of the view. */
  readonly onChange: (view: ProcessView) => void;
  /** Told what the process measures while it is metered. */
  readonly onMeter?: (report: MeterReport, view: ProcessView) => void;
}

const missedUntilFrozen = 3;
/** Shorter kills a process that only computes; longer leaves its users without it. 15 pings of 2 s: 30 s. */
const missedUntilKilled = 15;

export class Supervised {
  readonly #options: SupervisedOptions;
  readonly #stop = new AbortController();
  readonly #holds = new Holds();
  #view: ProcessView;
  #child: Child | null = null;
  #loop: Promise<void> | null = null;
  #metered = false;
  /** Asked for and not yet begun: the next life. */
  #next: PromiseWithResolvers<void> | null = null;

  constructor(options: SupervisedOptions) {
    this.#options = options;
    const { process, replica, modules, program = false, logPath } = options;
    this.#view = {
      id: `${process}#${replica}`,
      process,
      replica,
      modules,
      program,
      state: "stopped",
      pid: null,
      port: null,
      listen: null,
      startMs: null,
      restarts: 0,
      lastError: null,
      parts: {},
      log: logPath,
    };
  }

  get view(): ProcessView {
    return this.#view;
  }

  /** Resolves when the process is ready for the first time; rejects, and leaves nothing, when its first start fails. */
  start(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#loop ??= this.#run(resolve, reject);
    return promise;
  }

  push(directory: Directory): void {
    this.#child?.push(directory);
  }

  async status(timeoutMs = 1000): Promise<ProcessStatus | null> {
    return (await this.#child?.status(timeoutMs)) ?? null;
  }

  /** What it holds from now on: as others are told. What the process itself does is said by `change`. */
  holds(modules: readonly string[]): void {
    if (!isDeepStrictEqual(modules, this.#view.modules)) this.#change({ modules });
  }

  /**
   * Has this life change what becomes of a module, once it is ready. @returns how much work in hand did not end in time;
   * null: there is no life, or it ended first: the next begins as its configuration says @throws as `Child.change`
   */
  async change(change: Change, timeoutMs: number): Promise<number | null> {
    return (await this.#child?.change(change, timeoutMs)) ?? null;
  }

  /** Lets this life and every later one measure its calls, or not. It says at once what it has measured. */
  meter(on: boolean): void {
    this.#metered = on;
    this.#child?.meter(on);
  }

  /** Says something to this life; nobody hears it while there is none. */
  tell(message: object): void {
    this.#child?.tell(message);
  }

  /** After its end no next life begins until this is let go. @returns lets go; may be called twice */
  hold(): () => void {
    return this.#holds.take();
  }

  /** Drains and ends this life, and resolves when the next is ready; rejects when that one does not start. */
  async restart(withinMs: number): Promise<void> {
    const next = (this.#next ??= Promise.withResolvers<void>());
    next.promise.catch(() => {});
    if (this.#loop === null || this.#view.state === "stopped") this.#giveUpNext();
    await this.#child?.leave(withinMs);
    await next.promise;
  }

  /** Drains and ends the process for good. May be called twice. */
  async stop(withinMs: number): Promise<void> {
    this.#stop.abort();
    const answers = this.#view.state === "ready";
    await this.#child?.leave(answers ? withinMs : 0);
    await this.#loop;
  }

  async #run(first: () => void, refuse: (error: unknown) => void): Promise<void> {
    const backoff = new Backoff();
    for (let started = false; !this.#stop.signal.aborted;) {
      const asked = this.#next;
      this.#next = null;
      const { error, healthyMs, wasReady } = await this.#live(() => {
        first();
        asked?.resolve();
      });
      asked?.reject(error);
      started ||= wasReady;
      if (this.#stop.signal.aborted || !started) {
        const lastError = this.#stop.signal.aborted ? this.#view.lastError : error.message;
        this.#change({ state: "stopped", pid: null, port: null, listen: null, lastError });
        refuse(error);
        break;
      }
      this.#change({
        state: "waiting",
        pid: null,
        listen: null,
        port: null,
        parts: {},
        restarts: this.#view.restarts + 1,
        lastError: error.message,
      });
      // An end that was asked for is no failure.
      const delayMs = this.#next === null ? backoff.nextDelayMs(healthyMs) : 0;
      await sleep(delayMs, undefined, { signal: this.#stop.signal }).catch(() => {});
      await this.#holds.released(this.#stop.signal);
    }
    if (this.#view.state !== "stopped") this.#change({ state: "stopped" });
    this.#giveUpNext();
  }

  #giveUpNext(): void {
    const message = `process ${this.#view.id} is stopped, so it cannot be replaced`;
    this.#next?.reject(new SeamlineError("start_failed", message));
    this.#next = null;
  }

  /** One life. Never rejects: says how it ended. */
  async #live(first: () => void): Promise<{ error: Error; healthyMs: number; wasReady: boolean }> {
    const { entry, config, nextAddress, directory, logPath, startTimeoutMs = 30_000 } = this.#options;
    const listen = nextAddress();
    const log = openLog(logPath);
    const begun = monotonicMs();
    const child = new Child({
      entry,
      id: this.#view.id,
      modules: this.#view.modules,
      config: config(listen),
      directory,
      log,
      startTimeoutMs,
      onHealth: (parts) => this.#change({ parts }),
      onMeter: (report) => this.#options.onMeter?.(report, this.#view),
    });
    this.#child = child;
    this.#change({ state: "starting", pid: child.pid });
    const watching = new AbortController();
    let readyAt: number | null = null;
    try {
      const ready = await child.ready;
      readyAt = monotonicMs();
      if (this.#metered) child.meter(true);
      this.#becomeReady(ready, readyAt - begun);
      first();
      void this.#watch(child, watching.signal);
      const exit = await child.exited;
      const lines = log.tail(6);
      const said = lines.length === 0 ? "" : `: ${lines.join("\n")}`;
      return {
        error: new Error(`ended with ${describeExit(exit)}${said}`),
        healthyMs: monotonicMs() - readyAt,
        wasReady: true,
      };
    } catch (error) {
      await child.leave(0);
      return { error: error as Error, healthyMs: 0, wasReady: false };
    } finally {
      watching.abort();
      this.#child = null;
      log.close();
      if (listen?.startsWith("unix:")) rmSync(listen.slice("unix:".length), { force: true });
    }
  }

  #becomeReady({ port, listen }: Ready, startMs: number): void {
    this.#change({ state: "ready", port, listen, startMs: Math.round(startMs) });
  }

  /** Pings count, not time: if it is we who were stopped for a minute, that is no silence of theirs. */
  async #watch(child: Child, signal: AbortSignal): Promise<void> {
    const { pingEveryMs = 2000 } = this.#options;
    for (let missed = 0; !signal.aborted;) {
      const pause = sleep(pingEveryMs, undefined, { signal, ref: false }).catch(() => {});
      const status = await child.status(pingEveryMs);
      if (signal.aborted) return;
      missed = status === null ? missed + 1 : 0;
      if (missed === missedUntilFrozen) this.#change({ state: "frozen", lastError: "does not answer" });
      else if (missed === missedUntilKilled) return child.leave(0);
      else if (missed === 0 && this.#view.state === "frozen") this.#change({ state: "ready" });
      await pause;
    }
  }

  #change(change: Partial<ProcessView>): void {
    this.#view = { ...this.#view, ...change };
    this.#options.onChange(this.#view);
  }
}
