import { monotonicMs } from "../contract/deadline.ts";
import { SeamlineError } from "../contract/errors.ts";
import type { EventRecord, RelayOptions } from "../data/data.ts";
import type { Destination } from "../wire/wire.ts";
import type { LocalModule } from "./local.ts";
import { eventOperation } from "./serve.ts";

/** How long a subscriber has to handle an event before the relay counts the delivery as failed. */
const deliveryDeadlineMs = 11_000;

export interface DeliverOptions {
  readonly publisher: string;
  readonly guarded: boolean;
  /** Tests deliver every event twice; the subscriber's inbox must let it take effect once. */
  readonly twice: boolean;
  local(subscriber: string): LocalModule | undefined;
  destination(subscriber: string): Destination;
}

/** Hands events of one publisher to their subscribers, in this process or in another. */
export function deliverTo(options: DeliverOptions): RelayOptions["deliver"] {
  const once = async (subscriber: string, event: EventRecord): Promise<void> => {
    const local = options.local(subscriber);
    if (local) return local.consume(event);
    const outcome = await options.destination(subscriber).call({
      operation: `${subscriber}.${eventOperation}`,
      input: JSON.stringify(event),
      meta: { from: options.publisher, traceparent: event.traceparent, identity: "", key: "" },
      deadline: options.guarded ? monotonicMs() + deliveryDeadlineMs : Infinity,
      signal: null,
      owner: null,
    });
    if (!outcome.ok) throw new SeamlineError(outcome.code, outcome.message);
  };
  return async (subscriber, event) => {
    await once(subscriber, event);
    if (options.twice) await once(subscriber, event);
  };
}
