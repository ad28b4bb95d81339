import { monotonicMs } from "../contract/deadline.ts";
import { SeamlineError } from "../contract/errors.ts";
import type { EventRecord, RelayOptions } from "./data.ts";
import { messageOf } from "./failure.ts";
import type { Holder } from "./holder.ts";
import { after, claimLanes, giveBack, leaseMs, putOff, removeDelivered, type Lane, type Trouble } from "./lanes.ts";
import type { Line } from "./line.ts";

/**
 * One subscriber's deliveries by one relay: several lanes at once, each lane one event after the other. While the
 * subscriber is away, one lane at a time is tried, with growing pauses, so that a long queue does not knock on a closed
 * door once for each key.
 */

/** Lanes of one subscriber delivered at once. More takes places in the subscriber's bulkhead from its callers. */
const lanesAtOnce = 8;
const backoffMs = { first: 100, last: 5000 };
/** Attempts that the subscriber answered with a failure before an event is given up and its lane goes on. */
const maxAttempts = 20;
/** An event whose subscriber is away is kept trying for so long: an outage must not cost events, a poisonous event that kills its subscriber must end some day. */
const patienceMs = 24 * 3_600_000;

/** A lane being delivered. */
interface Run {
  readonly head: number;
  /** On `monotonicMs()`: from then on another relay may have the lane. */
  leaseUntil: number;
}

export class Courier {
  readonly runs = new Set<Run>();
  readonly #name: string;
  readonly #holder: Holder;
  readonly #relay: string;
  readonly #line: Line;
  readonly #options: RelayOptions;
  readonly #timers = new Set<NodeJS.Timeout>();
  #cursor = "";
  #claiming = false;
  #again = false;
  #failures = 0;
  #pausedUntil = 0;
  #stopping = false;
  #idle: (() => void) | null = null;

  /** @param relay what its claims are called */
  constructor(name: string, holder: Holder, relay: string, line: Line, options: RelayOptions) {
    this.#name = name;
    this.#holder = holder;
    this.#relay = relay;
    this.#line = line;
    this.#options = options;
  }

  /** There may be something to deliver. */
  wake(): void {
    this.#again = true;
    if (!this.#claiming) void this.#claim();
  }

  /** Takes nothing more; resolves when deliveries under way have ended. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const timer of this.#timers) clearTimeout(timer);
    if (this.#claiming || this.runs.size > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
  }

  async #claim(): Promise<void> {
    this.#claiming = true;
    try {
      while (this.#again && this.#room() > 0) {
        this.#again = false;
        await this.#claimOnce(this.#room());
      }
    } catch {
      // The line is down; it wakes everybody when it is up again.
    }
    this.#claiming = false;
    this.#checkIdle();
  }

  #room(): number {
    if (this.#stopping || monotonicMs() < this.#pausedUntil) return 0;
    return (this.#failures > 0 ? 1 : lanesAtOnce) - this.runs.size;
  }

  async #claimOnce(limit: number): Promise<void> {
    const leaseUntil = monotonicMs() + leaseMs;
    const heads = [...this.runs].map((run) => run.head);
    const lanes = await claimLanes(this.#line, this.#holder, this.#relay, this.#name, this.#cursor, limit, heads);
    for (const lane of lanes) void this.#run(lane, { head: lane.events[0]!.position, leaseUntil });
    // Going on after the last key, and from the first one when the end is reached, gives every key its turn.
    if (lanes.length < limit && this.#cursor !== "") this.#again = true;
    this.#cursor = lanes.length < limit ? "" : after(lanes.at(-1)!.key);
  }

  /** Never rejects. */
  async #run(lane: Lane, run: Run): Promise<void> {
    this.runs.add(run);
    const delivered: number[] = [];
    let trouble: Trouble | null = null;
    for (const event of lane.events) {
      if (this.#stopping || monotonicMs() >= run.leaseUntil) break;
      try {
        await this.#options.deliver(this.#name, toRecord(event));
        delivered.push(event.position);
        this.#failures = 0;
      } catch (error) {
        trouble = this.#troubleOf(event, error);
        break;
      }
    }
    await this.#settle(run, delivered, trouble);
    this.runs.delete(run);
    this.wake();
    this.#checkIdle();
  }

  #troubleOf(event: Lane["events"][number], error: unknown): Trouble {
    const attempts = event.attempts + 1;
    const away = isAway(error);
    const dead = attempts >= maxAttempts && (!away || Date.now() - Date.parse(event.at) > patienceMs);
    const retryMs = backoff(attempts);
    if (away) {
      this.#failures += 1;
      this.#pausedUntil = monotonicMs() + backoff(this.#failures);
      this.#wakeIn(this.#pausedUntil - monotonicMs());
    }
    this.#wakeIn(retryMs);
    this.#tell(event, attempts, dead, error);
    return { event, attempts, dead, retryMs, message: messageOf(error).slice(0, 2000) };
  }

  #tell(event: Lane["events"][number], attempts: number, dead: boolean, error: unknown): void {
    try {
      this.#options.failed?.(this.#name, toRecord(event), attempts, dead, error);
    } catch {
      // A listener's failure is not the event's.
    }
  }

  /** Writes down what happened. Tried as long as the lease lasts; after that the events are delivered once more. */
  async #settle(run: Run, delivered: readonly number[], trouble: Trouble | null): Promise<void> {
    while (monotonicMs() < run.leaseUntil && !this.#line.closed) {
      try {
        if (trouble !== null) await putOff(this.#line, delivered, trouble);
        else if (delivered.length > 0) await removeDelivered(this.#line, delivered);
        else await giveBack(this.#line, this.#relay, run.head);
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, backoffMs.first));
      }
    }
  }

  #wakeIn(ms: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.wake();
    }, ms + 1);
    this.#timers.add(timer);
  }

  #checkIdle(): void {
    if (!this.#claiming && this.runs.size === 0) this.#idle?.();
  }
}

/** Whether the subscriber (or its database) was not there, as opposed to failing at this event. */
function isAway(error: unknown): boolean {
  const code = error instanceof SeamlineError ? error.code : "";
  return code === "unavailable" || code === "deadline_exceeded" || code === "overloaded" || code === "cancelled";
}

function backoff(attempts: number): number {
  return Math.min(backoffMs.first * 2 ** (attempts - 1), backoffMs.last) * (0.5 + Math.random() / 2);
}

function toRecord({ id, event, key, payload, at, traceparent }: EventRecord): EventRecord {
  return { id, event, key, payload, at, traceparent };
}
