import { deadlines } from "../contract/deadline.ts";
import type { SeamlineError } from "../contract/errors.ts";
import { checkAddress } from "./address.ts";
import { Breaker } from "./breaker.ts";
import { Line, type LineOwner } from "./line.ts";
import type { LinkOptions } from "./link.ts";
import type { Address, Destination, Outcome, OutgoingCall } from "./wire.ts";

/**
 * One replica of a destination: its line, made when a call needs one, and what is known about its health.
 *
 * Two guards with different jobs. The back-off spaces attempts to connect, so that a dead process is not met by a storm
 * of them. The breaker (guarded only) watches calls too, so that a process which accepts links but answers nothing is
 * left alone. Both forget everything when the endpoint is announced again: a new process must not pay for the old one.
 */

const firstBackoffMs = 20;
/** Longer leaves a process that came back waiting; shorter wastes connects on one that did not. */
const longestBackoffMs = 1000;

export class Endpoint implements LineOwner {
  readonly address: Address;
  readonly to: string;
  readonly options: LinkOptions;
  /** Why the last line was lost; "" while all is well. */
  trouble = "";
  readonly #breaker: Breaker | null;
  readonly #warn: (message: string, data: object) => void;
  #line: Line | null = null;
  /** Lines that take no more calls, until those in hand have ended. */
  readonly #leaving = new Set<Line>();
  #backoffMs = 0;
  #notBeforeMs = 0;
  /** Its process wants no more calls; until it is announced again, or has gone and perhaps come back. */
  #away = false;

  /** @throws SeamlineError usage */
  constructor(
    address: Address,
    to: string,
    guarded: boolean,
    options: LinkOptions,
    warn: (message: string, data: object) => void,
  ) {
    checkAddress(address);
    this.address = address;
    this.to = to;
    this.options = options;
    this.#breaker = guarded ? new Breaker() : null;
    this.#warn = warn;
  }

  get inFlight(): number {
    return this.#line?.inFlight ?? 0;
  }

  /** Whether it holds no link. */
  get idle(): boolean {
    return this.#line === null && this.#leaving.size === 0;
  }

  usable(nowMs: number): boolean {
    if (this.#line === null && (this.#away || nowMs < this.#notBeforeMs)) return false;
    return this.#breaker === null || this.#breaker.allows(nowMs);
  }

  start(call: OutgoingCall, resolve: (outcome: Outcome) => void): void {
    this.#breaker?.begin();
    this.#line ??= new Line(this);
    this.#line.start(call, resolve);
  }

  /** Announced again: whatever was known about it is of the past. */
  renew(): void {
    this.#breaker?.reset();
    this.#backoffMs = this.#notBeforeMs = 0;
    this.#away = false;
    this.trouble = "";
  }

  status(): ReturnType<Destination["status"]>[number] {
    const link = this.#line === null ? "down" : this.#line.open ? "open" : "connecting";
    const breaker = this.#breaker?.stateAt(deadlines.nowMs()) ?? "closed";
    return { address: this.address, link, inFlight: this.inFlight, breaker };
  }

  /** Takes no more calls; those in hand are finished. */
  leave(): void {
    const line = this.#line;
    if (line === null) return;
    this.#line = null;
    this.#leaving.add(line);
    line.leave();
  }

  end(): void {
    this.#line?.end();
    for (const line of this.#leaving) line.end();
  }

  answered(): void {
    this.#breaker?.succeed();
  }

  expired(): void {
    this.#fail();
  }

  abandoned(): void {
    this.#breaker?.ignore();
  }

  goingAway(line: Line): void {
    if (line !== this.#line) return;
    this.#away = true;
    this.trouble = "it is going away";
    this.leave();
  }

  lost(line: Line, reason: SeamlineError | null): void {
    if (line === this.#line) this.#line = null;
    if (this.#leaving.delete(line) && this.#leaving.size === 0) this.#away = false;
    if (reason === null) return;
    this.trouble = reason.message;
    if (reason.code !== "unavailable")
      this.#warn(`a link to ${this.to} was ended: ${reason.message}`, { code: reason.code, address: this.address });
    this.#backoffMs = Math.min(Math.max(this.#backoffMs * 2, firstBackoffMs), longestBackoffMs);
    this.#notBeforeMs = deadlines.nowMs() + this.#backoffMs * (0.75 + Math.random() * 0.5);
    this.#fail();
  }

  #fail(): void {
    this.#breaker?.fail(deadlines.nowMs(), Math.random());
  }
}
