import { deadlines, type Expiring } from "../contract/deadline.ts";
import type { Destination, IncomingCall, OutgoingCall, Outcome, WireFailure } from "../wire/wire.ts";

/**
 * A destination in the same process: calls go through the same text as on a link, but no socket. It is how the topology
 * setting `joined: "wire"` shows that a program does not depend on being joined.
 */
export function loopDestination(receive: (call: IncomingCall) => void): Destination {
  return {
    endpoints() {},
    call: (call) => new Promise((resolve) => new LoopCall(call, resolve).send(receive)),
    status: () => [],
    close: () => Promise.resolve(),
  };
}

/** In the deadline queue only to be given up with its owner: the call itself is held to its deadline where it runs. */
class LoopCall implements IncomingCall, Expiring {
  readonly operation: string;
  readonly input: unknown;
  readonly meta: OutgoingCall["meta"];
  readonly deadline: number;
  readonly owner: object | null;
  slot = -1;
  oncancel: (() => void) | null = null;
  readonly #resolve: (outcome: Outcome) => void;
  readonly #signal: AbortSignal | null;

  constructor(call: OutgoingCall, resolve: (outcome: Outcome) => void) {
    this.operation = call.operation;
    this.input = call.input === "" ? undefined : JSON.parse(call.input);
    this.meta = call.meta;
    this.deadline = call.deadline;
    this.owner = call.owner;
    this.#resolve = resolve;
    this.#signal = call.signal;
  }

  send(receive: (call: IncomingCall) => void): void {
    if (this.#signal?.aborted) return this.abandon();
    this.#signal?.addEventListener("abort", this.#giveUp);
    deadlines.add(this);
    receive(this);
  }

  readonly #giveUp = (): void => this.abandon();

  abandon(): void {
    const message = `${this.operation}: the caller gave up`;
    this.#settle({
      ok: false,
      origin: "transport",
      code: "cancelled",
      message,
      data: undefined,
      traceId: "",
      unsent: false,
    });
    this.oncancel?.();
  }

  expire(): void {}

  reply(output: string): void {
    this.#settle({ ok: true, value: output === "" ? undefined : JSON.parse(output) });
  }

  fail({ data, ...failure }: WireFailure): void {
    this.#settle({ ok: false, ...failure, data: data === "" ? undefined : JSON.parse(data), unsent: false });
  }

  #settle(outcome: Outcome): void {
    deadlines.remove(this);
    this.#signal?.removeEventListener("abort", this.#giveUp);
    this.#resolve(outcome);
  }
}
