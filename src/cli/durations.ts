import { SeamlineError } from "../contract/errors.ts";
import type { Messages, OptionName } from "./messages/en.ts";

const unitsMs = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;

/** "3d", "-2h", "1.5h" in ms. @throws SeamlineError `usage` */
export function readDuration(flag: OptionName, value: string, t: Messages): number {
  const [, amount, unit] = /^([+-]?\d+(?:\.\d+)?)(ms|[dhms])$/.exec(value) ?? [];
  if (unit === undefined) throw new SeamlineError("usage", t.durationInvalid(`--${flag}`, value));
  return Math.round(Number(amount) * unitsMs[unit as keyof typeof unitsMs]);
}

/** "+3d 2h" */
function describeDuration(ms: number): string {
  const words: string[] = [];
  let rest = Math.abs(ms);
  for (const [unit, size] of Object.entries(unitsMs)) {
    const amount = Math.floor(rest / size);
    if (amount > 0) words.push(`${amount}${unit}`);
    rest -= amount * size;
  }
  return `${ms < 0 ? "-" : "+"}${words.join(" ")}`;
}

/** A deployment's time, and how it differs from the machine's. */
export function describeClock(name: string, offsetMs: number, t: Messages): string {
  const now = new Date(Date.now() + offsetMs).toISOString();
  return t.clockIs(name, now, offsetMs === 0 ? t.clockStill : describeDuration(offsetMs));
}
