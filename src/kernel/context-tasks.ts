import { SeamlineError } from "../contract/errors.ts";
import type { ModuleStore } from "../data/data.ts";
import type { LetterReading, LetterWriting, SagaReading, SagaWriting } from "../module/saga.ts";
import type { CallContext } from "./context.ts";
import { traceparent } from "./trace.ts";

/** `sagas` and `letters` of a context. */

const rowsShown = 100;
/** Of a saga's id, which an index holds. */
const maxIdLength = 200;

export function sagasOf(context: CallContext, store: ModuleStore, known: readonly string[]): SagaReading & SagaWriting {
  const db = context.unit?.store ?? store.reader(context);
  const check = (what: "begin" | "wake", saga: string, id: string): NonNullable<CallContext["unit"]> => {
    const call = `sagas.${what}(${JSON.stringify(saga)}, …)`;
    if (!known.includes(saga))
      throw refused(`${call}: the module declares ${known.length === 0 ? "no sagas" : known.join(", ")}`);
    if (typeof id !== "string" || id === "" || id.length > maxIdLength || id.includes("\0"))
      throw refused(`${call}: the id is ${JSON.stringify(id)}; it must be text of 1 to ${maxIdLength} characters`);
    if (context.unit === null)
      throw refused(
        `${call}: only what has a transaction may do so: commands, subscriptions, schedules, writes of sagas`,
      );
    return context.unit;
  };
  return {
    stuck: (limit = rowsShown) => store.journal.stuck(db, limit),
    of: (saga, id) => store.journal.of(db, saga, id),
    begin: (saga, id) => check("begin", saga, id).begin(saga, id, traceparent(context.traceId)),
    wake: (saga, id) => check("wake", saga, id).wake(saga, id),
  };
}

export function lettersOf(context: CallContext, store: ModuleStore): LetterReading & LetterWriting {
  return {
    dead: (limit = rowsShown) => store.deadLetters(context.unit?.store ?? store.reader(context), limit),
    async replay(id, subscriber) {
      if (context.unit === null)
        throw refused("letters.replay(…): only what has a transaction may do so, such as a command");
      return context.unit.replay(id, subscriber);
    },
  };
}

function refused(message: string): SeamlineError {
  return new SeamlineError("internal", message);
}
