import { module, type Caller } from "seamline";
import { letterHandlers } from "../../shared/letters.ts";
import { payments } from "./contract.ts";
import { readLedger } from "./ledger.ts";
import { tables } from "./migrations.ts";
import { reconcile } from "./reconcile.ts";
import { begin, carryOut, providerOf } from "./requests.ts";
import { changePayment, lockPayment, readPayment } from "./rows.ts";

/**
 * Which callers may have money moved. "edge" is a contract's own HTTP route, which none of these operations has: so it is
 * only ever whoever holds the deployment's keys.
 */
const movers = ["bookings", "edge"];
const mayMove = ({ module }: Caller): boolean => movers.includes(module);
const isAdmin = ({ user }: Caller): boolean => user?.roles.includes("admin") ?? false;
const notYou = { reason: "module" } as const;
const adminsOnly = { reason: "adminsOnly" } as const;

/** A provider that is away for so long is not asked for new payments. Shorter closes the house for a hiccup. */
const patienceMs = 3000;
/** Webhooks older than this are forgotten: heard again, they do no more than make us ask. */
const rememberMs = 7 * 86_400_000;

export default module(payments, {
  store: tables,
  programs: ["payment-provider"],
  ...letterHandlers,

  async accepting(_input, { store, now }) {
    const { failing_since: since } = await store
      .selectFrom("provider_health")
      .select("failing_since")
      .executeTakeFirstOrThrow();
    return { accepting: since === null || now().getTime() - since.getTime() < patienceMs };
  },

  status: ({ payment }, { store }) => readPayment(store, payment),

  async ledger({ payment, page }, { store, caller, fail }) {
    if (!isAdmin(caller) && caller.module !== "bookings") return fail("denied", adminsOnly);
    return readLedger(store, payment, page);
  },

  async reconcileReport(_input, context) {
    const { caller, fail, now, read, signal } = context;
    if (!isAdmin(caller)) return fail("denied", adminsOnly);
    const at = now();
    return { ...(await reconcile(providerOf(context), read, at, signal)), at: at.toISOString() };
  },

  async openRefunds(_input, { store, caller, sagas, fail }) {
    if (!isAdmin(caller)) return fail("denied", adminsOnly);
    const rows = await store
      .selectFrom("requests")
      .selectAll()
      .where("kind", "=", "refund")
      .where("done_at", "is", null)
      .orderBy("asked_at")
      .limit(100)
      .execute();
    const views = await Promise.all(rows.map(({ key }) => sagas.of("request", key)));
    return rows.map(({ payment, amount, asked_at }, index) => ({
      payment,
      amount,
      since: asked_at.toISOString(),
      attempts: views[index]?.attempts ?? 0,
    }));
  },

  async authorize({ payment, amount, fee, card, reference }, context) {
    const { store, caller, fail, now } = context;
    if (!mayMove(caller)) return fail("denied", notYou);
    const at = now();
    const fresh = await store
      .insertInto("payments")
      .values({
        ...{ id: payment, amount, fee, card, reference, state: "authorizing" },
        ...{ refund_asked: 0, refunded: 0, created_at: at, changed_at: at },
      })
      .onConflict((conflict) => conflict.column("id").doNothing())
      .returning("id")
      .executeTakeFirst();
    if (fresh) await begin(context, { payment, kind: "authorize", amount }, at);
    return (await readPayment(store, payment))!;
  },

  async capture({ payment }, context) {
    const { store, caller, fail, now } = context;
    if (!mayMove(caller)) return fail("denied", notYou);
    const row = await lockPayment(store, payment);
    if (!row) return fail("notFound", { payment });
    if (!["authorized", "capturing", "captured"].includes(row.state))
      return fail("wrongState", { payment, state: row.state });
    if (row.state === "authorized") {
      const at = now();
      await changePayment(store, payment, at, { state: "capturing" });
      await begin(context, { payment, kind: "capture", amount: row.amount }, at);
    }
    return (await readPayment(store, payment))!;
  },

  async void({ payment }, context) {
    const { store, caller, fail, now } = context;
    if (!mayMove(caller)) return fail("denied", notYou);
    const row = await lockPayment(store, payment);
    if (row?.state === "authorizing" || row?.state === "authorized") {
      const at = now();
      await changePayment(store, payment, at, { state: "voiding" });
      // While it is not known whether there is anything to let go of, the request for it waits for that.
      if (row.state === "authorized") await begin(context, { payment, kind: "void", amount: row.amount }, at);
    }
    return readPayment(store, payment);
  },

  async refund({ payment, refund, amount }, context) {
    const { store, caller, fail, now } = context;
    if (!mayMove(caller)) return fail("denied", notYou);
    const row = await lockPayment(store, payment);
    if (!row) return fail("notFound", { payment });
    if (row.state !== "captured") return fail("wrongState", { payment, state: row.state });
    const named = store.selectFrom("requests").select("amount").where("payment", "=", payment);
    const earlier = await named.where("refund", "=", refund).executeTakeFirst();
    if (earlier && earlier.amount !== amount) return fail("differs", { refund, amount: earlier.amount });
    if (!earlier) {
      const left = row.amount - row.refund_asked;
      if (amount > left) return fail("tooMuch", { payment, left });
      const at = now();
      await changePayment(store, payment, at, { refund_asked: row.refund_asked + amount });
      await begin(context, { payment, kind: "refund", amount, refund }, at);
    }
    return (await readPayment(store, payment))!;
  },

  async webhook(hook, context) {
    const { store, sagas, fail, now } = context;
    if (!providerOf(context).verifyWebhook(hook)) return fail("badSignature", {});
    const fresh = await store
      .insertInto("webhooks")
      .values({ id: hook.id, heard_at: now() })
      .onConflict((conflict) => conflict.column("id").doNothing())
      .returning("id")
      .executeTakeFirst();
    const requests = await store
      .selectFrom("requests")
      .select(["key", "done_at"])
      .where("payment", "=", hook.payment)
      .execute();
    if (fresh) for (const { key, done_at } of requests) if (done_at === null) sagas.wake("request", key);
    return { known: requests.length > 0 };
  },

  sagas: (saga) => [saga("request", carryOut)],

  schedules: (schedule) => [
    schedule("watchProvider", { everyMs: 1000 }, async (context) => {
      const { read, store, now, signal } = context;
      const alive = await providerOf(context).isAlive(signal);
      const health = read.selectFrom("provider_health").select("failing_since");
      const { failing_since: since } = await health.executeTakeFirstOrThrow();
      if (alive === (since === null)) return;
      await store
        .updateTable("provider_health")
        .set({ failing_since: alive ? null : now() })
        .execute();
    }),
    schedule("forgetWebhooks", { everyMs: 3_600_000 }, async ({ store, now }) => {
      const old = new Date(now().getTime() - rememberMs);
      await store.deleteFrom("webhooks").where("heard_at", "<", old).execute();
    }),
  ],
});
