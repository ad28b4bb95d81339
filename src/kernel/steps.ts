import { deadlines } from "../contract/deadline.ts";
import { CallError, SeamlineError } from "../contract/errors.ts";
import { boundOf, within } from "../data/bound.ts";
import type { UnitOfWork } from "../data/data.ts";
import type { ClaimedSaga, Journal, Note, Noted, Release, Written } from "../data/tasks.ts";
import type { Log } from "../module/module.ts";
import type { Saga } from "../module/saga.ts";
import { decode, encode } from "../wire/codec.ts";
import { judge, told } from "./attempts.ts";
import type { ContextClass } from "./context-class.ts";
import { cancelled, deadlineIn, rootContext, type CallContext } from "./context.ts";
import { traceIdOf, type Origin } from "./trace.ts";

/**
 * The steps of one run of a saga, from its claim to its release (sagas.ts says what a run is for).
 *
 * A step that the journal knows gives its outcome at once; the first that it does not know is attempted, and its outcome
 * is written down before the function hears of it. So whatever the function has heard is lasting, and a run that is
 * killed at any point is repeated by the next one up to that point.
 *
 * A run that cannot go on (a failed attempt, a wait, a breakpoint) is let go: the step's promise never settles, nothing
 * of the function runs any more, and it is collected. Nothing is held over a sleep, and no `catch` or `finally` of the
 * function sees what is not its business.
 *
 * An attempt may be cut off after its effect, so all attempts of a step have the same idempotency keys. An attempt has
 * either found an answer (a value, or an error that a contract declares), or nothing at all.
 */

export interface RunOptions {
  readonly module: string;
  /** null: the module has no such saga (any more). */
  readonly saga: Saga | null;
  readonly claimed: ClaimedSaga;
  readonly journal: Journal;
  readonly Context: ContextClass;
  readonly guarded: boolean;
  readonly log: Log;
  now(): Date;
  /** Whether no further step may be begun. */
  stopping(): boolean;
}

/** How a run ends. "lost": somebody else has the saga; "ended": its end is written already. */
export type Left = Release | { readonly at: "lost" } | { readonly at: "ended" };

export type Answer = Pick<Note, "state" | "value" | "error">;

/** Limits for one attempt that asks others, and for one that asks the module's own store only. */
export const attemptMs = 5000;
export const storeMs = 10_000;

export class Steps {
  /** Settles when the run cannot go on. */
  readonly left: Promise<Left>;
  readonly origin: Origin;
  readonly #options: RunOptions;
  readonly #claimed: ClaimedSaga;
  readonly #leave: (left: Left) => void;
  readonly #seen = new Set<string>();
  #stops: readonly string[];
  #position = 0;
  #busy = "";

  constructor(options: RunOptions) {
    const { promise, resolve } = Promise.withResolvers<Left>();
    this.left = promise;
    this.#leave = resolve;
    this.#options = options;
    this.#claimed = options.claimed;
    this.#stops = options.claimed.stops;
    this.origin = { traceId: traceIdOf(options.claimed.traceparent), user: null, identity: "" };
  }

  /** Lets the run go. @returns what never settles */
  leave(left: Left): Promise<never> {
    this.#leave(left);
    return new Promise<never>(() => {});
  }

  /** Lets it go because of a mistake that only a change of the program can mend. */
  mistaken(error: unknown): Promise<never> {
    const step = this.#busy || ([...this.#seen].at(-1) ?? "");
    return this.leave({ at: "failing", step, ...judge(error, false, 0, 0) });
  }

