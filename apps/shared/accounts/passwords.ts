import { argon2, randomBytes, timingSafeEqual, type Argon2Parameters } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { SeamlineError } from "seamline";
import { commonPasswords } from "./common-passwords.ts";

/**
 * Passwords: what is accepted, and how they are kept. No rules of composition (they make passwords worse); length and a
 * list of what attackers try first.
 */

export const shortestPassword = 10;
export const longestPassword = 128;

/** argon2id as OWASP recommends it (46 MiB, one pass). Less memory makes stolen hashes cheaper to try. */
const cost = { memory: 47_104, passes: 1, parallelism: 1, tagLength: 32 };
/** Hashes at once in one process: each takes a thread and 46 MiB. More of them starve everything else. */
const slots = 2;
/** Who comes while all are taken waits so long for one: two people who sign in at the same moment as others notice nothing. */
const waitMs = 1500;
/** What the slots get through meanwhile on a slow machine. More would wait in vain. */
const longestLine = 16;

const argon2id = promisify((parameters: Argon2Parameters, done: (error: Error | null, tag: Buffer) => void) =>
  argon2("argon2id", parameters, done),
);
let taken = 0;
const line = new Set<(got: boolean) => void>();

export type Weakness = "tooShort" | "tooLong" | "common" | "likeName";

/** Why a password is refused for a user of this name; null: it is accepted. */
export function weaknessOf(password: string, username: string): Weakness | null {
  const composed = password.normalize("NFC");
  const length = Array.from(composed).length;
  if (length < shortestPassword) return "tooShort";
  if (length > longestPassword) return "tooLong";
  const plain = composed.toLowerCase();
  if (commonPasswords.has(plain) || isRepetition(plain)) return "common";
  const name = username.normalize("NFC").toLowerCase();
  return plain.replaceAll(name, "").length <= 3 ? "likeName" : null;
}

/** "abababababab", "1111111111": one to four characters over and over. */
function isRepetition(text: string): boolean {
  return /^(.{1,4})\1+.{0,3}$/su.test(text) && new Set(text).size <= 4;
}

/** A PHC string for keeping; null: too many are before it, try again in a moment. */
export async function hashPassword(password: string, salt: Buffer = randomBytes(16)): Promise<string | null> {
  const tag = await derive(password, salt);
  return tag && `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${base64(salt)}$${base64(tag)}`;
}

/** How long somebody whom no visitor waits for, such as a seed program, may wait for a slot. */
const patienceMs = 60_000;
const lookMs = 20;

/** A PHC string, for a program that has time: waits for a slot. @throws SeamlineError `overloaded` after a minute */
export async function hashPatiently(password: string, salt: Buffer): Promise<string> {
  for (const end = performance.now() + patienceMs; performance.now() < end; await sleep(lookMs)) {
    const phc = await hashPassword(password, salt);
    if (phc !== null) return phc;
  }
  const message = `${slots} other passwords have been hashed in this process for ${patienceMs / 1000} s without a pause; try again when it does less`;
  throw new SeamlineError("overloaded", message, { data: { slots, patienceMs } });
}

/**
 * Whether a password fits a PHC string; null: as above. Without a PHC string (there is no such user) it works
 * as long and says no, so that time does not tell who exists.
 */
export async function verifyPassword(password: string, phc: string | null): Promise<boolean | null> {
  const [, , , , salt, expected] = (phc ?? decoy).split("$");
  const tag = await derive(password, Buffer.from(salt!, "base64"));
  return tag && timingSafeEqual(tag, Buffer.from(expected!, "base64")) && phc !== null;
}

async function derive(password: string, nonce: Buffer): Promise<Buffer | null> {
  if (!(await slot())) return null;
  try {
    return await argon2id({ ...cost, message: password.normalize("NFC"), nonce });
  } finally {
    leave();
  }
}

/** @returns whether one was got: then it is the caller's until he leaves it */
async function slot(): Promise<boolean> {
  if (taken < slots) return (taken++, true);
  if (line.size >= longestLine) return false;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  line.add(resolve);
  const timer = setTimeout(() => line.delete(resolve) && resolve(false), waitMs);
  return promise.finally(() => clearTimeout(timer));
}

function leave(): void {
  const [next] = line;
  if (next === undefined) return void taken--;
  line.delete(next);
  next(true);
}

function base64(bytes: Buffer): string {
  return bytes.toString("base64").replaceAll("=", "");
}

const decoy = `$argon2id$v=19$$${base64(randomBytes(16))}$${base64(randomBytes(cost.tagLength))}`;
