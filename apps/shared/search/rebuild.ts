import type { Kysely, Selectable } from "kysely";
import type { ReadStore } from "seamline";
import { putAll, removeForgotten, type Document } from "./documents.ts";
import type { Tables } from "./migrations.ts";

/**
 * Fills the index anew from the owners while it goes on answering. How far it is lies in one row, which each page of
 * documents is written with, so it goes on there after a crash; a saga's journal would hold another copy of every
 * document. What the owners no longer have was not told of since it began, neither by them nor by an event, and is
 * removed at its end.
 */

export type Progress = Selectable<Tables["rebuilds"]>;

export function progressOf(store: ReadStore<Tables>): Promise<Progress> {
  return store
    .selectFrom("rebuilds")
    .select(["number", "running", "kind", "after", "documents"])
    .executeTakeFirstOrThrow();
}

/** Begins one. One that is under way goes on. */
export async function begin(store: Kysely<Tables>): Promise<void> {
  await store
    .updateTable("rebuilds")
    .set((eb) => ({ number: eb("number", "+", 1), running: true, kind: null, after: null, documents: 0 }))
    .where("running", "=", false)
    .execute();
}

/** What was read of one kind, from where `progress` was. None: there is no more of this kind. */
export interface Page {
  readonly kind: string;
  readonly documents: readonly Document[];
  /** The kind that comes after this one; null: it was the last. */
  readonly nextKind: string | null;
}

/** Writes a page of documents, unless the rebuild has gone on without it. */
export async function advance(
  store: Kysely<Tables>,
  progress: Progress,
  { kind, documents, nextKind }: Page,
): Promise<void> {
  const last = documents.at(-1);
  const ended = last === undefined && nextKind === null;
  const moved = await store
    .updateTable("rebuilds")
    .set((eb) => ({
      running: !ended,
      kind: last || ended ? kind : nextKind,
      after: last?.id ?? null,
      documents: eb("documents", "+", documents.length),
    }))
    .where("number", "=", progress.number)
    .where("running", "=", true)
    .where("kind", "is not distinct from", progress.kind)
    .where("after", "is not distinct from", progress.after)
    .returning("number")
    .executeTakeFirst();
  if (!moved) return;
  await putAll(store, kind, documents);
  if (ended) await removeForgotten(store, progress.number);
}
