import type { Kysely } from "kysely";
import { CallError, isError, type Client, type Flow, type ReadStore } from "seamline";
import { availability } from "../availability/contract.ts";
import { feeOf } from "../listings/contract.ts";
import type { Payment, payments } from "../payments/contract.ts";
import type { Booking } from "./contract.ts";
import type { Tables } from "./migrations.ts";
import { changeBooking, lockBooking, readBooking, toTold } from "./rows.ts";

/**
 * What happens to a booking by itself. Its row changes in the transaction in which the saga remembers the step, so what
 * people see and how far the saga is are never two things.
 *
 *   wait for the guest to pay ─▶ keep the nights ─▶ authorize ─▶ confirm the nights ─▶ capture ─▶ confirmed
 *     time passes: expired         gone: failed      declined: failed   gone: failed     failed: failed
 *
 * A failure gives back what was taken so far, the newest first: the money set aside, then the nights. Money is captured
 * last, when nothing else can fail, so a booking that fails has never cost anything.
 */

/** How long nights are kept while the payment is on its way. Shorter loses nights to a provider's outage. */
const keepSeconds = 86_400;

interface Asking {
  readonly read: ReadStore<Tables>;
  readonly availability: Client<typeof availability>;
  readonly payments: Client<typeof payments>;
}

interface Writing {
  readonly store: Kysely<Tables>;
  now(): Date;
  emit(name: "bookingConfirmed", payload: ReturnType<typeof toTold>): void;
  emit(name: "bookingFailed", payload: ReturnType<typeof toTold> & { reason: Failure }): void;
  emit(name: "bookingRefunded", payload: ReturnType<typeof toTold> & { refund: number }): void;
}

type Failure = NonNullable<Booking["failure"]>;
type BookingFlow = Flow<{ readonly read: ReadStore<Tables> }, Asking, Writing>;

/** From the hold to the confirmed booking, or to the end of it. */
export async function book(flow: BookingFlow): Promise<void> {
  const { id } = flow;
  const until = await flow.ask("terms", async ({ read }) => (await rowOf(read, id)).hold_expires_at);
  const decided =
    (await flow.wait("paid", until, async ({ read }) => decisionOf(await rowOf(read, id)))) ??
    (await flow.write("expired", (writing) => expire(id, writing)));
  if (decided === "cancelled") await flow.ask("release", ({ availability }) => availability.release({ hold: id }));
  if (decided !== "paying") return;

  const kept = await flow.ask(
    "keep",
    ({ availability: nights }) => unlessGone(nights.keep({ hold: id, ttlSeconds: keepSeconds }), availability.keep),
    { undo: (_kept, { availability }) => availability.release({ hold: id }) },
  );
  if (!kept) return flow.fail("holdGone" satisfies Failure);
  await flow.ask("authorize", (asking) => authorize(id, asking), {
    undo: (_asked, { payments }) => payments.void({ payment: id }),
  });
  const authorization = await flow.poll("authorized", ({ payments }) => stateOf(payments, id, ["authorizing"]));
  if (authorization !== "authorized") return flow.fail("declined" satisfies Failure);
  await flow.write("noteAuthorized", async ({ store, now }) => {
    await changeBooking(store, id, now(), ["authorized"], { card: null });
  });

  const confirmed = await flow.ask("confirm", ({ availability: nights }) =>
    unlessGone(nights.confirm({ hold: id }), availability.confirm),
  );
  if (!confirmed) return flow.fail("holdGone" satisfies Failure);
  await flow.write("noteNights", async ({ store, now }) => {
    await changeBooking(store, id, now(), ["nightsConfirmed"], {});
  });

  await flow.ask("capture", ({ payments }) => payments.capture({ payment: id }).then(() => null, insist));
  const capture = await flow.poll("captured", ({ payments }) => stateOf(payments, id, ["authorized", "capturing"]));
  if (capture !== "captured") return flow.fail("captureFailed" satisfies Failure);
  await flow.write("confirmed", async ({ store, emit, now }) => {
    const at = now();
    const row = await changeBooking(store, id, at, ["captured", "confirmed"], {
      state: "confirmed",
      hold_expires_at: null,
      waiting_since: null,
    });
    emit("bookingConfirmed", toTold(row, at));
  });
}

