import { deadlines, type Expiring } from "../contract/deadline.ts";
import type { SeamlineError } from "../contract/errors.ts";
import { connectTo } from "./address.ts";
import { kinds, protocolError, type Frame } from "./frame.ts";
import { Link, type LinkOptions, type LinkOwner } from "./link.ts";
import type { Address, Outcome, OutgoingCall } from "./wire.ts";

/**
 * One link to one endpoint, seen from the calling side, and every call that is waiting on it.
 *
 * What it promises: each call ends exactly once — by its answer, its deadline, its signal, or the end of the link —
 * and nothing that arrives later can end it again, because by then its id is forgotten. Calls made while the link is
 * still being set up wait in place and leave together when it opens; they are the ones that may say `unsent` when it
 * does not.
 *
 * States: connecting → open → leaving → closed, and from each of them directly to closed.
 */

/** Frames that the other side has not taken yet, above which calls are turned away. Smaller refuses honest bursts. */
const highWaterBytes = 4 * 1024 * 1024;

type Failure = Extract<Outcome, { ok: false }>;

/** What a line tells the endpoint it belongs to. */
export interface LineOwner {
  readonly address: Address;
  readonly to: string;
  readonly options: LinkOptions;
  /** The other side answered, whatever the answer. */
  answered(): void;
  /** A call ran out of time without an answer. */
  expired(): void;
  /** A call ended for reasons of the caller. */
  abandoned(): void;
  /** The other side wants no more calls here. */
  goingAway(line: Line): void;
  /** Once. `reason` is null when it ended as planned. */
  lost(line: Line, reason: SeamlineError | null): void;
}

export class Line implements LinkOwner {
  readonly #owner: LineOwner;
  readonly #link: Link;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;
  #state: "connecting" | "open" | "leaving" | "closed" = "connecting";

  constructor(owner: LineOwner) {
    this.#owner = owner;
    this.#link = new Link(connectTo(owner.address), "client", owner.options, this);
  }

  get open(): boolean {
    return this.#state === "open";
  }

  get inFlight(): number {
    return this.#pending.size;
  }

