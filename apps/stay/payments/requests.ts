import type { Kysely } from "kysely";
import type { Flow, ProgramAddress, ReadStore } from "seamline";
import type { Charge } from "../provider/contract.ts";
import { entriesOfCapture, entriesOfRefund, post } from "./ledger.ts";
import type { Tables } from "./migrations.ts";
import { httpProvider, Unanswered, type PaymentProvider } from "./provider.ts";
import { changePayment, lockPayment, type PaymentRow, type RequestRow } from "./rows.ts";

/**
 * What the provider is asked for, one saga a request: sent, and where no answer came, asked for until it is known what
 * was done; then booked, in one transaction with the state and the event that tells of it.
 *
 * The provider knows a request by its key, so sending one again is never another one. A request that the provider says
 * it has not carried out is sent again; it may still have been on its way, and then the second does nothing.
 */

/** Pause between two questions for one outcome, unless a webhook comes first. Longer keeps guests waiting after an outage. */
const askAgainMs = 500;

interface Asking {
  readonly read: ReadStore<Tables>;
  readonly signal: AbortSignal;
  program(name: string): ProgramAddress;
}

interface Told {
  readonly payment: string;
  readonly amount: number;
  readonly at: string;
}

interface Writing {
  readonly store: Kysely<Tables>;
  readonly sagas: { begin(saga: "request", id: string): void };
  now(): Date;
  emit(name: "paymentAuthorized" | "paymentCaptured" | "paymentVoided" | "paymentUnknown", payload: Told): void;
  emit(name: "paymentFailed", payload: Told & { reason: string }): void;
  emit(name: "paymentRefunded", payload: Told & { refund: string }): void;
}

export const providerOf = ({ program }: Pick<Asking, "program">): PaymentProvider =>
  httpProvider(program("payment-provider"));

/** Notes a request that is to be carried out, in the transaction of whoever wants it. */
export async function begin(
  { store, sagas }: Pick<Writing, "store" | "sagas">,
  request: Pick<RequestRow, "payment" | "kind" | "amount"> & { refund?: string },
  at: Date,
): Promise<void> {
  const { payment, kind, refund } = request;
  const key = [payment, kind, ...(refund ? [refund] : [])].join(":");
  await store
    .insertInto("requests")
    .values({ ...request, key, asked_at: at })
    .execute();
  sagas.begin("request", key);
}

/** The saga of one request, whose key is its id. */
export async function carryOut(flow: Flow<unknown, Asking, Writing>): Promise<void> {
  const { id: key } = flow;
  const answer = await flow.ask("send", async (asking) => (await answered(send(key, asking))) ?? null);
  if (answer === null) await flow.write("noteUnknown", (writing) => noteUnknown(key, writing));
  const charge = answer ?? (await flow.poll("findOut", (asking) => findOut(key, asking), { everyMs: askAgainMs }));
  await flow.write("book", (writing) => book(key, charge, writing));
}

/** undefined: nobody knows. Errors that are answers stay errors. */
async function answered<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Unanswered) return undefined;
    throw error;
  }
}

async function send(key: string, asking: Asking): Promise<Charge> {
  const { payment: of, kind, amount } = await rowOf(asking.read, key);
  const provider = providerOf(asking);
  const { signal } = asking;
  if (kind === "refund") return provider.refund(key, { payment: of, amount }, signal);
  if (kind !== "authorize") return provider[kind](key, { payment: of }, signal);
  const payments = asking.read.selectFrom("payments").select(["card", "reference"]).where("id", "=", of);
  const { card, reference } = await payments.executeTakeFirstOrThrow();
  return provider.authorize(key, { payment: of, amount, card: card!, reference }, signal);
}

async function findOut(key: string, asking: Asking): Promise<Charge | undefined> {
  const done = await answered(providerOf(asking).status(key, asking.signal));
  return done === null ? answered(send(key, asking)) : done;
}

