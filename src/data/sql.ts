import { createHash } from "node:crypto";
import pg from "pg";
import { SeamlineError } from "../contract/errors.ts";

/**
 * Text for the simple protocol, which carries several statements in one round trip but no parameters. Only this room's
 * own statements are written so; what a handler gives always travels as parameters.
 */

export const identifier = pg.escapeIdentifier;

/** @throws SeamlineError `invalid` for a NUL character, which PostgreSQL's text cannot hold and which would end the query */
export function literal(value: string): string {
  if (value.includes("\0"))
    throw new SeamlineError("invalid", `${JSON.stringify(value.slice(0, 60))} holds a NUL character; leave it out`);
  return pg.escapeLiteral(value);
}

/** The id of an advisory lock for a thing with a name; the same in every process. */
export function lockId(...names: string[]): bigint {
  return createHash("sha256").update(names.join("\0")).digest().readBigInt64BE();
}

/** Where relays of a schema listen. A digest, since a channel's name may have 63 bytes at most. */
export function channelOf(schema: string): string {
  return `seamline_${createHash("sha256").update(schema).digest("hex").slice(0, 16)}`;
}

/** The same in a statement, of the schema in which that is carried out. */
export const ownChannel = "'seamline_' || left(encode(sha256(convert_to(current_schema(), 'UTF8')), 'hex'), 16)";
