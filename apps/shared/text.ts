import { z } from "zod";

/**
 * What people may write. Both ends of a call apply the same schema, so everything here gives the same value when it is
 * applied twice.
 */

/** Controls other than tab and line feed, lone surrogates, and the marks that turn the direction of text around. */
// oxlint-disable-next-line no-control-regex -- refusing control characters is the point
const refused = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\p{Cs}]/u;
/** Something that can be seen: blanks and fillers such as U+3164 (Hangul filler) alone do not count. */
const visible = /[^\s\p{Default_Ignorable_Code_Point}]/u;

/** Line ends become `\n`, blanks around the text go, and letters take their composed form (NFC). */
export function tidy(text: string): string {
  return text.replace(/\r\n?/g, "\n").normalize("NFC").trim();
}

function written(max: number) {
  return z
    .string()
    .overwrite(tidy)
    .min(1)
    .max(max)
    .refine((text) => !refused.test(text), "control characters are not allowed")
    .refine((text) => visible.test(text), "there must be something to see");
}

/** One line of text, 1 to `max` UTF-16 units after tidying. */
export function line(max: number) {
  return written(max).refine((text) => !/[\n\t]/.test(text), "line ends and tabs are not allowed");
}

/** Text of any number of lines, 1 to `max` UTF-16 units after tidying. */
export function text(max: number) {
  return written(max);
}

/** A point in time: ISO 8601, UTC, in ms. */
export const At = z.iso.datetime();
export const Id = z.uuid();
/** Pages are counted from 1. */
export const PageNumber = z.number().int().min(1).max(1_000_000).default(1);
