import type { EventRecord } from "./data.ts";
import { channelOf, literal, lockId } from "./sql.ts";
import { replayText, type Letter } from "./letters.ts";

/**
 * Writing events: one row for each event and subscriber, in the transaction of what they tell of, at its very end.
 *
 * Positions are given when rows are inserted but seen when they are committed, so two transactions could become visible
 * in another order than their positions say, and the relay would deliver the later one first. Therefore each
 * transaction takes an advisory lock on every key it tells something of before it inserts, and holds it over its commit:
 * for one key, order of position = order of commit. The locks are taken in one order, after all row locks of the
 * handler, so they add no deadlock. The price: transactions that tell of one key commit one after the other.
 */

/** The statements that store events, replay dead letters and wake the relays; "" when there is nothing to tell. */
export function outboxInserts(
  schema: string,
  events: readonly EventRecord[],
  subscribers: Readonly<Record<string, readonly string[]>>,
  letters: readonly Letter[],
): string {
  const rows: string[] = [];
  const keys = new Set(letters.map(({ key }) => key));
  const woken = new Set(letters.map(({ subscriber }) => subscriber));
  for (const event of events)
    for (const subscriber of subscribers[event.event] ?? []) {
      rows.push(rowOf(subscriber, event));
      keys.add(event.key);
      woken.add(subscriber);
    }
  if (keys.size === 0) return "";
  const ids = [...keys].map((key) => lockId(schema, key)).sort((a, b) => (a < b ? -1 : 1));
  const locks = ids.map((id) => `pg_advisory_xact_lock(${id})`).join(",");
  const calls = [...woken].map((name) => `pg_notify('${channelOf(schema)}', ${literal(name)})`).join(",");
  const told = `insert into seamline_outbox (subscriber, key, id, event, payload, at, traceparent) values ${rows.join(",")};`;
  return `select ${locks};${letters.map(replayText).join("")}${rows.length === 0 ? "" : told}select ${calls};`;
}

function rowOf(subscriber: string, event: EventRecord): string {
  const { key, id, event: name, payload, at, traceparent } = event;
  return `(${[subscriber, key, id, name, payload, at, traceparent].map(literal).join(",")})`;
}
