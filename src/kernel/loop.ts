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

class LoopCall implements IncomingCall {
  readonly operation: string;
  readonly input: unknown;
  readonly meta: OutgoingCall["meta"];
  readonly deadline: number;
  oncancel: (() => void) | null = null;
  readonly #resolve: (outcome: Outcome) => void;
  readonly #signal: AbortSignal | null;

  constructor(call: OutgoingCall, resolve: (outcome: Outcome) => void) {
    this.operation = call.operation;
    this.input = call.input === "" ? undefined : JSON.parse(call.input);
    this.meta = call.meta;
    this.deadline = call.deadline;
    this.#resolve = resolve;
    this.#signal = call.signal;
  }

  send(receive: (call: IncomingCall) => void): void {
    this.#signal?.addEventListener("abort", () => this.oncancel?.(), { once: true });
    receive(this);
  }

  reply(output: string): void {
    this.#resolve({ ok: true, value: output === "" ? undefined : JSON.parse(output) });
  }

  fail({ data, ...failure }: WireFailure): void {
    this.#resolve({ ok: false, ...failure, data: data === "" ? undefined : JSON.parse(data), unsent: false });
  }
}
