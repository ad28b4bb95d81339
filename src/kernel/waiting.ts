import { deadlines, type Expiring } from "../contract/deadline.ts";
import type { IncomingCall } from "../wire/wire.ts";

/**
 * Calls of other processes to a module that is held: they wait within their deadlines, and go on when it is known where
 * the module is. What callers of this process have in hand waits at their seams (held.ts).
 */

/** Calls that wait for one module. More would be answered too late. */
export const maxWaiting = 4096;

export class Waiting {
  readonly #calls = new Set<WaitingCall>();

  get size(): number {
    return this.#calls.size;
  }

  /** @param expire told when the deadline passes first */
  add(call: IncomingCall, expire: (call: IncomingCall) => void): void {
    const waiting = new WaitingCall(call, () => {
      this.#forget(waiting);
      expire(call);
    });
    this.#calls.add(waiting);
    if (call.deadline !== Infinity) deadlines.add(waiting);
    call.oncancel = () => this.#forget(waiting);
  }

  /** Hands over all that wait, in the order in which they came. */
  release(to: (call: IncomingCall) => void): void {
    for (const waiting of this.#calls) {
      this.#forget(waiting);
      waiting.call.oncancel = null;
      to(waiting.call);
    }
  }

  #forget(waiting: WaitingCall): void {
    this.#calls.delete(waiting);
    deadlines.remove(waiting);
  }
}

class WaitingCall implements Expiring {
  readonly call: IncomingCall;
  readonly expire: () => void;
  slot = -1;

  constructor(call: IncomingCall, expire: () => void) {
    this.call = call;
    this.expire = expire;
  }

  get deadline(): number {
    return this.call.deadline;
  }
}
