import type { InvariantAccess } from "seamline";

/**
 * What was written at stay (scenarios/), by the keys of the forms that were sent. A command leaves a row with its key and
 * its result in its module's `seamline_keys`, in the transaction of its effect; a form's key is in front of the dot,
 * behind the user.
 */
const form = `substring(key from ':([A-Za-z0-9_-]{24})[.][A-Za-z0-9_-]{22}$') as form`;
const result = `seamline_keys.result::json ->> 'id'`;
const forms = `select ${form}, bookings.id, jsonb_path_exists(timeline, '$[*] ? (@.step == "paying")') as paying
  from seamline_keys join bookings on bookings.id::text = ${result}`;
/** A reply that is there may be a later one: it takes the place of the one before. */
const said = `select ${form} from seamline_keys join reviews on reviews.id::text = ${result}
  where operation = 'reviews.submit' or operation = 'reviews.reply' and reply is not null`;

export async function written({ sql }: InvariantAccess): Promise<string[]> {
  const started = await sql("bookings", `${forms} where operation = 'bookings.start'`);
  const paid = await sql("bookings", `${forms} where operation = 'bookings.pay'`);
  const captures = await sql(
    "payments",
    `select payment, count(distinct transaction)::int as times from entries
     where kind = 'capture' and payment = any($1::uuid[]) group by payment`,
    [paid.map(({ id }) => id)],
  );
  const opinions = await sql("reviews", said);
  const taken = new Map(captures.map(({ payment, times }) => [payment, times as number]));
  // A payment is there as often as money was taken, and at least once where the booking knows of it.
  const payments = paid.flatMap(({ form, id, paying }) =>
    Array.from({ length: Math.max(paying ? 1 : 0, taken.get(id) ?? 0) }, () => form),
  );
  const others = [...started, ...opinions].map((row) => row["form"] as string | null);
  return [...others, ...payments].filter((key) => key !== null);
}
