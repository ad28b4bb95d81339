import { CompiledQuery, type Kysely } from "kysely";
import type { DeadLetter } from "../module/saga.ts";
import { literal } from "./sql.ts";

/** Dead letters: events that were given up for one subscriber. They stay in the outbox until somebody replays them. */

export interface Letter {
  readonly id: string;
  readonly subscriber: string;
  readonly key: string;
}

export async function deadLetters(db: Kysely<any>, limit: number): Promise<DeadLetter[]> {
  const text = `select id, event, subscriber, key, attempts, coalesce(last_error, '') as error, at, dead_at as "deadAt"
    from seamline_outbox where dead_at is not null order by dead_at, position limit $1`;
  const { rows } = await db.executeQuery(CompiledQuery.raw(text, [limit]));
  return rows as DeadLetter[];
}

/** The key of a dead letter; null: there is no such dead letter. */
export async function keyOfDead(db: Kysely<any>, id: string, subscriber: string): Promise<string | null> {
  const text = "select key from seamline_outbox where id::text = $1 and subscriber = $2 and dead_at is not null";
  const { rows } = await db.executeQuery(CompiledQuery.raw(text, [id, subscriber]));
  return (rows as { key: string }[])[0]?.key ?? null;
}

/**
 * Makes a dead letter due again, in its old place among the events of its key: before those that wait, after those that
 * went on without it. Where a relay has events of that key in hand, the letter waits until that relay's lease would end,
 * so that it is not delivered beside them. Run under the lock on the key (outbox.ts), so nothing is added meanwhile.
 */
export function replayText({ id, subscriber, key }: Letter): string {
  const lane = `subscriber = ${literal(subscriber)} and key = ${literal(key)}`;
  return `
    with head as materialized (
      select claimed_until from seamline_outbox where ${lane} and dead_at is null order by position limit 1 for update
    )
    update seamline_outbox set dead_at = null, attempts = 0, next_at = now(), claimed_by = 'replay',
      claimed_until = (select claimed_until from head)
      where ${lane} and id = ${literal(id)} and dead_at is not null;`;
}
