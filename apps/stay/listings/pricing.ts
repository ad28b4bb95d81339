import { daysBetween, type Dates } from "../dates.ts";
import type { Quote } from "./contract.ts";

/** What a stay costs, in whole won. */

/** Of what goes to the host, in percent. */
const feePercent = 8;
/** Prices are told in whole hundreds. */
const feeStep = 100;

/** The lines of a bill; nothing is charged that is in none of them, so the total is their sum. */
export function priceOf(
  { nightly, cleaning }: { nightly: number; cleaning: number },
  dates: Dates,
): Pick<Quote, "nights" | "lines" | "total"> {
  const nights = daysBetween(dates.from, dates.to);
  const hosts = nights * nightly + cleaning;
  const fee = Math.round((hosts * feePercent) / 100 / feeStep) * feeStep;
  const lines: Quote["lines"] = [
    { kind: "nights", count: nights, each: nightly, total: nights * nightly },
    ...(cleaning > 0 ? [{ kind: "cleaning" as const, count: 1, each: cleaning, total: cleaning }] : []),
    { kind: "fee", count: 1, each: fee, total: fee },
  ];
  return { nights, lines, total: hosts + fee };
}
