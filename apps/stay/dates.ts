import { z } from "zod";

/** Nights are calendar days where the houses are, written as "2026-11-22"; a stay is the nights from `from` up to `to`. */

export const Night = z.iso.date();
export const maxNights = 30;
/** How far ahead people may book. */
export const horizonDays = 365;
const dayMs = 86_400_000;
/** Korea has had one offset all year round since 1988. */
const offsetMs = 9 * 3_600_000;

export const Dates = z.object({ from: Night, to: Night });
export type Dates = z.infer<typeof Dates>;
export const datesProblems = ["inverted", "past", "tooLong", "tooFar"] as const;
export type DatesProblem = (typeof datesProblems)[number];
/** What an operation says about dates that nobody can stay at. */
export const InvalidDates = z.object({ reason: z.enum(datesProblems), today: Night });

/** The day it is in Korea. */
export function todayAt(now: Date): string {
  return new Date(now.getTime() + offsetMs).toISOString().slice(0, 10);
}

export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * dayMs).toISOString().slice(0, 10);
}

export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / dayMs);
}

/** Every night of a stay, in order. Empty where `to` is not after `from`. */
export function nightsOf({ from, to }: Dates): string[] {
  return Array.from({ length: Math.max(0, daysBetween(from, to)) }, (_, day) => addDays(from, day));
}

/** Why nobody can stay at these dates; null: they are fine. */
export function problemOf({ from, to }: Dates, now: Date): DatesProblem | null {
  const today = todayAt(now);
  if (to <= from) return "inverted";
  if (from < today) return "past";
  if (daysBetween(from, to) > maxNights) return "tooLong";
  return daysBetween(today, to) > horizonDays ? "tooFar" : null;
}