  /** The outcome of a step. @param outside whether an attempt asks somebody else than the module's own store */
  async take(step: string, outside: boolean, attempt: () => Promise<Noted>): Promise<unknown> {
    const objection = this.#objection(step);
    if (objection !== null) return this.mistaken(mistake(objection));
    this.#seen.add(step);
    this.#busy = step;
    const known = this.#claimed.journal[this.#position];
    if (known !== undefined && known.step !== step) return this.mistaken(this.#unfitting(`the step "${step}"`));
    const noted = known ?? (await this.attempt(step, outside, attempt));
    this.#busy = "";
    this.#position++;
    return outcomeOf(noted);
  }

  /** Attempts something that the journal does not know; lets the run go where that fails, or may not be. */
  async attempt<T>(step: string, outside: boolean, attempt: () => Promise<T>): Promise<T> {
    if (this.#options.stopping()) return this.leave({ at: "yielded" });
    if (this.#stops.includes(step)) return this.leave({ at: "stopped", step });
    try {
      return await attempt();
    } catch (error) {
      const { failures, troubledMs } = this.before(step);
      return this.leave({ at: "failing", step, ...judge(error, outside, failures, troubledMs) });
    }
  }

  /** Asks others, or the outside. @throws what is no answer */
  async ask(step: string, deadlineMs: number, call: (context: CallContext) => Promise<unknown>): Promise<Answer> {
    try {
      return answerOf(await this.#within(this.context(step, deadlineMs), call));
    } catch (error) {
      if (error instanceof CallError && error.origin === "contract") return refusalOf(error);
      throw error;
    }
  }

  /** Asks the module's own store. */
  check<T>(step: string, check: (context: CallContext) => Promise<T>): Promise<T> {
    return this.#within(this.context(step, storeMs), check);
  }

  /** Work in a transaction of its own. */
  async work<T>(context: CallContext, unit: UnitOfWork, work: (context: any) => Promise<T>): Promise<T> {
    context.unit = unit;
    return this.#within(context, work);
  }

  async note(step: string, answer: Answer): Promise<Noted> {
    const note = this.toNote(step, answer);
    return this.settle(note, await this.#options.journal.note(this.#claimed, note, boundOf(storeMs)));
  }

  toNote(step: string, answer: Answer): Note {
    return { step, position: this.#position, attempts: this.before(step).attempts + 1, ...answer };
  }

  /** Goes on where an outcome was written; lets the run go where not. */
  settle<T extends { step: string }>(of: T, written: Written): T | Promise<never> {
    if (written.at === "lost") return this.leave(written);
    if (written.at === "stopped") return this.leave({ at: "stopped", step: of.step });
    this.#stops = written.stops;
    return of;
  }

  /** What is known of earlier attempts of a step. */
  before(step: string): { attempts: number; failures: number; troubledMs: number } {
    return this.#claimed.step === step ? this.#claimed : { attempts: 0, failures: 0, troubledMs: 0 };
  }

  /** What an attempt is given; under its key it asks for the same again. */
  context(step: string, deadlineMs: number): CallContext {
    const { Context, module, guarded } = this.#options;
    const { saga, id } = this.#claimed;
    const key = `saga:${module}/${saga}/${id}/${step}`;
    return rootContext(Context, module, deadlineIn(deadlineMs, guarded), this.origin, key);
  }

  /** Why the function may not end now; null: it may. */
  unfinished(): Error | null {
    if (this.#busy !== "") return mistake(`it ended while its step "${this.#busy}" was under way; await every step`);
    return this.#position < this.#claimed.journal.length ? this.#unfitting("the end") : null;
  }

  #objection(step: string): string | null {
    if (typeof step !== "string" || step === "" || step.length > 100)
      return `a step is called ${JSON.stringify(step)}; its name must have 1 to 100 characters`;
    if (this.#busy !== "") return `the step "${step}" begins while "${this.#busy}" is under way; await each step`;
    if (this.#seen.has(step)) return `two steps are called "${step}"; give each its own name`;
    return null;
  }

  #unfitting(what: string): Error {
    const { step } = this.#claimed.journal[this.#position]!;
    return mistake(
      `after ${this.#position} steps it comes to ${what}, where its journal has "${step}"; its path must follow from ` +
        `the outcomes of its steps alone, and steps must not be changed while sagas are under way`,
    );
  }

  async #within<T>(context: CallContext, work: (context: any) => Promise<T>): Promise<T> {
    if (context.deadline !== Infinity) deadlines.add(context);
    try {
      return await within(context, `carrying out ${context.key}`, work(context));
    } catch (error) {
      context.stop(cancelled(null, context.traceId));
      throw error;
    } finally {
      deadlines.remove(context);
    }
  }
}

export function mistake(what: string): SeamlineError {
  return new SeamlineError("invalid", what);
}

/** @throws CodecError for what cannot be written down, such as a class's instance */
export function answerOf(value: unknown): Answer {
  return { state: "value", value: encode(value, "outcome"), error: null };
}

export const unknownValue = encode(undefined);

function refusalOf(error: CallError): Answer {
  const { code, message, operation, data, traceId } = error;
  return { state: "error", value: encode({ code, message, operation, data, traceId }), error: told(error) };
}

/** The same whether it was found just now or long ago. @throws CallError */
function outcomeOf({ state, value }: Noted): unknown {
  if (state === "time") return null;
  const outcome = decode(JSON.parse(value));
  if (state === "value") return outcome;
  const { code, message, ...details } = outcome as { code: string; message: string; operation: string };
  throw new CallError("contract", code, message, details);
}
