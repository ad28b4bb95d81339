import { channelOf, literal } from "./sql.ts";

/**
 * What a transaction asks of sagas, kept until its end: sagas to begin and to wake.
 *
 * These statements come after all of the handler's, and before the locks on events' keys (outbox.ts), in one order: a
 * command that wakes a saga and the saga's own write, which locks its row last, so cannot wait for each other.
 */

/** What a runner of sagas and schedules hears. No module has such a name. */
export const tasksWake = "/tasks";

export interface Wakes {
  readonly begun: readonly { saga: string; id: string; traceparent: string }[];
  readonly woken: readonly { saga: string; id: string }[];
}

/** The statements for sagas; "" for none. */
export function sagaStatements(schema: string, { begun, woken }: Wakes): string {
  if (begun.length + woken.length === 0) return "";
  const statements = [
    ...begun.map((one) => ({ name: nameOf(one), order: 0, text: beginText(one) })),
    ...woken.map((one) => ({ name: nameOf(one), order: 1, text: wakeText(one) })),
  ];
  statements.sort((a, b) => (a.name === b.name ? a.order - b.order : a.name < b.name ? -1 : 1));
  return `${statements.map(({ text }) => text).join("")}select pg_notify('${channelOf(schema)}', '${tasksWake}');`;
}

const nameOf = ({ saga, id }: { saga: string; id: string }): string => `${saga}/${id}`;

function beginText({ saga, id, traceparent }: Wakes["begun"][number]): string {
  return `insert into seamline_sagas (saga, id, traceparent)
    values (${literal(saga)}, ${literal(id)}, ${literal(traceparent)}) on conflict do nothing;`;
}

/** A saga that is in hand, or stopped, only learns that it was woken; see `release` in journal.ts. */
function wakeText({ saga, id }: Wakes["woken"][number]): string {
  return `update seamline_sagas set wakes = wakes + 1, next_at = now(), wake_at = null,
    state = case state when 'waiting' then 'running' else state end
    where saga = ${literal(saga)} and id = ${literal(id)} and ended_at is null;`;
}
