import { createHash, randomUUIDv7 } from "node:crypto";
import type { ReadStore } from "seamline";
import type { Kysely } from "kysely";
import type { Tables } from "./migrations.ts";

/**
 * Limits on attempts, kept in the store so that replicas share them and a restart forgets nothing. A sliding window:
 * each attempt is a row. The check comes before the (slow) hash and the row after it, so a burst may overshoot, by no
 * more than the hashes that run at once.
 */

interface Limit {
  readonly attempts: number;
  readonly windowMs: number;
}

const minuteMs = 60_000;
/** Wrong passwords for one name. Higher helps guessing; lower lets strangers lock people out more easily. */
const wrongForName: Limit = { attempts: 10, windowMs: 15 * minuteMs };
/** Wrong passwords from one address, which a school or a company may share. */
const wrongFromAddress: Limit = { attempts: 100, windowMs: 15 * minuteMs };
const accountsFromAddress: Limit = { attempts: 100, windowMs: 60 * minuteMs };

/** One thing that is counted, and how often it may happen. */
export interface Counted {
  readonly subject: Buffer;
  readonly limit: Limit;
}

export function wrongPassword(handle: string, address: string | undefined): Counted[] {
  return [counted("name", handle, wrongForName), ...fromAddress("wrong", address, wrongFromAddress)];
}

export function newAccount(address: string | undefined): Counted[] {
  return fromAddress("new", address, accountsFromAddress);
}

function fromAddress(kind: string, address: string | undefined, limit: Limit): Counted[] {
  return address === undefined ? [] : [counted(kind, networkOf(address), limit)];
}

function counted(kind: string, value: string, limit: Limit): Counted {
  return { subject: createHash("sha256").update(`${kind}:${value}`).digest(), limit };
}

/** An IPv6 customer owns a /64, so one address of it is as good as another. */
export function networkOf(address: string): string {
  const plain = address
    .toLowerCase()
    .replace(/%.*$/, "")
    .replace(/^::ffff:(?=\d+\.)/, "");
  if (!plain.includes(":")) return plain;
  const [head = "", tail] = plain.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail ? tail.split(":") : [];
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array<string>(zeros).fill("0"), ...right];
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":");
}

/** Seconds until all of these may happen again; 0: now. */
export async function waitSeconds(read: ReadStore<Tables>, what: readonly Counted[], now: Date): Promise<number> {
  let waitMs = 0;
  for (const { subject, limit } of what) {
    const oldest = await read
      .selectFrom("attempts")
      .select("at")
      .where("subject", "=", subject)
      .where("at", ">", new Date(now.getTime() - limit.windowMs))
      .orderBy("at", "desc")
      .offset(limit.attempts - 1)
      .limit(1)
      .executeTakeFirst();
    if (oldest) waitMs = Math.max(waitMs, oldest.at.getTime() + limit.windowMs - now.getTime());
  }
  return Math.ceil(waitMs / 1000);
}

/** Counts what happened, and forgets what no limit looks at any more. */
export async function count(store: Kysely<Tables>, what: readonly Counted[], now: Date): Promise<void> {
  if (what.length === 0) return;
  const rows = what.map(({ subject }) => ({ id: randomUUIDv7(), subject, at: now }));
  await store.insertInto("attempts").values(rows).execute();
  const longestMs = Math.max(wrongForName.windowMs, wrongFromAddress.windowMs, accountsFromAddress.windowMs);
  await store
    .deleteFrom("attempts")
    .where("at", "<", new Date(now.getTime() - longestMs))
    .execute();
}

/** The right password ends the count of wrong ones for its name; not the one for the address, which may have other names. */
export async function forgive(store: Kysely<Tables>, what: readonly Counted[]): Promise<void> {
  const names = what.filter(({ limit }) => limit === wrongForName).map(({ subject }) => subject);
  await store.deleteFrom("attempts").where("subject", "in", names).execute();
}
