import { daysBetween, todayAt } from "../dates.ts";
import type { policies } from "../listings/contract.ts";

/**
 * What comes back when a guest cancels a confirmed booking. Days before arrival are calendar days in Korea.
 *
 * | policy   | all of it                                                  | half                | nothing        |
 * | -------- | ---------------------------------------------------------- | ------------------- | -------------- |
 * | flexible | until the day before arrival                               |                     | on arrival day |
 * | moderate | until 5 days before                                        | until the day before | on arrival day |
 * | strict   | within 48 hours of booking, 14 days or more before arrival | until 7 days before | afterwards     |
 */
export interface Agreed {
  readonly policy: (typeof policies)[number];
  readonly total: number;
  /** The day of arrival. */
  readonly from: string;
  readonly bookedAt: Date;
}

const secondThoughtsMs = 48 * 3_600_000;

/** In whole won; half of an odd sum is rounded down. */
export function refundOf({ policy, total, from, bookedAt }: Agreed, at: Date): number {
  const daysBefore = daysBetween(todayAt(at), from);
  return Math.floor((total * percentOf(policy, daysBefore, at.getTime() - bookedAt.getTime())) / 100);
}

function percentOf(policy: Agreed["policy"], daysBefore: number, sinceBookingMs: number): 0 | 50 | 100 {
  switch (policy) {
    case "flexible":
      return daysBefore >= 1 ? 100 : 0;
    case "moderate":
      return daysBefore >= 5 ? 100 : daysBefore >= 1 ? 50 : 0;
    case "strict":
      return sinceBookingMs <= secondThoughtsMs && daysBefore >= 14 ? 100 : daysBefore >= 7 ? 50 : 0;
  }
}