  start(call: OutgoingCall, resolve: (outcome: Outcome) => void): void {
    const pending = new Pending(this, this.#nextId++, call, resolve);
    this.#pending.set(pending.id, pending);
    if (call.deadline !== Infinity || call.owner !== null) deadlines.add(pending);
    call.signal?.addEventListener("abort", pending);
    if (this.#state === "open") this.#send(pending);
  }

  /** Takes no more calls, and ends when those in hand have. */
  leave(): void {
    if (this.#state === "closed") return;
    this.#state = "leaving";
    for (const pending of this.#pending.values())
      if (!pending.sent) this.#settle(pending, failed("unavailable", `${this.#owner.to} has moved away`, true));
    if (this.#pending.size === 0) this.#link.end();
  }

  end(): void {
    this.#link.end();
  }

  opened(): void {
    if (this.#state !== "connecting") return;
    this.#state = "open";
    for (const pending of this.#pending.values()) this.#send(pending);
  }

  frame(link: Link, frame: Frame): void {
    switch (frame[0]) {
      case kinds.reply: {
        const pending = this.#answered(frame);
        if (pending !== undefined) this.#settle(pending, { ok: true, value: frame[2] });
        return;
      }
      case kinds.failure: {
        const failure = failureOf(frame);
        const pending = this.#answered(frame);
        if (pending !== undefined) this.#settle(pending, failure);
        return;
      }
      case kinds.goingAway:
        link.send(`[${kinds.goingAway}]`);
        return this.#owner.goingAway(this);
      default:
        throw protocolError("a frame of a kind that a client does not take");
    }
  }

  /** The call that this frame answers; none when it has ended before. */
  #answered(frame: Frame): Pending | undefined {
    if (typeof frame[1] !== "number") throw protocolError("an answer without an id");
    this.#owner.answered();
    return this.#pending.get(frame[1]);
  }

  closed(_: Link, reason: SeamlineError | null): void {
    this.#state = "closed";
    const why = `${this.#owner.to} at ${this.#owner.address}: ${reason?.message ?? "the link was closed"}`;
    for (const pending of this.#pending.values()) this.#settle(pending, failed("unavailable", why, !pending.sent));
    this.#owner.lost(this, reason);
  }

  expire(pending: Pending): void {
    const { id, sent, call } = pending;
    if (sent) {
      this.#link.send(`[${kinds.cancel},${id}]`);
      this.#owner.expired();
    } else this.#owner.abandoned();
    const what = sent ? "did not answer" : "could not be connected to";
    this.#settle(pending, failed("deadline_exceeded", `${call.operation}: ${this.#owner.to} ${what} in time`, !sent));
  }

  abort(pending: Pending): void {
    if (!this.#pending.has(pending.id)) return;
    if (pending.sent) this.#link.send(`[${kinds.cancel},${pending.id}]`);
    this.#abandon(pending, "cancelled", `${pending.call.operation}: the caller gave up`);
  }

  #abandon(pending: Pending, code: "cancelled" | "invalid" | "overloaded", message: string): void {
    this.#owner.abandoned();
    this.#settle(pending, failed(code, message, !pending.sent));
  }

  #settle(pending: Pending, outcome: Outcome): void {
    this.#pending.delete(pending.id);
    deadlines.remove(pending);
    pending.call.signal?.removeEventListener("abort", pending);
    pending.resolve(outcome);
    if (this.#state === "leaving" && this.#pending.size === 0) this.#link.end();
  }

  #send(pending: Pending): void {
    const { call } = pending;
    const { to, options } = this.#owner;
    if (this.#link.queuedBytes > highWaterBytes)
      return this.#abandon(pending, "overloaded", `${to} does not take its calls fast enough`);
    const budgetMs = call.deadline === Infinity ? 0 : Math.max(1, Math.ceil(call.deadline - deadlines.nowMs()));
    const { from, traceparent, identity, key } = call.meta;
    const { input } = call;
    const text =
      `[${kinds.call},${pending.id},${quote(call.operation)},${budgetMs},${quote(from)},${JSON.stringify(traceparent)},` +
      `${identity === "" ? '""' : JSON.stringify(identity)},${key === "" ? '""' : JSON.stringify(key)}${input === "" ? "]" : ","}`;
    if ((text.length + input.length) * 3 > options.maxFrameBytes && this.#tooLarge(pending, text)) return;
    pending.sent = true;
    this.#link.send(text, input);
  }

  #tooLarge(pending: Pending, text: string): boolean {
    const { maxFrameBytes } = this.#owner.options;
    const bytes = Buffer.byteLength(text) + Buffer.byteLength(pending.call.input) + 1;
    if (bytes <= maxFrameBytes) return false;
    const what = `${pending.call.operation}: its input makes a frame of ${bytes} bytes, and the limit is ${maxFrameBytes}`;
    this.#abandon(pending, "invalid", `${what}; send less at a time, in pages`);
    return true;
  }
}

/** A call that has not ended. It is its own entry in the deadline queue and its own listener: no closures, no timers. */
class Pending implements Expiring, EventListenerObject {
  readonly id: number;
  readonly call: OutgoingCall;
  readonly resolve: (outcome: Outcome) => void;
  readonly #line: Line;
  readonly deadline: number;
  slot = -1;
  readonly owner: object | null;
  /** Whether its frame may have reached the other side. */
  sent = false;

  constructor(line: Line, id: number, call: OutgoingCall, resolve: (outcome: Outcome) => void) {
    this.#line = line;
    this.id = id;
    this.call = call;
    this.resolve = resolve;
    this.deadline = call.deadline;
    this.owner = call.owner;
  }

  expire(): void {
    this.#line.expire(this);
  }

  abandon(): void {
    this.#line.abort(this);
  }

  handleEvent(): void {
    this.#line.abort(this);
  }
}

export function failed(code: Failure["code"], message: string, unsent: boolean): Failure {
  return { ok: false, origin: "transport", code, message, data: undefined, traceId: "", unsent };
}

function failureOf(frame: Frame): Failure {
  const [, , origin, code, message, traceId, data] = frame;
  if (
    (origin !== "contract" && origin !== "transport") ||
    typeof code !== "string" ||
    typeof message !== "string" ||
    typeof traceId !== "string"
  )
    throw protocolError("a failure with wrong fields");
  return { ok: false, origin, code, message, data, traceId, unsent: false };
}

/** Names of operations and modules are few and come with every call. */
const quoted = new Map<string, string>();
function quote(name: string): string {
  let text = quoted.get(name);
  if (text === undefined) {
    text = JSON.stringify(name);
    if (quoted.size < 10_000) quoted.set(name, text);
  }
  return text;
}
