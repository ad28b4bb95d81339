import assert from "node:assert/strict";
import { randomUUIDv7 } from "node:crypto";
import { after, before, describe, test } from "node:test";
import type { Client } from "seamline";
import { patiently } from "../../apps/shared/testing.ts";
import stay from "../../apps/stay/app.ts";
import type { payments } from "../../apps/stay/payments/contract.ts";
import { httpProvider } from "../../apps/stay/payments/provider.ts";
import { authorize, captured, reaches, refunded, setFaults, type Ask } from "../../apps/stay/payments/testing.ts";
import type { Charge } from "../../apps/stay/provider/contract.ts";
import { programSecret } from "../../src/kernel/programs.ts";
import { topology } from "../../src/topology/topology.ts";
import { bringUp, until, type Deployed } from "../suites/deployed.ts";
import { askStore, stopAt } from "../suites/stops.ts";
import { long } from "../suites/long.ts";

/**
 * Payments and the payment provider, killed: whatever dies at whatever step, money is moved once, and our books are the
 * provider's. A selection runs with every test run, everything with SEAMLINE_LONG=1.
 */

const victims = ["payments#0", "payment-provider#0"] as const;
const steps = ["send", "noteUnknown", "findOut", "book"] as const;
const phases = ["before", "after"] as const;
const cases = victims.flatMap((victim) => steps.flatMap((step) => phases.map((phase) => ({ victim, step, phase }))));
/** Where the outcome is hardest to tell: asked and not remembered, booked and not remembered. */
const chosen = cases.filter(
  ({ victim, step, phase }) =>
    long || (phase === "after" && (step === "send" || (step === "book" && victim === "payments#0"))),
);

describe("payments under kills", () => {
  let deployed: Deployed;
  let context: Awaited<ReturnType<Deployed["asks"]>>;
  const ask: Ask = () => context()["payments"] as Client<typeof payments>;
  const rows = (text: string) => askStore(deployed.deployment.stores()["payments"]!, text);
  const provider = () => deployed.url("payment-provider");

  before(async () => {
    const rest = [...Object.keys(stay.modules), ...Object.keys(stay.pages)].filter((name) => name !== "payments");
    deployed = await bringUp({
      app: stay,
      appUrl: import.meta.resolve("../../apps/stay/app.ts"),
      topology: topology({
        processes: { payments: { modules: ["payments"], port: 0 }, rest: { modules: rest, port: 0 } },
      }),
    });
    context = await deployed.asks(stay);
  });
  after(() => deployed?.stop());

  /** What the provider has, told by itself. */
  async function charges(): Promise<Charge[]> {
    const secret = programSecret(Buffer.from(deployed.keys.secret, "hex"), "payment-provider");
    const all: Charge[] = [];
    let next: string | null = null;
    do {
      const page = await httpProvider({ url: provider(), secret }).charges(next, AbortSignal.timeout(5000));
      all.push(...page.charges);
      ({ next } = page);
    } while (next !== null);
    return all;
  }

  /** What must be true of all payments once nothing is on its way. */
  async function booksAgree(): Promise<void> {
    assert.deepEqual(await rows("select key from requests where done_at is null"), []);
    const theirs = new Map((await charges()).map((charge) => [charge.payment, charge]));
    const ours = await rows(`select id, state, amount, refunded, refund_asked,
      coalesce((select sum(e.amount) from entries e where e.payment = p.id and account = 'provider'), 0)::int as held
      from payments p`);
    assert.equal(theirs.size, ours.length);
    for (const { id, state, amount, refunded, refund_asked, held } of ours) {
      const charge = theirs.get(id)!;
      const taken = state === "captured" ? amount : 0;
      assert.deepEqual([charge.state, charge.captured, charge.refunded], [state, taken, refund_asked], id);
      assert.deepEqual([refunded, held], [refund_asked, taken - refund_asked], id);
    }
  }

  for (const { victim, step, phase } of chosen)
    test(`${victim} is killed ${phase} "${step}": every request ends as it should, once`, async () => {
      // The first answer to each request for this card never comes, so that all the steps are taken.
      const card = "card-silent";
      const authorized = async (): Promise<string> => {
        const payment = await authorize(ask, { card });
        await reaches(ask, payment, "authorized");
        return payment;
      };
      const [toCapture, toVoid, taken] = await Promise.all([authorized(), authorized(), captured(ask, { card })]);

      await using stop = await stopAt(deployed.deployment.stores()["payments"]!, "request", step, phase);
      const fresh = await authorize(ask, { card });
      await ask().capture({ payment: toCapture });
      await ask().void({ payment: toVoid });
      await ask().refund({ payment: taken, refund: randomUUIDv7(), amount: 4000 });
      await until(`four requests stand ${phase} "${step}"`, async () => (await stop.reached()).length === 4);
      const killed = deployed.kill(victim);
      await stop.remove();
      await deployed.isBack(victim, killed);

      await reaches(ask, fresh, "authorized");
      await reaches(ask, toCapture, "captured");
      await reaches(ask, toVoid, "voided");
      await refunded(ask, taken, 4000);
      await booksAgree();
    });

  const many = long ? 200 : 40;
  test(`${many} payments at 20 at a time, everything going wrong at the provider, which is killed twice: books agree`, async () => {
    await setFaults(provider(), {
      ...{ decline: 0.1, timeoutAfterCharge: 0.15, errorBeforeCharge: 0.15, slowMs: 5 },
      webhooks: { duplicate: 0.3, lateMs: 200, shuffle: true, lose: 0.3 },
    });
    let left = many;
    let ended = 0;
    const work = async (): Promise<void> => {
      while (left-- > 0) {
        await live(left);
        ended++;
      }
    };
    const working = Promise.all(Array.from({ length: 20 }, work));
    const killing = (async () => {
      for (const share of [1 / 4, 1 / 2]) {
        await until("some have ended", () => ended >= many * share);
        await deployed.isBack("payment-provider#0", deployed.kill("payment-provider#0"));
      }
    })();
    await Promise.all([working, killing]);
    await setFaults(provider(), {});
    await until(
      "nothing is on its way",
      async () => (await rows("select from requests where done_at is null")).length === 0,
    );
    await booksAgree();
  });

  /** One payment's life: declined; let go of; or captured, and given back in part, in two parts, or not at all. */
  async function live(number: number): Promise<void> {
    const payment = await authorize(ask, { amount: 1000 + number, fee: number });
    const { state } = await reaches(ask, payment, "authorized", "declined");
    if (state === "declined") return;
    if (number % 5 === 0) return void (await patiently((options) => ask().void({ payment }, options)));
    await patiently((options) => ask().capture({ payment }, options));
    await reaches(ask, payment, "captured");
    for (let part = 0; part < number % 3; part++) {
      const refund = randomUUIDv7();
      await patiently((options) => ask().refund({ payment, refund, amount: 500 }, options));
    }
  }
});
