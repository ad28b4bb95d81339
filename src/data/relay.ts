import { monotonicMs } from "../contract/deadline.ts";
import { within } from "./bound.ts";
import { Courier } from "./courier.ts";
import type { OpenOptions, Relay, RelayOptions } from "./data.ts";
import type { Holder } from "./holder.ts";
import { hasWork, leaseMs, renewLeases, tellOthers } from "./lanes.ts";
import type { Line } from "./line.ts";
import { keepMs, sweep } from "./sweep.ts";

/**
 * Delivers a module's outbox until stopped.
 *
 * It promises: every committed event reaches every subscriber at least once (with `consume` on the other side: one
 * effect), in order of commit for each key; at most one delivery per (subscriber, key) at a time among all relays of the
 * module; a subscriber that is away delays no other; events of a relay that was killed go on when its process is back,
 * or after its lease. How: a courier per subscriber (courier.ts) claims lanes by lease (lanes.ts), never holding a
 * transaction while it delivers.
 * Relays wake on a notification, sent with each commit and by another one that stops; a look every second is the safety net.
 * It leaves to others: how an event travels (`deliver`), and that deliveries end in reasonable time.
 */

/** The safety net for lost notifications, also the interval of renewing leases; one cheap statement. */
const lookMs = 1000;
const sweepMs = 60_000;

export class OutboxRelay implements Relay {
  readonly #id: string;
  readonly #line: Line;
  readonly #deafen: () => void;
  readonly #couriers = new Map<string, Courier>();
  readonly #warn: OpenOptions["warn"];
  readonly #timer: NodeJS.Timeout;
  #looking = false;
  #sweepAt = monotonicMs() + Math.random() * sweepMs;
  #stopped: Promise<void> | null = null;

  constructor(open: OpenOptions, holder: Holder, line: Line, options: RelayOptions) {
    this.#warn = open.warn;
    this.#id = holder.next();
    this.#line = line;
    for (const name of new Set(subscribersOf(open)))
      this.#couriers.set(name, new Courier(name, holder, this.#id, line, options));
    this.#deafen = line.hear({
      up: () => this.#wakeAll(),
      notified: (subscriber) => this.#couriers.get(subscriber)?.wake(),
    });
    this.#timer = setInterval(() => void this.#look(), lookMs);
  }

  stop(deadline = Infinity): Promise<void> {
    return (this.#stopped ??= this.#stop(Math.min(deadline, monotonicMs() + leaseMs)));
  }

  /** What it has not begun, others are told of; where the line is down, they look by themselves. */
  async #stop(deadline: number): Promise<void> {
    const bound = { deadline, signal: null };
    const ended = Promise.all([...this.#couriers.values()].map((courier) => courier.stop()));
    // Leases are renewed meanwhile; a delivery that takes longer than one is left to whoever claims it next.
    await within(bound, "waiting for deliveries under way", ended).catch((error: unknown) =>
      this.#warn("a delivery was still under way when its relay was stopped", error),
    );
    clearInterval(this.#timer);
    this.#deafen();
    const told = tellOthers(this.#line, [...this.#couriers.keys()]);
    await within(bound, "telling other relays", told).catch(() => {});
  }

  #wakeAll(): void {
    for (const courier of this.#couriers.values()) courier.wake();
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      await this.#renew();
      if (this.#stopped !== null) return;
      if (await hasWork(this.#line)) this.#wakeAll();
      if (monotonicMs() >= this.#sweepAt && !(await sweep(this.#line, keepMs))) this.#sweepAt = monotonicMs() + sweepMs;
    } catch {
      // The line is down; it says so itself, and wakes all when it is up again.
    } finally {
      this.#looking = false;
    }
  }

  async #renew(): Promise<void> {
    const runs = [...this.#couriers.values()].flatMap((courier) => [...courier.runs]);
    if (runs.length === 0) return;
    const until = monotonicMs() + leaseMs;
    const heads = runs.map((run) => run.head);
    await renewLeases(this.#line, this.#id, heads);
    for (const run of runs) run.leaseUntil = until;
  }
}

function subscribersOf(open: OpenOptions): string[] {
  return Object.entries(open.subscribers)
    .filter(([event]) => event.startsWith(`${open.module}.`))
    .flatMap(([, names]) => names);
}
