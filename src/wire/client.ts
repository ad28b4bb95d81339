import { deadlines } from "../contract/deadline.ts";
import { Endpoint } from "./endpoint.ts";
import { defaultMaxFrameBytes } from "./frame.ts";
import { failed } from "./line.ts";
import type { LinkOptions } from "./link.ts";
import type { Address, Destination, DestinationOptions, Outcome, OutgoingCall } from "./wire.ts";

/**
 * The calling side: one destination, any number of endpoints.
 *
 * A call takes the less busy of two endpoints chosen at random ("the power of two choices", Mitzenmacher 2001), which
 * keeps load nearly as even as asking all of them, without every caller running to the same idle one. A replica that
 * has become slow holds its calls longer and is therefore chosen less. Nothing is retried here: whether a call may be
 * sent twice is known to the contract, not to the wire.
 */
export function createDestination(options: DestinationOptions): Destination {
  return new TheDestination(options);
}

class TheDestination implements Destination {
  readonly #options: DestinationOptions;
  readonly #linkOptions: LinkOptions;
  readonly #warn: (message: string, data: object) => void;
  #endpoints: Endpoint[] = [];
  /** No longer announced, but still finishing calls. */
  #former: Endpoint[] = [];
  #closed = false;

  constructor(options: DestinationOptions) {
    this.#options = options;
    this.#linkOptions = { ...options, maxFrameBytes: options.maxFrameBytes ?? defaultMaxFrameBytes };
    this.#warn = (message, data) => options.warn?.(message, data);
  }

  endpoints(addresses: readonly Address[]): void {
    if (this.#closed) return;
    const before = new Map(this.#endpoints.map((endpoint) => [endpoint.address, endpoint]));
    const now = [...new Set(addresses)].map((address) => before.get(address) ?? this.#newEndpoint(address));
    for (const endpoint of now) endpoint.renew();
    const former = this.#endpoints.filter((endpoint) => !now.includes(endpoint));
    for (const endpoint of former) endpoint.leave();
    this.#former = [...this.#former, ...former].filter((endpoint) => !endpoint.idle);
    this.#endpoints = now;
  }

  #newEndpoint(address: Address): Endpoint {
    const { to, guards } = this.#options;
    return new Endpoint(address, to, guards === "guarded", this.#linkOptions, this.#warn);
  }

  call(call: OutgoingCall): Promise<Outcome> {
    const nowMs = deadlines.nowMs();
    if (call.signal?.aborted === true)
      return Promise.resolve(failed("cancelled", `${call.operation}: the caller gave up`, true));
    if (call.deadline <= nowMs)
      return Promise.resolve(failed("deadline_exceeded", `${call.operation}: no time was left to send it`, true));
    const endpoint = this.#choose(nowMs);
    if (endpoint === null) return Promise.resolve(failed("unavailable", this.#whyNone(), true));
    const promise = new Promise<Outcome>(keepResolve);
    endpoint.start(call, kept);
    return promise;
  }

  #choose(nowMs: number): Endpoint | null {
    const one = this.#usableFrom(nowMs);
    if (one === null || this.#endpoints.length === 1) return one;
    const other = this.#usableFrom(nowMs)!;
    return other.inFlight < one.inFlight ? other : one;
  }

  /** The first usable endpoint from a random one on. */
  #usableFrom(nowMs: number): Endpoint | null {
    const endpoints = this.#endpoints;
    const count = endpoints.length;
    const start = count > 1 ? Math.floor(Math.random() * count) : 0;
    for (let step = 0; step < count; step++) {
      const endpoint = endpoints[(start + step) % count]!;
      if (endpoint.usable(nowMs)) return endpoint;
    }
    return null;
  }

  #whyNone(): string {
    const { to } = this.#options;
    if (this.#closed) return `${to} is not called any more: this side is closing`;
    const troubles = this.#endpoints.map(({ address, trouble }) => `${address}: ${trouble || "does not answer"}`);
    return `${to} has no ready endpoint${troubles.length === 0 ? "" : ` (${troubles.join("; ")})`}`;
  }

  status(): ReturnType<Destination["status"]> {
    return this.#endpoints.map((endpoint) => endpoint.status());
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const endpoints = [...this.#endpoints, ...this.#former];
    this.#endpoints = this.#former = [];
    for (const endpoint of endpoints) endpoint.end();
  }
}

/** One executor for all promises: it leaves `resolve` here, for the line after the `new`. Saves a closure per call. */
let kept: (outcome: Outcome) => void;
function keepResolve(resolve: (outcome: Outcome) => void): void {
  kept = resolve;
}
