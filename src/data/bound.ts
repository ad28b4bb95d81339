import { deadlines, monotonicMs, type Expiring } from "../contract/deadline.ts";
import { SeamlineError } from "../contract/errors.ts";
import type { Bound } from "./data.ts";

/** Limits on waiting: every wait of this room on a database goes through `within`. */

/** No limit: what a naive topology waits with. */
export const unlimited: Bound = { deadline: Infinity, signal: null };

export function boundOf(ms: number, signal: AbortSignal | null = null): Bound {
  return { deadline: monotonicMs() + ms, signal };
}

/** @throws SeamlineError `deadline_exceeded` or `cancelled` when the bound has ended already */
export function checkBound(bound: Bound, doing: string): void {
  if (bound.signal?.aborted) throw cancelled(doing, bound.signal);
  if (bound.deadline <= monotonicMs()) throw expired(doing);
}

/**
 * Settles as `work` does, but not later than the bound: then it rejects with `deadline_exceeded` or `cancelled`, and
 * what becomes of `work` is the caller's to see to. A later rejection of `work` is not left unhandled.
 */
export function within<T>(bound: Bound, doing: string, work: Promise<T>): Promise<T> {
  const { deadline, signal } = bound;
  if (deadline === Infinity && signal === null) return work;
  return new Promise<T>((resolve, reject) => {
    const release = (): void => {
      deadlines.remove(entry);
      signal?.removeEventListener("abort", abort);
    };
    const abort = (): void => {
      release();
      reject(cancelled(doing, signal!));
    };
    const entry: Expiring = {
      deadline,
      slot: -1,
      expire: () => {
        release();
        reject(expired(doing));
      },
    };
    work.then(
      (value) => {
        release();
        resolve(value);
      },
      (error: unknown) => {
        release();
        reject(error as Error);
      },
    );
    if (signal?.aborted) return abort();
    signal?.addEventListener("abort", abort, { once: true });
    if (deadline !== Infinity) deadlines.add(entry);
  });
}

function expired(doing: string): SeamlineError {
  return new SeamlineError("deadline_exceeded", `the time was over while ${doing}`, { data: { doing } });
}

function cancelled(doing: string, signal: AbortSignal): SeamlineError {
  return new SeamlineError("cancelled", `given up by the caller while ${doing}`, {
    data: { doing },
    cause: signal.reason,
  });
}
