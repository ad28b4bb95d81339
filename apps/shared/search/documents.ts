import { sql, type Kysely } from "kysely";
import type { Tables } from "./migrations.ts";
import { fold, tokensOf } from "./words.ts";

/** What is kept of the things that can be found. Every change says which version of the owner's it is; older ones change nothing. */

export interface Document {
  readonly id: string;
  /** Grows with each change that the owner makes. */
  readonly version: number;
  readonly title: string;
  readonly text: string;
  /** What else it can be found by, such as names of its place; not shown. */
  readonly words?: readonly string[];
  readonly tags?: readonly string[];
  readonly numbers?: Readonly<Record<string, number>>;
  /** Figures of others' as the owner knows them, by who tells them; they count until somebody tells better. */
  readonly others?: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** News of a thing that can be found. */
export type Change =
  | { readonly is: "there"; readonly kind: string; readonly document: Document }
  | { readonly is: "gone"; readonly kind: string; readonly id: string; readonly version: number }
  /** `of`: who tells these figures, whose `version` it is. */
  | {
      readonly is: "figures";
      readonly kind: string;
      readonly id: string;
      readonly of: string;
      readonly version: number;
      readonly numbers: Readonly<Record<string, number>>;
    };

export async function note(store: Kysely<Tables>, change: Change): Promise<void> {
  if (change.is === "there") await putAll(store, change.kind, [change.document]);
  if (change.is === "gone") await remove(store, change.kind, change.id, change.version);
  if (change.is === "figures") await noteFigures(store, change);
}

const currentRebuild = sql<number>`(select number from rebuilds)`;
const empty = { title: "", body: "", folded: "", words: "", title_words: "", tags: [], own: json({}) };

function json<T extends object>(value: T): T {
  return JSON.stringify(value) as unknown as T;
}

export async function putAll(store: Kysely<Tables>, kind: string, documents: readonly Document[]): Promise<void> {
  if (documents.length === 0) return;
  await store
    .insertInto("documents")
    .values(documents.map((document) => ({ kind, ...toRow(document) })))
    .onConflict((conflict) =>
      conflict
        .columns(["kind", "id"])
        .doUpdateSet((eb) => ({
          version: eb.ref("excluded.version"),
          shown: true,
          title: eb.ref("excluded.title"),
          body: eb.ref("excluded.body"),
          folded: eb.ref("excluded.folded"),
          words: eb.ref("excluded.words"),
          title_words: eb.ref("excluded.title_words"),
          tags: eb.ref("excluded.tags"),
          own: eb.ref("excluded.own"),
          told: sql`excluded.told || documents.told`,
          told_versions: sql`excluded.told_versions || documents.told_versions`,
          rebuild: eb.ref("excluded.rebuild"),
        }))
        // The same version again is written again: a rebuild may index it in a new way.
        .whereRef("documents.version", "<=", "excluded.version"),
    )
    .execute();
}

function toRow({ id, version, title, text, words = [], tags = [], numbers = {}, others = {} }: Document) {
  const [shown, body] = [title.normalize("NFC"), text.normalize("NFC")];
  const folded = [shown, body, ...words].map(fold).join("\n");
  return {
    id,
    version,
    shown: true,
    title: shown,
    body,
    folded,
    words: vectorOf(folded),
    title_words: vectorOf(fold(shown)),
    tags: [...tags],
    own: json({ ...numbers }),
    told: json(Object.assign({}, ...Object.values(others))),
    told_versions: json(Object.fromEntries(Object.keys(others).map((of) => [of, 0]))),
    rebuild: currentRebuild,
  };
}

function vectorOf(folded: string) {
  return sql<string>`array_to_tsvector(${tokensOf(folded)}::text[])`;
}

async function remove(store: Kysely<Tables>, kind: string, id: string, version: number): Promise<void> {
  const row = { ...empty, version, shown: false, rebuild: currentRebuild };
  await store
    .insertInto("documents")
    .values({ ...row, kind, id, told: json({}), told_versions: json({}) })
    .onConflict((conflict) =>
      conflict.columns(["kind", "id"]).doUpdateSet(row).where("documents.version", "<=", version),
    )
    .execute();
}

async function noteFigures(
  store: Kysely<Tables>,
  { kind, id, of, version, numbers }: Change & { is: "figures" },
): Promise<void> {
  const row = { told: json({ ...numbers }), told_versions: json({ [of]: version }) };
  await store
    .insertInto("documents")
    .values({ ...empty, ...row, kind, id, version: -1, shown: false, rebuild: currentRebuild })
    .onConflict((conflict) =>
      conflict
        .columns(["kind", "id"])
        .doUpdateSet({
          told: sql`documents.told || excluded.told`,
          told_versions: sql`documents.told_versions || excluded.told_versions`,
        })
        .where(sql<number>`coalesce((documents.told_versions -> ${of}::text)::int, -1)`, "<", version),
    )
    .execute();
}

/** Takes away what was not told of since a rebuild began. */
export async function removeForgotten(store: Kysely<Tables>, rebuild: number): Promise<void> {
  await store
    .updateTable("documents")
    .set({ ...empty, shown: false })
    .where("shown", "=", true)
    .where("rebuild", "<", rebuild)
    .execute();
}
