import { randomUUIDv7 } from "node:crypto";
import { sql, type Kysely } from "kysely";
import type { Tables } from "./migrations.ts";
import type { Rule, Thing, Things } from "./rules.ts";

/** The event that a rule is being applied to. */
export interface Occasion {
  readonly rule: Rule;
  readonly payload: unknown;
  readonly at: Date;
}

/** What is known of things, for one event. `apply` is asked to apply rules to the events that waited for a thing. */
export function thingsFor(
  store: Kysely<Tables>,
  { rule, payload, at }: Occasion,
  apply: (event: string, payload: unknown, at: Date) => Promise<void>,
): Things {
  return {
    async of(id) {
      await lockThing(store, id);
      const row = await store.selectFrom("things").selectAll().where("id", "=", id).executeTakeFirst();
      return row && { owner: row.owner_id, data: row.data, link: row.link };
    },

    async await(id) {
      const event = nameOf(rule);
      const row = { id: randomUUIDv7(), thing: id, event, payload: JSON.stringify(payload), at };
      await store.insertInto("waiting").values(row).execute();
    },

    async keep(id, thing) {
      await lockThing(store, id);
      await keepThing(store, id, thing);
      const waited = await store
        .deleteFrom("waiting")
        .where("thing", "=", id)
        .returning(["id", "event", "payload", "at"])
        .execute();
      for (const row of waited.toSorted((a, b) => (a.id < b.id ? -1 : 1))) await apply(row.event, row.payload, row.at);
    },
  };
}

/** Whoever finds a thing unknown and waits for it must not miss that it becomes known meanwhile. */
async function lockThing(store: Kysely<Tables>, id: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`thing:${id}`}, 0))`.execute(store);
}

async function keepThing(store: Kysely<Tables>, id: string, { owner, data, link }: Thing): Promise<void> {
  const row = { owner_id: owner, data: JSON.stringify(data), link };
  await store
    .insertInto("things")
    .values({ id, ...row })
    .onConflict((conflict) => conflict.column("id").doUpdateSet(row))
    .execute();
}

export function nameOf({ event }: Rule): string {
  return `${event.module}.${event.name}`;
}