async function noteUnknown(key: string, { store, emit, now }: Writing): Promise<void> {
  const at = now();
  const request = store.updateTable("requests").set({ unknown_since: at }).where("key", "=", key);
  const { payment, amount } = await request.returning(["payment", "amount"]).executeTakeFirstOrThrow();
  emit("paymentUnknown", { payment, amount, at: at.toISOString() });
}

/** Writes down what a request has led to. */
async function book(key: string, charge: Charge, writing: Writing): Promise<void> {
  const { store, now } = writing;
  const at = now();
  const { payment: id } = await rowOf(store, key);
  const payment = (await lockPayment(store, id))!;
  const request = await store
    .updateTable("requests")
    .set({ unknown_since: null, done_at: at })
    .where("key", "=", key)
    .returningAll()
    .executeTakeFirstOrThrow();
  if (charge.payment !== id || charge.amount !== payment.amount)
    throw new Error(`${key}: the provider speaks of ${charge.payment} over ${charge.amount}, not ${payment.amount}`);
  const booked = await bookings[request.kind](writing, { payment, request, charge, at });
  if (!booked) throw new Error(`${key}: the provider says "${charge.state}", which is no answer to "${request.kind}"`);
}

interface Done {
  readonly payment: PaymentRow;
  readonly request: RequestRow;
  readonly charge: Charge;
  readonly at: Date;
}

/** By kind: what becomes of the payment. false: the charge is in a state that the request cannot have led to. */
const bookings: Record<RequestRow["kind"], (writing: Writing, done: Done) => Promise<boolean>> = {
  async authorize(writing, { payment, charge, at }) {
    const { store, emit } = writing;
    if (charge.state === "declined") return failed(writing, payment, "declined", charge.reason, at);
    if (charge.state !== "authorized") return false;
    if (payment.state === "voiding") {
      await changePayment(store, payment.id, at, { card: null });
      await begin(writing, { payment: payment.id, kind: "void", amount: payment.amount }, at);
      return true;
    }
    await changePayment(store, payment.id, at, { state: "authorized", card: null });
    emit("paymentAuthorized", toTold(payment, at));
    return true;
  },

  async capture(writing, { payment, charge, at }) {
    const { store, emit } = writing;
    if (charge.state === "lapsed") return failed(writing, payment, "captureFailed", charge.reason, at);
    if (charge.state !== "captured" || charge.captured !== payment.amount) return false;
    await changePayment(store, payment.id, at, { state: "captured" });
    await post(store, payment.id, "capture", entriesOfCapture(payment), at);
    emit("paymentCaptured", toTold(payment, at));
    return true;
  },

  async void({ store, emit }, { payment, charge, at }) {
    if (charge.state !== "voided") return false;
    await changePayment(store, payment.id, at, { state: "voided" });
    emit("paymentVoided", toTold(payment, at));
    return true;
  },

  async refund({ store, emit }, { payment, request, charge, at }) {
    if (charge.state !== "captured") return false;
    const { amount, refund } = request;
    await changePayment(store, payment.id, at, { refunded: payment.refunded + amount });
    await post(store, payment.id, "refund", entriesOfRefund(payment, payment.refunded, amount), at);
    emit("paymentRefunded", { ...toTold(payment, at), amount, refund: refund! });
    return true;
  },
};

async function failed(
  { store, emit }: Writing,
  payment: PaymentRow,
  state: "declined" | "captureFailed",
  said: string | null,
  at: Date,
): Promise<true> {
  const reason = said ?? "unknown";
  await changePayment(store, payment.id, at, { state, reason, card: null });
  emit("paymentFailed", { ...toTold(payment, at), reason });
  return true;
}

function toTold({ id, amount }: PaymentRow, at: Date): Told {
  return { payment: id, amount, at: at.toISOString() };
}

async function rowOf(store: ReadStore<Tables>, key: string): Promise<RequestRow> {
  return store.selectFrom("requests").selectAll().where("key", "=", key).executeTakeFirstOrThrow();
}
