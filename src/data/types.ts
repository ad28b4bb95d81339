import pg from "pg";
import { SeamlineError } from "../contract/errors.ts";

/**
 * How columns read: `int8` (also `count(*)`) as a number, or an error where a number cannot hold it, since a type that
 * is sometimes a string is a bug in waiting; `date` and `timestamp` as text, since neither says which moment it means;
 * `timestamptz` as a Date; `json` and `jsonb` as values; `numeric` as text; the rest as `pg` reads them.
 */
const oid = {
  int8: 20,
  int8Array: 1016,
  date: 1082,
  dateArray: 1182,
  timestamp: 1114,
  timestampArray: 1115,
  textArray: 1009,
} as const;

function toNumber(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  const message = `the database holds the integer ${text}, which a number cannot hold exactly; cast the column to text`;
  throw new SeamlineError("internal", message, { data: { value: text } });
}

type Nested = string | null | Nested[];
const numbers = (value: Nested): unknown =>
  Array.isArray(value) ? value.map(numbers) : value === null ? null : toNumber(value);
const textArray = pg.types.getTypeParser(oid.textArray as never) as (text: string) => Nested;

const parsers: Record<number, (text: string) => unknown> = {
  [oid.int8]: toNumber,
  [oid.int8Array]: (text) => numbers(textArray(text)),
  [oid.date]: String,
  [oid.dateArray]: textArray,
  [oid.timestamp]: String,
  [oid.timestampArray]: textArray,
};

export const columnTypes: pg.CustomTypesConfig = {
  getTypeParser: ((type: number, format?: "text" | "binary") =>
    (format !== "binary" && parsers[type]) || pg.types.getTypeParser(type, format as "text")) as never,
};
