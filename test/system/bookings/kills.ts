import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { becomes, insist, left, nightsFrom, until, type Ask, type House } from "../../../apps/stay/bookings/testing.ts";
import type { Dates } from "../../../apps/stay/dates.ts";
import { Random } from "../../../apps/shared/seed/random.ts";
import { until as untilBack } from "../../suites/deployed.ts";
import { stopAt } from "../../suites/stops.ts";
import { hold } from "./rush.ts";
import type { Street } from "./street.ts";

/**
 * Everything that may die at every moment of a booking. A moment is a step of a saga, before it is begun or after its
 * effect but before its outcome is remembered, which is the worst one to die in.
 */

/** What somebody does, the saga that does the rest, and its steps in their order. */
const ways = {
  pays: {
    saga: "booking",
    steps: [
      "terms",
      "paid",
      "keep",
      "authorize",
      "authorized",
      "noteAuthorized",
      "confirm",
      "noteNights",
      "capture",
      "captured",
      "confirmed",
    ],
  },
  isDeclined: { saga: "booking", steps: ["undo:authorize", "undo:keep"] },
  cancels: { saga: "cancellation", steps: ["release", "refund", "refunded", "noteRefund"] },
} as const;

/** A process or a database server, named by a module it works for; the provider is a program. */
const victims = [
  "process of bookings",
  "process of availability",
  "process of payments",
  "server of bookings",
  "server of availability",
  "server of payments",
  "provider",
] as const;

export interface Kill {
  readonly way: keyof typeof ways;
  readonly step: string;
  readonly phase: "before" | "after";
  readonly victim: (typeof victims)[number];
}

/**
 * Every kill that is another one in this deployment, by victim and in an order that follows from the seed: where modules
 * share a process, it dies only once.
 */
export function killsOf({ up }: Street, seed: string): Kill[][] {
  const distinct = new Map(victims.toReversed().map((victim) => [target(up, victim).name, victim]));
  return [...distinct.values()].map((victim) => {
    const random = new Random(`${seed} ${victim}`);
    const moments = Object.entries(ways).flatMap(([way, { steps }]) =>
      steps.flatMap((step) =>
        (["before", "after"] as const).map((phase) => ({ way: way as Kill["way"], step, phase })),
      ),
    );
    const drawn = moments.map((moment) => ({ kill: { ...moment, victim }, at: random.unit() }));
    return drawn.toSorted((a, b) => a.at - b.at).map(({ kill }) => kill);
  });
}

export function nameOf({ way, step, phase, victim }: Kill): string {
  return `a guest ${way === "isDeclined" ? "is declined" : way}; the ${victim} dies ${phase} "${step}"`;
}

/**
 * Brings a booking to the step, kills, lets it go on, and sees that it ends as it would have.
 *
 * @returns how long that took from when what was killed is back, in ms
 */
export async function survives(street: Street, house: House, nightInDays: number, kill: Kill): Promise<number> {
  const { up } = street;
  const guest = street.somebody();
  const ask: Ask = () => street.as(guest);
  const dates = nightsFrom(new Date(), nightInDays, 1);
  const before = await left(ask, house, dates);
  const store = up.deployment.stores()["bookings"]!;
  const { saga } = ways[kill.way];
  const early = kill.way === "cancels" ? await paying(ask, house, dates, kill) : null;
  if (early !== null) await becomes(ask, early, "confirmed");
  await using stop = await stopAt(store, saga, kill.step, kill.phase);
  const id = early ?? (await paying(ask, house, dates, kill));
  if (early !== null) await insist((options) => ask().bookings.cancel({ id }, options));
  await until(`booking ${id} stops ${kill.phase} ${kill.step}`, async () => (await stop.reached()).includes(id));

  const { pid, isBack } = target(up, kill.victim);
  process.kill(pid, "SIGKILL");
  await patiently(() => stop.remove());
  await untilBack(`the ${kill.victim} is back`, isBack);
  const since = performance.now();
  await ends(ask, kill, id);
  const took = performance.now() - since;
  const taken = kill.way === "pays" ? 1 : 0;
  assert.deepEqual(await patiently(() => left(ask, house, dates)), [before[0]! - taken]);
  return took;
}

async function paying(ask: Ask, house: House, dates: Dates, { way }: Kill): Promise<string> {
  const id = (await hold(ask, house, dates))!;
  await insist((options) =>
    ask().bookings.pay({ id, card: way === "isDeclined" ? "card-declined" : "card-ok" }, options),
  );
  return id;
}

/** Waits for the end, and looks at the money. */
async function ends(ask: Ask, { way }: Kill, id: string): Promise<void> {
  const booking = await until(`booking ${id} comes to its end`, async () => {
    const found = await ask().bookings.get({ id });
    const isOver = way === "cancels" ? found.refund!.state === "done" : found.state !== "paying";
    return isOver && found;
  });
  const payment = await until("the payment is known", () => ask().payments.status({ payment: id }));
  assert.deepEqual(
    [booking.state, booking.failure, payment.state, payment.refunded],
    {
      pays: ["confirmed", null, "captured", 0],
      isDeclined: ["failed", "declined", "declined", 0],
      cancels: ["cancelled", null, "captured", booking.quote.total],
    }[way],
  );
  const steps = booking.timeline.map(({ step }) => step);
  assert.deepEqual(steps, [...new Set(steps)], "nothing happened twice");
}

interface Target {
  readonly name: string;
  readonly pid: number;
  isBack(): boolean;
}

function target(up: Street["up"], victim: Kill["victim"]): Target {
  const [kind, module = ""] = victim.split(" of ");
  const find = () =>
    kind === "server"
      ? up.deployment.databases().find(({ modules }) => modules.includes(module))
      : up.deployment
          .processes()
          .find(({ id, modules }) => (kind === "provider" ? id === "payment-provider#0" : modules.includes(module)));
  const found = find();
  assert.ok(found?.pid, `there is no ${victim}`);
  const { pid } = found;
  return {
    name: `${kind === "server" ? "server" : "process"} ${pid}`,
    pid,
    isBack: () => find()?.state === "ready" && find()?.pid !== pid,
  };
}

/** Again and again until it succeeds: for what needs a database that has just been killed. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (const end = performance.now() + 30_000; ; await sleep(20)) {
    try {
      return await work();
    } catch (error) {
      if (performance.now() > end) throw error;
    }
  }
}
