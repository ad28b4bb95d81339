import { hash, randomBytes } from "node:crypto";

/** 32 signs that nobody confuses when they are read out: without I, O, 0 and 1. */
const alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/** A name for people, such as "7KQ2-M9XD": 40 random bits. Two may be the same; the table knows. */
export function newReference(): string {
  const signs = Array.from(randomBytes(8), (byte) => alphabet[byte % alphabet.length]).join("");
  return `${signs.slice(0, 4)}-${signs.slice(4)}`;
}

/** The id of the booking that a person begins under a key: always the same one, so that a repetition takes no second hold. */
export function bookingId(user: string, key: string): string {
  const bytes = hash("sha256", `${user}/${key}`, "buffer").subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
