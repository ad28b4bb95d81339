import type { Kysely, Selectable } from "kysely";
import type { ReadStore } from "seamline";
import type { MediaMeta } from "./contract.ts";
import type { Drawing } from "./draw.ts";
import type { Tables } from "./migrations.ts";

/** Finished pictures, and what becomes of those that nobody wants. */

const hourMs = 3_600_000;
const unfinishedMs = hourMs;
const unusedMs = 24 * hourMs;
const uploadKnownMs = 24 * hourMs;
/** Rows removed in one transaction. A picture may have a megabyte. */
const batch = 100;

export async function metaOf(store: ReadStore<Tables>, ids: readonly string[]): Promise<MediaMeta[]> {
  if (ids.length === 0) return [];
  return await store
    .selectFrom("pictures")
    .select(["id", "width", "height", "alt", "hash"])
    .where("id", "in", ids)
    .execute();
}

/** Keeps a drawing as the picture of an upload, which nothing shows yet. */
export async function keepPicture(
  store: Kysely<Tables>,
  upload: Selectable<Tables["uploads"]>,
  { width, height, hash, large, small }: Drawing,
  now: Date,
): Promise<MediaMeta> {
  const meta = { id: upload.id, width, height, alt: upload.alt, hash };
  await store
    .insertInto("pictures")
    .values({ ...meta, owner_id: upload.author_id, size: large.length + small.length, unused_since: now })
    .execute();
  await store
    .insertInto("drawings")
    .values([
      { picture: upload.id, size: "large", bytes: large },
      { picture: upload.id, size: "small", bytes: small },
    ])
    .execute();
  return meta;
}

/** What a person's pictures take, those included that are on their way. */
export async function keptBytesOf(store: Kysely<Tables>, owner: string): Promise<number> {
  const { pictures, uploads } = await store
    .selectNoFrom((none) => [
      none
        .selectFrom("pictures")
        .select(({ fn }) => fn.sum<string | null>("size").as("bytes"))
        .where("owner_id", "=", owner)
        .as("pictures"),
      none
        .selectFrom("uploads")
        .select(({ fn }) => fn.sum<string | null>("size").as("bytes"))
        .where("author_id", "=", owner)
        .where("state", "=", "open")
        .as("uploads"),
    ])
    .executeTakeFirstOrThrow();
  return Number(pictures ?? 0) + Number(uploads ?? 0);
}

/** A picture's row, held until the transaction ends, so that it is not removed while something begins to show it. */
export function lockPicture(store: Kysely<Tables>, id: string) {
  return store.selectFrom("pictures").select(["id", "owner_id"]).where("id", "=", id).forUpdate().executeTakeFirst();
}

/** Removes what was begun and not finished, and what nothing shows; true: there may be more. */
export async function removeUnwanted(store: Kysely<Tables>, now: Date): Promise<boolean> {
  const ago = (ms: number) => new Date(now.getTime() - ms);
  const unfinished = store
    .selectFrom("uploads")
    .select("id")
    .where(({ eb, and, or }) =>
      or([
        and([eb("state", "=", "open"), eb("created_at", "<", ago(unfinishedMs))]),
        eb("created_at", "<", ago(uploadKnownMs)),
      ]),
    )
    .limit(batch)
    .forUpdate();
  const unused = store
    .selectFrom("pictures")
    .select("id")
    .where("unused_since", "<", ago(unusedMs))
    .limit(batch)
    .forUpdate();
  const uploads = await store.deleteFrom("uploads").where("id", "in", unfinished).executeTakeFirstOrThrow();
  const pictures = await store.deleteFrom("pictures").where("id", "in", unused).executeTakeFirstOrThrow();
  return Math.max(Number(uploads.numDeletedRows), Number(pictures.numDeletedRows)) === batch;
}
