/**
 * What ends a running command: Ctrl-C, SIGTERM, SIGHUP, or an error that nobody caught. The first fires `signal`, upon
 * which the command stops everything and ends; another, a second later, is impatience and ends it at once, which the
 * kernel (or a closed channel) makes its processes follow. A terminal and npm both pass Ctrl-C on, so what comes within
 * the second is the same one.
 */
export interface Interrupts extends Disposable {
  readonly signal: AbortSignal;
  /** The error that nobody caught, if that is what it was. */
  readonly error: () => unknown;
}

const sameWithinMs = 1000;
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export class Interrupted extends Error {
  override name = "Interrupted";
}

export function interrupts(): Interrupts {
  const controller = new AbortController();
  let first = 0;
  let error: unknown;
  const interrupt = (): void => {
    if (first !== 0 && performance.now() - first > sameWithinMs) process.exit(130);
    first ||= performance.now();
    controller.abort(new Interrupted("interrupted"));
  };
  const crash = (cause: unknown): void => {
    error ??= cause;
    controller.abort(cause);
  };
  for (const name of signals) process.on(name, interrupt);
  process.on("uncaughtException", crash);
  return {
    signal: controller.signal,
    error: () => error,
    [Symbol.dispose]() {
      for (const name of signals) process.off(name, interrupt);
      process.off("uncaughtException", crash);
    },
  };
}

export function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