/** The end of one that failed; `reason` is what `book` says. */
export async function bookingFailed(reason: string, { id, store, emit, now }: Writing & { id: string }): Promise<void> {
  const at = now();
  const failure = reason as Failure;
  const row = await changeBooking(store, id, at, ["failed"], {
    state: "failed",
    failure,
    card: null,
    hold_expires_at: null,
    waiting_since: null,
  });
  emit("bookingFailed", { ...toTold(row, at), reason: failure });
}

/** Gives the nights back, and the money that was agreed upon. */
export async function cancellation(flow: BookingFlow): Promise<void> {
  const { id } = flow;
  await flow.ask("release", ({ availability }) => availability.release({ hold: id }));
  const amount = await flow.ask("refund", async ({ read, payments }) => {
    const refund = (await rowOf(read, id)).refund_amount ?? 0;
    if (refund > 0) await payments.refund({ payment: id, refund: id, amount: refund }).catch(insist);
    return refund;
  });
  if (amount === 0) return;
  await flow.poll("refunded", async ({ payments }) => {
    const payment = await payments.status({ payment: id });
    return payment !== null && payment.refunded >= amount ? payment.refunded : undefined;
  });
  await flow.write("noteRefund", async ({ store, emit, now }) => {
    const at = now();
    const row = await changeBooking(store, id, at, ["refunded"], { refund_state: "done", waiting_since: null });
    emit("bookingRefunded", { ...toTold(row, at), refund: amount });
  });
}

/** What the guest made of the hold; undefined: nothing yet. */
function decisionOf({ state }: { state: Booking["state"] }): "paying" | "cancelled" | undefined {
  return state === "held" ? undefined : state === "cancelled" ? "cancelled" : "paying";
}

/** Ends a hold whose time came, unless its guest was quicker. */
async function expire(id: string, { store, now }: Writing): Promise<"expired" | "paying" | "cancelled"> {
  const row = await lockBooking(store, id);
  const decided = row && decisionOf(row);
  if (decided) return decided;
  await changeBooking(store, id, now(), ["expired"], { state: "expired", hold_expires_at: null });
  return "expired";
}

async function authorize(id: string, { read, payments }: Asking): Promise<void> {
  const { card, total: amount, terms, reference } = await rowOf(read, id);
  await payments.authorize({ payment: id, amount, fee: feeOf(terms), card: card!, reference }).catch(insist);
}

/** Where the payment has got to; undefined while it is one of `pending`. */
async function stateOf(
  payments: Asking["payments"],
  payment: string,
  pending: readonly Payment["state"][],
): Promise<Payment["state"] | undefined> {
  const state = (await payments.status({ payment }))?.state;
  return state === undefined || pending.includes(state) ? undefined : state;
}

/** Whether a hold was there for what was asked of it. */
async function unlessGone(
  asked: Promise<unknown>,
  operation: typeof availability.keep | typeof availability.confirm,
): Promise<boolean> {
  try {
    await asked;
    return true;
  } catch (error) {
    if (isError(error, operation, "holdGone")) return false;
    return insist(error);
  }
}

/**
 * For answers that are no reason to give a booking up, since only a mistake of ours explains them: they are not taken.
 * So the step is tried again, and shows among what is stuck.
 */
function insist(error: unknown): never {
  if (!(error instanceof CallError) || error.origin !== "contract") throw error;
  throw new Error(`${error.operation} refuses with ${error.code} ${JSON.stringify(error.data)}`, { cause: error });
}

async function rowOf(read: ReadStore<Tables>, id: string) {
  const row = await readBooking(read, id);
  if (!row) throw new Error(`there is no booking ${id}, although its saga was begun with it`);
  return row;
}
