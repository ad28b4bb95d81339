import { CallError } from "../contract/errors.ts";
import { failedStep, type Note, type Noted } from "../data/tasks.ts";
import type { AskOptions, Flow, PollOptions, Saga } from "../module/saga.ts";
import { logWith } from "./context-class.ts";
import type { CallContext } from "./context.ts";
import {
  answerOf,
  attemptMs,
  mistake,
  Steps,
  storeMs,
  unknownValue,
  type Answer,
  type Left,
  type RunOptions,
} from "./steps.ts";

/**
 * Runs a saga: its function from the beginning, and where that gives up, what undoes its steps.
 *
 * The function either ends ("done"), gives up by `fail` or by a declared error that it does not catch (then the undos of
 * its asked steps run, newest first, each a step of its own with a place in the journal, and `failed` in one transaction
 * with the end), or cannot go on now, and is let go. Whatever else it throws is a mistake in the program: the saga is
 * shown as stuck, and tried again slowly, because the mistake may be mended by the next release.
 *
 * It leaves to others: who may run it now (data/journal.ts), when it is run again (tasks.ts).
 */

const undoPrefix = "undo:";
const pollMs = { first: 200, growth: 1.5, last: 2000 };

/** Ends the function where it gave up. */
class GaveUp extends Error {}

/** Runs a claimed saga as far as it goes now. Never rejects. */
export function runSaga(options: RunOptions): Promise<Left> {
  return new SagaRun(options).run();
}

class SagaRun {
  readonly #options: RunOptions;
  readonly #steps: Steps;
  readonly #undos: { step: string; undo: (context: CallContext) => Promise<unknown> }[] = [];
  /** Why it gave up; null while it has not. */
  #reason: string | null = null;

  constructor(options: RunOptions) {
    this.#options = options;
    this.#steps = new Steps(options);
  }

  run(): Promise<Left> {
    const { saga, module, claimed } = this.#options;
    const missing = `module "${module}" has no saga "${claimed.saga}" any more; declare it until all of its kind have ended`;
    const whole = saga === null ? Promise.reject(mistake(missing)) : this.#whole(saga);
    whole.then(
      (left) => this.#steps.leave(left),
      (error: unknown) => this.#steps.mistaken(error),
    );
    return this.#steps.left;
  }

  async #whole(saga: Saga): Promise<Left> {
    try {
      await saga.run(this.#flow());
    } catch (error) {
      this.#reason ??= reasonOf(error);
      if (this.#reason === null) throw error;
    }
    if (this.#reason !== null) return this.#compensate(saga, this.#reason);
    const unfinished = this.#steps.unfinished();
    if (unfinished !== null) throw unfinished;
    return { at: "done" };
  }

  #flow(): Flow<CallContext, CallContext, CallContext> {
    const { module, claimed, log, now } = this.#options;
    const fields = { module, saga: claimed.saga, id: claimed.id, trace: this.#steps.origin.traceId };
    return {
      id: claimed.id,
      now,
      log: logWith(fields, log),
      ask: async (step, call, options) => this.#ask(this.#own(step), call, options),
      poll: async (step, call, options) => this.#poll(this.#own(step), call, options) as Promise<any>,
      wait: async (step, until, check) => this.#wait(this.#own(step), until, check) as Promise<any>,
      write: async (step, work) => this.#write(this.#own(step), work) as Promise<any>,
      fail: (reason) => {
        this.#reason ??= reason;
        throw new GaveUp(reason);
      },
    };
  }

  /** A step of the function's own. Once it gave up it takes none, even if it has caught that. */
  #own(step: string): string {
    if (this.#reason !== null) throw new GaveUp(this.#reason);
    if (step !== failedStep && !`${step}`.startsWith(undoPrefix)) return step;
    throw mistake(`a step is called "${step}", which is a name of the runtime; choose another`);
  }

  async #ask<T>(
    step: string,
    call: (context: CallContext) => Promise<T>,
    { undo, deadlineMs = attemptMs }: AskOptions<T, CallContext> = {},
  ): Promise<T> {
    const attempt = async (): Promise<Noted> => this.#steps.note(step, await this.#steps.ask(step, deadlineMs, call));
    const value = (await this.#steps.take(step, true, attempt)) as T;
    if (undo) this.#undos.push({ step, undo: (context) => undo(value, context) });
    return value;
  }

  #poll(
    step: string,
    call: (context: CallContext) => Promise<unknown>,
    { everyMs, deadlineMs = attemptMs }: PollOptions = {},
  ): Promise<unknown> {
    return this.#steps.take(step, true, async () => {
      const answer = await this.#steps.ask(step, deadlineMs, call);
      if (answer.state !== "value" || answer.value !== unknownValue) return this.#steps.note(step, answer);
      const growing = pollMs.first * pollMs.growth ** this.#steps.before(step).attempts;
      return this.#steps.leave({ at: "unknown", step, pauseMs: everyMs ?? Math.min(growing, pollMs.last) });
    });
  }

  #wait(step: string, until: Date | null, check: (context: CallContext) => Promise<unknown>): Promise<unknown> {
    return this.#steps.take(step, false, async () => {
      if (until !== null && !Number.isFinite(until.getTime())) throw mistake(`wait("${step}"): until is no valid date`);
      const found = await this.#steps.check(step, check);
      if (found !== undefined && found !== null) return this.#steps.note(step, answerOf(found));
      if (until === null || until > this.#options.now()) return this.#steps.leave({ at: "asleep", step, until });
      return this.#steps.note(step, { state: "time", value: "", error: null });
    });
  }

  #write(step: string, work: (context: CallContext) => Promise<unknown>): Promise<unknown> {
    const { journal, claimed } = this.#options;
    return this.#steps.take(step, false, async () => {
      const context = this.#steps.context(step, storeMs);
      let note: Note | null = null;
      const written = await journal.write(claimed, context, async (unit) => {
        const value = await this.#steps.work(context, unit, work);
        return (note = this.#steps.toNote(step, answerOf(value)));
      });
      return this.#steps.settle(note!, written);
    });
  }

  async #compensate(saga: Saga, reason: string): Promise<Left> {
    for (const { step, undo } of this.#undos.toReversed()) await this.#undo(`${undoPrefix}${step}`, undo);
    const unfinished = this.#steps.unfinished();
    if (unfinished !== null) throw unfinished;
    return this.#steps.attempt(failedStep, false, () => this.#end(saga, reason));
  }

  #undo(step: string, undo: (context: CallContext) => Promise<unknown>): Promise<unknown> {
    return this.#steps.take(step, true, async () => {
      const answer: Answer = await this.#steps.ask(step, attemptMs, async (context) => void (await undo(context)));
      if (answer.state === "value") return this.#steps.note(step, answer);
      throw mistake(`the undo was refused with ${answer.error}; let it catch what means that there is nothing to undo`);
    });
  }

  async #end(saga: Saga, reason: string): Promise<Left> {
    const { journal, claimed } = this.#options;
    const context = Object.assign(this.#steps.context(failedStep, storeMs), { id: claimed.id });
    const written = await journal.fail(claimed, reason, context, (unit) =>
      this.#steps.work(context, unit, async () => saga.failed?.(reason, context)),
    );
    await this.#steps.settle({ step: failedStep }, written);
    return { at: "ended" };
  }
}

/** A declared error that the function did not catch is a reason to give up. */
function reasonOf(error: unknown): string | null {
  return error instanceof CallError && error.origin === "contract" ? error.code : null;
}
