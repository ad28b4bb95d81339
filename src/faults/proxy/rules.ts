/**
 * What is done to the bytes of a link. Rules of several faults add up: delays are summed, the narrowest width counts, and
 * of the kinds that end or stop a connection any one is enough.
 */
export interface Rule {
  /** Round trip: half of it each way. */
  readonly latencyMs?: number;
  /** Added to each way's delay, evenly between 0 and this. */
  readonly jitterMs?: number;
  readonly bytesPerSecond?: number;
  /** Share of pieces that are lost once and come after TCP's retransmission time. */
  readonly loss?: number;
  /** reset: connections are broken; close: they are ended in order; blackhole: nothing passes, nothing is broken. */
  readonly cut?: "reset" | "close" | "blackhole";
  /** Requests over HTTP/1.1 that are answered here. */
  readonly status?: { readonly code: number; readonly share: number; readonly path: string };
}

export interface Shape {
  readonly delayMs: number;
  readonly jitterMs: number;
  readonly bytesPerSecond: number;
  readonly loss: number;
  readonly cut: NonNullable<Rule["cut"]> | null;
  readonly status: NonNullable<Rule["status"]> | null;
  /** Whether bytes can go on at once. */
  readonly free: boolean;
}

/** @returns what all rules amount to, one way */
export function toShape(rules: Iterable<Rule>): Shape {
  let [latencyMs, jitterMs, bytesPerSecond, kept] = [0, 0, Infinity, 1];
  let cut: Shape["cut"] = null;
  let status: Shape["status"] = null;
  for (const rule of rules) {
    latencyMs += rule.latencyMs ?? 0;
    jitterMs += rule.jitterMs ?? 0;
    bytesPerSecond = Math.min(bytesPerSecond, rule.bytesPerSecond ?? Infinity);
    kept *= 1 - (rule.loss ?? 0);
    cut ??= rule.cut ?? null;
    status ??= rule.status ?? null;
  }
  const free = latencyMs === 0 && jitterMs === 0 && bytesPerSecond === Infinity && kept === 1;
  return { delayMs: latencyMs / 2, jitterMs, bytesPerSecond, loss: 1 - kept, cut, status, free };
}
