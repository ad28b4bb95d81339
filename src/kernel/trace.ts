import { randomBytes } from "node:crypto";
import type { User } from "../module/module.ts";

/** What all calls of one request have in common: its trace, and on whose behalf it is made. */
export interface Origin {
  /** 32 hex digits. */
  readonly traceId: string;
  readonly user: User | null;
  /** The signed form of `user`, for other processes; "" for none. */
  readonly identity: string;
}

const pattern = /^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/;
const noTrace = "0".repeat(32);

/** The trace id of a W3C traceparent; a new one where there is none or it is malformed. */
export function traceIdOf(traceparent: string): string {
  const traceId = pattern.exec(traceparent)?.[1];
  return traceId === undefined || traceId === noTrace ? newTraceId() : traceId;
}

let pool = Buffer.alloc(0);
let used = 0;

/** 16 random bytes in hex. Random bytes are drawn 4 KiB at a time: a draw for each request would cost more than a call. */
export function newTraceId(): string {
  if (used + 16 > pool.length) {
    pool = randomBytes(4096);
    used = 0;
  }
  used += 16;
  return pool.toString("hex", used - 16, used);
}

const spanPrefix = randomBytes(4).toString("hex");
let spans = 0;

/** Span ids are unique to the process by a prefix and count up after it. */
export function traceparent(traceId: string): string {
  spans = (spans + 1) >>> 0;
  return `00-${traceId}-${spanPrefix}${spans.toString(16).padStart(8, "0")}-01`;
}
