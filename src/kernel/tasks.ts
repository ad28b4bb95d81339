import { monotonicMs } from "../contract/deadline.ts";
import { SeamlineError } from "../contract/errors.ts";
import { boundOf } from "../data/bound.ts";
import type { ModuleStore } from "../data/data.ts";
import type { ClaimedSaga, ClaimedSchedule, Release, Timetable } from "../data/tasks.ts";
import type { Module } from "../module/module.ts";
import type { ContextClass } from "./context-class.ts";
import type { Runtime } from "./runtime.ts";
import { runSaga } from "./sagas.ts";
import { runSchedule } from "./schedules.ts";
import type { Left } from "./steps.ts";

/**
 * Runs one module's sagas and schedules in this process. Any number of processes may do so at once: each claims what is
 * due, and what one has claimed the others leave alone.
 *
 * It looks for work when it is told that there is some (a notification comes with the commit that makes it, and from a
 * process that stops and leaves some), when a pause that it made is over, when the app's clock was moved, and every half
 * second: one cheap statement, which finds waits that have come to their time, and what others have left behind. Nobody
 * waits for it to begin, be the database away. A module without sagas and schedules has none of this.
 */

/** Sagas of one module in hand at once in one process. More takes room from the module's own callers, fewer waits. */
const sagasAtOnce = 16;
/** More often: more statements for nothing. Less: a wait ends later after its time. */
const lookMs = 500;
/** Claims last 10 s. */
const renewMs = 2500;
const sweepMs = 600_000;
const releaseMs = { attempt: 2000, pause: 200 };

export interface TasksOptions {
  readonly module: Module;
  readonly store: ModuleStore;
  readonly Context: ContextClass;
  readonly runtime: Runtime;
  /** Calls back after each move of the app's clock. @returns takes it back */
  whenMoved(listener: () => void): () => void;
}

export function newTasks(options: TasksOptions): Tasks {
  return new Tasks(options);
}

export class Tasks {
  readonly #options: TasksOptions;
  /** The first time of schedules that are new counts from here. */
  readonly #begunAt: Date;
  /** null: it could not be opened yet. */
  #timetable: Timetable | null = null;
  /** By their claims; `#sagas` has those of sagas. */
  readonly #inHand = new Map<string, Promise<void>>();
  readonly #sagas = new Set<string>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #undo: (() => void)[];
  #claiming: Promise<void> | null = null;
  #sagasDue = true;
  #schedulesDue = true;
  #renewAt = 0;
  #sweepAt = monotonicMs() + Math.random() * sweepMs;
  #looking = false;
  #stopping: Promise<void> | null = null;

