import { argon2, randomBytes, timingSafeEqual, type Argon2Parameters } from "node:crypto";
import { promisify } from "node:util";
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

const argon2id = promisify((parameters: Argon2Parameters, done: (error: Error | null, tag: Buffer) => void) =>
  argon2("argon2id", parameters, done),
);
let taken = 0;

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

/** A PHC string for keeping; null: all slots are taken, try again in a moment. */
export async function hashPassword(password: string, salt: Buffer = randomBytes(16)): Promise<string | null> {
  const tag = await derive(password, salt);
  return tag && `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${base64(salt)}$${base64(tag)}`;
}

/**
 * Whether a password fits a PHC string; null: all slots are taken. Without a PHC string (there is no such user) it works
 * as long and says no, so that time does not tell who exists.
 */
export async function verifyPassword(password: string, phc: string | null): Promise<boolean | null> {
  const [, , , , salt, expected] = (phc ?? decoy).split("$");
  const tag = await derive(password, Buffer.from(salt!, "base64"));
  return tag && timingSafeEqual(tag, Buffer.from(expected!, "base64")) && phc !== null;
}

async function derive(password: string, nonce: Buffer): Promise<Buffer | null> {
  if (taken >= slots) return null;
  taken++;
  try {
    return await argon2id({ ...cost, message: password.normalize("NFC"), nonce });
  } finally {
    taken--;
  }
}

function base64(bytes: Buffer): string {
  return bytes.toString("base64").replaceAll("=", "");
}

const decoy = `$argon2id$v=19$$${base64(randomBytes(16))}$${base64(randomBytes(cost.tagLength))}`;
