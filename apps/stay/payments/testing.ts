import assert from "node:assert/strict";
import { randomUUIDv7 } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "seamline";
import type { Faults } from "../provider/simulator.ts";
import type { Payment, payments } from "./contract.ts";

/** What tests of payments have in common. */

type Payments = Client<typeof payments>;
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

/** A payment once it looks as it should. */
export async function becomes(
  payments: Payments,
  payment: string,
  what: string,
  holds: (payment: Payment) => boolean,
): Promise<Payment> {
  for (const end = performance.now() + patienceMs; ; await sleep(20)) {
    const found = await payments.status({ payment });
    if (found && holds(found)) return found;
    const seen = JSON.stringify(found);
    assert.ok(performance.now() < end, `waited ${patienceMs / 1000} s in vain: ${what}, but it is ${seen}`);
  }
}

export function reaches(payments: Payments, payment: string, ...states: Payment["state"][]): Promise<Payment> {
  return becomes(payments, payment, states.join(" or "), ({ state, unknown }) => states.includes(state) && !unknown);
}

/** Asks for money to be set aside. */
export async function authorize(
  payments: Payments,
  options: { amount?: number; fee?: number; card?: string } = {},
): Promise<string> {
  const payment = randomUUIDv7();
  const { amount = 10_000, fee = 1000, card = "card-ok" } = options;
  await payments.authorize({ payment, amount, fee, card, reference: "TEST" });
  return payment;
}

/** A payment that has been captured. */
export async function captured(payments: Payments, options: Parameters<typeof authorize>[1] = {}): Promise<string> {
  const payment = await authorize(payments, options);
  await reaches(payments, payment, "authorized");
  await payments.capture({ payment });
  await reaches(payments, payment, "captured");
  return payment;
}

export async function refunded(payments: Payments, payment: string, amount: number): Promise<Payment> {
  return becomes(payments, payment, `${amount} refunded`, (seen) => seen.refunded === amount && !seen.unknown);
}
