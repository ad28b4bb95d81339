import type { ReadStore } from "seamline";
import type { Charge } from "../provider/contract.ts";
import type { Tables } from "./migrations.ts";
import type { PaymentProvider } from "./provider.ts";
import type { PaymentRow } from "./rows.ts";

/**
 * Our books beside the provider's, page by page in the order of payments. Of theirs a page is read first, then what we
 * have in its stretch, so a payment that is on its way, or that changed since the report was begun, may have been read in
 * two states: it is left out, and is in the next report.
 */

const shown = 100;

export interface Report {
  compared: number;
  differences: { payment: string; ours: string; theirs: string }[];
}

export async function reconcile(
  provider: PaymentProvider,
  read: ReadStore<Tables>,
  startedAt: Date,
  signal: AbortSignal,
): Promise<Report> {
  const report: Report = { compared: 0, differences: [] };
  let after: string | null = null;
  do {
    const page = await provider.charges(after, signal);
    const theirs = new Map(page.charges.map((charge) => [charge.payment, charge]));
    const ours = new Map((await oursIn(read, after, page.next)).map((row) => [row.id, row]));
    for (const payment of new Set([...theirs.keys(), ...ours.keys()]))
      compare(report, payment, ours.get(payment), theirs.get(payment), startedAt);
    after = page.next;
  } while (after !== null);
  return report;
}

type Ours = Pick<PaymentRow, "id" | "amount" | "state" | "refunded" | "changed_at"> & { open: unknown };

function oursIn(read: ReadStore<Tables>, after: string | null, upTo: string | null): Promise<Ours[]> {
  let stretch = read
    .selectFrom("payments")
    .select(["id", "amount", "state", "refunded", "changed_at"])
    .select((of) =>
      of
        .exists(
          of
            .selectFrom("requests")
            .select("key")
            .whereRef("requests.payment", "=", "payments.id")
            .where("done_at", "is", null),
        )
        .as("open"),
    );
  if (after !== null) stretch = stretch.where("id", ">", after);
  if (upTo !== null) stretch = stretch.where("id", "<=", upTo);
  return stretch.execute();
}

function compare(
  report: Report,
  payment: string,
  ours: Ours | undefined,
  theirs: Charge | undefined,
  startedAt: Date,
): void {
  if (ours && (ours.open || ours.changed_at >= startedAt)) return;
  report.compared++;
  const [one, other] = [ours ? wordsOfOurs(ours) : "nothing", theirs ? wordsOfTheirs(theirs) : "nothing"];
  if (one !== other && report.differences.length < shown)
    report.differences.push({ payment, ours: one, theirs: other });
}

function wordsOfOurs({ amount, state, refunded }: Ours): string {
  return words(state === "captureFailed" ? "lapsed" : state, amount, state === "captured" ? amount : 0, refunded);
}

function wordsOfTheirs({ amount, state, captured, refunded }: Charge): string {
  return words(state, amount, captured, refunded);
}

function words(state: string, amount: number, captured: number, refunded: number): string {
  return `${state} ${amount}, captured ${captured}, refunded ${refunded}`;
}