  constructor(options: TasksOptions) {
    this.#options = options;
    this.#begunAt = options.runtime.now();
    const timer = setInterval(() => void this.#look(), lookMs);
    const undoTask = options.store.onTask(() => this.#wake(true, false));
    this.#undo = [() => clearInterval(timer), undoTask, options.whenMoved(() => this.#wake(true, true))];
  }

  /** Begins nothing more; resolves when the steps in hand have ended. May be called twice. */
  stop(): Promise<void> {
    return (this.#stopping ??= this.#stop());
  }

  async #stop(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    await this.#claiming;
    await Promise.all(this.#inHand.values());
    for (const undo of this.#undo) undo();
  }

  /** Never rejects: what fails is looked at again when the line is up, or at the next look. */
  async #claim(): Promise<void> {
    try {
      while ((this.#sagasDue || this.#schedulesDue) && this.#stopping === null) {
        if (this.#schedulesDue) await this.#claimSchedules();
        if (this.#sagasDue) await this.#claimSagas();
      }
    } catch (error) {
      this.#complain(error);
    } finally {
      this.#claiming = null;
    }
  }

  async #claimSagas(): Promise<void> {
    this.#sagasDue = false;
    const room = sagasAtOnce - this.#sagas.size;
    if (room <= 0 || this.#options.module.sagas.length === 0) return;
    const { store, runtime } = this.#options;
    const claimed = await store.journal.claim(room, runtime.now(), [...this.#sagas]);
    for (const saga of claimed) this.#take(saga.claim, this.#run(saga));
    if (claimed.length === room) this.#sagasDue = true;
  }

  async #claimSchedules(): Promise<void> {
    const { module, store, runtime } = this.#options;
    this.#timetable ??= await store.timetable(module.schedules, this.#begunAt);
    this.#schedulesDue = false;
    if (module.schedules.length === 0) return;
    const inHand = [...this.#inHand.keys()];
    for (const claimed of await this.#timetable.claim(runtime.now(), inHand))
      this.#take(claimed.claim, this.#runSchedule(claimed));
  }

  #take(claim: string, run: Promise<void>): void {
    this.#inHand.set(claim, run);
    void run.finally(() => this.#inHand.delete(claim));
  }

  async #run(claimed: ClaimedSaga): Promise<void> {
    const { module, store, Context, runtime } = this.#options;
    this.#sagas.add(claimed.claim);
    const left = await runSaga({
      module: module.name,
      saga: module.sagas.find(({ name }) => name === claimed.saga) ?? null,
      claimed,
      journal: store.journal,
      Context,
      guarded: runtime.guarded,
      log: runtime.log,
      now: runtime.now,
      stopping: () => this.#stopping !== null,
    });
    this.#tell(claimed, left);
    if (left.at !== "lost" && left.at !== "ended") await this.#release(claimed, left);
    this.#sagas.delete(claimed.claim);
    if (left.at === "failing" || left.at === "unknown") this.#wakeIn(left.pauseMs, true);
    // What it had no room for before, or what was woken while it was in hand.
    this.#wake(true, false);
  }

  /** Tries until it is done: else the saga would wait for the lease to end, though the database is back. */
  async #release(claimed: ClaimedSaga, release: Release): Promise<void> {
    for (;;) {
      try {
        return await this.#options.store.journal.release(claimed, release, boundOf(releaseMs.attempt));
      } catch (error) {
        if (this.#stopping !== null) return;
        const { saga, id } = claimed;
        const fields = { module: this.#options.module.name, saga, id, err: error };
        this.#options.runtime.log.warn(fields, "a saga could not be let go yet; it is tried again");
        await new Promise((resolve) => setTimeout(resolve, releaseMs.pause));
      }
    }
  }

  #tell({ saga, id }: ClaimedSaga, left: Left): void {
    if (left.at !== "failing") return;
    const { step, error, stuck } = left;
    const fields = { module: this.#options.module.name, saga, id, step, error };
    if (stuck) this.#options.runtime.log.error(fields, "a saga is stuck; it is still tried again");
    else this.#options.runtime.log.warn(fields, "a step of a saga failed and will be tried again");
  }

  async #runSchedule(claimed: ClaimedSchedule): Promise<void> {
    const { module, Context, runtime } = this.#options;
    const againMs = await runSchedule({
      module: module.name,
      schedule: module.schedules.find(({ name }) => name === claimed.schedule)!,
      claimed,
      timetable: this.#timetable!,
      Context,
      guarded: runtime.guarded,
      log: runtime.log,
      now: runtime.now,
    });
    if (againMs !== null) this.#wakeIn(againMs, false);
  }

  #wake(sagas: boolean, schedules: boolean): void {
    this.#sagasDue ||= sagas;
    this.#schedulesDue ||= schedules;
    if (this.#claiming === null && this.#stopping === null) this.#claiming = this.#claim();
  }

  #wakeIn(ms: number, sagas: boolean): void {
    if (this.#stopping !== null) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#wake(sagas, !sagas);
    }, ms + 1);
    this.#timers.add(timer);
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      await this.#renew();
      if (this.#stopping !== null) return;
      const { store, runtime } = this.#options;
      const due = await store.journal.due(runtime.now(), [...this.#inHand.keys()]);
      if (due.sagas || due.schedules || this.#timetable === null) this.#wake(due.sagas, due.schedules);
      if (monotonicMs() >= this.#sweepAt && !(await store.journal.sweep())) this.#sweepAt = monotonicMs() + sweepMs;
    } catch (error) {
      this.#complain(error);
    } finally {
      this.#looking = false;
    }
  }

  /** Of a connection that is away the line tells itself. */
  #complain(error: unknown): void {
    if (error instanceof SeamlineError && error.code !== "internal") return;
    const { module, runtime } = this.#options;
    runtime.log.error({ module: module.name, err: error }, "looking for sagas and schedules that are due failed");
  }

  async #renew(): Promise<void> {
    if (this.#inHand.size === 0 || monotonicMs() < this.#renewAt) return;
    this.#renewAt = monotonicMs() + renewMs;
    const claims = [...this.#inHand.keys()];
    await this.#options.store.journal.renew(claims);
    if (claims.length > this.#sagas.size) await this.#timetable!.renew(claims);
  }
}
