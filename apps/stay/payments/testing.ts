import assert from "node:assert/strict";
import { randomUUIDv7 } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { isAbsence, type Client } from "seamline";
import { patiently } from "../../shared/testing.ts";
import type { Faults } from "../provider/simulator.ts";
import type { Payment, payments } from "./contract.ts";

/** What tests of payments have in common. */

/** Gives clients for one call: what is waited for may take longer than one caller has. */
export type Ask = () => Client<typeof payments>;
/** Switches of the simulated provider; what is left out is off. */
export type Switches = Partial<Omit<Faults, "webhooks">> & { webhooks?: Partial<Faults["webhooks"]> };

/** Far beyond what a busy machine needs; only what never happens gets there. */
const patienceMs = 30_000;

/** @param provider base URL of the provider */
export async function setFaults(provider: string, faults: Switches): Promise<void> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${provider}/simulator`, { method: "PUT", headers, body: JSON.stringify(faults) });
  assert.equal(response.status, 200, await response.text());
}

/** A payment once it looks as it should; the module may be away meanwhile. */
export async function becomes(
  ask: Ask,
  payment: string,
  what: string,
  holds: (payment: Payment) => boolean,
): Promise<Payment> {
  for (const end = performance.now() + patienceMs; ; await sleep(20)) {
    const found = await ask()
      .status({ payment })
      .catch((error: unknown) => {
        if (isAbsence(error)) return null;
        throw error;
      });
    if (found && holds(found)) return found;
    const seen = JSON.stringify(found);
    assert.ok(performance.now() < end, `waited ${patienceMs / 1000} s in vain: ${what}, but it is ${seen}`);
  }
}

export function reaches(ask: Ask, payment: string, ...states: Payment["state"][]): Promise<Payment> {
  return becomes(ask, payment, states.join(" or "), ({ state, unknown }) => states.includes(state) && !unknown);
}

/** Asks for money to be set aside. */
export async function authorize(
  ask: Ask,
  options: { amount?: number; fee?: number; card?: string } = {},
): Promise<string> {
  const payment = randomUUIDv7();
  const { amount = 10_000, fee = 1000, card = "card-ok" } = options;
  await patiently((options) => ask().authorize({ payment, amount, fee, card, reference: "TEST" }, options));
  return payment;
}

/** A payment that has been captured. */
export async function captured(ask: Ask, options: Parameters<typeof authorize>[1] = {}): Promise<string> {
  const payment = await authorize(ask, options);
  await reaches(ask, payment, "authorized");
  await ask().capture({ payment });
  await reaches(ask, payment, "captured");
  return payment;
}

export async function refunded(ask: Ask, payment: string, amount: number): Promise<Payment> {
  return becomes(ask, payment, `${amount} refunded`, (seen) => seen.refunded === amount && !seen.unknown);
}
