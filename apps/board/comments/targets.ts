import type { Kysely } from "kysely";
import type { ReadStore } from "seamline";
import type { Tables } from "./migrations.ts";

/**
 * What comments know of the things they are below. They never ask the owner: a comment can be written while the owner is
 * down, and before its news arrives. So a target that nothing is known of is taken as being there.
 */

export function targetOf(store: ReadStore<Tables>, id: string) {
  return store.selectFrom("targets").selectAll().where("id", "=", id).executeTakeFirst();
}

/** Makes room for one more comment; false: the target is removed. */
export async function addPlace(store: Kysely<Tables>, id: string): Promise<boolean> {
  const { removed } = await store
    .insertInto("targets")
    .values({ id, removed: false, version: 0, shown: 1, places: 1 })
    .onConflict((conflict) =>
      conflict
        .column("id")
        .doUpdateSet((eb) => ({ shown: eb("targets.shown", "+", 1), places: eb("targets.places", "+", 1) })),
    )
    .returning("removed")
    .executeTakeFirstOrThrow();
  return !removed;
}

export async function hideOne(store: Kysely<Tables>, id: string): Promise<void> {
  await store
    .updateTable("targets")
    .set((eb) => ({ shown: eb("shown", "-", 1) }))
    .where("id", "=", id)
    .execute();
}

/** Notes what a target's owner told; older news than what is known changes nothing. */
export async function noteTarget(store: Kysely<Tables>, id: string, version: number, removed: boolean): Promise<void> {
  await store
    .insertInto("targets")
    .values({ id, removed, version, shown: 0, places: 0 })
    .onConflict((conflict) =>
      conflict.column("id").doUpdateSet({ removed, version }).where("targets.version", "<", version),
    )
    .execute();
}
