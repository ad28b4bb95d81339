import type { Destination, IncomingCall } from "../wire/wire.ts";

/**
 * Passes a call on as it came, and its answer back: for a caller that has not yet heard where a module went. Identity,
 * key and deadline stay the caller's, so nothing is decided here.
 */
export function forward(call: IncomingCall, destination: Destination): void {
  const giveUp = new AbortController();
  call.oncancel = () => giveUp.abort();
  const { operation, input, meta, deadline } = call;
  const { signal } = giveUp;
  void destination
    .call({ operation, input: textOf(input), meta, deadline, signal, owner: null })
    .then((outcome) =>
      outcome.ok ? call.reply(textOf(outcome.value)) : call.fail({ ...outcome, data: textOf(outcome.data) }),
    );
}

/** Tagged forms stay as they are. */
function textOf(json: unknown): string {
  return json === undefined ? "" : JSON.stringify(json);
}
