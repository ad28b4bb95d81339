import type { Kysely, Selectable } from "kysely";
import type { ReadStore } from "seamline";
import { pieceBytes } from "./contract.ts";
import type { Tables } from "./migrations.ts";

/** Uploads, which come in pieces, one after the other. */

type Upload = Selectable<Tables["uploads"]>;

/** An upload's row, held until the transaction ends. */
export function lockUpload(store: Kysely<Tables>, id: string): Promise<Upload | undefined> {
  return store.selectFrom("uploads").selectAll().where("id", "=", id).forUpdate().executeTakeFirst();
}

/** Adds a piece; false: it does not go here. `upload` must be held. */
export async function addPieceTo(
  store: Kysely<Tables>,
  upload: Upload,
  start: number,
  bytes: Uint8Array,
): Promise<boolean> {
  if (bytes.length === 0 || bytes.length > pieceBytes || start + bytes.length > upload.size) return false;
  const piece = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (start !== upload.received) return await isThere(store, upload.id, start, piece);
  await store.insertInto("pieces").values({ upload: upload.id, start, bytes: piece }).execute();
  const received = start + piece.length;
  await store.updateTable("uploads").set({ received }).where("id", "=", upload.id).execute();
  return true;
}

async function isThere(store: Kysely<Tables>, upload: string, start: number, piece: Buffer): Promise<boolean> {
  const found = await store
    .selectFrom("pieces")
    .select("start")
    .where("upload", "=", upload)
    .where("start", "=", start)
    .where("bytes", "=", piece)
    .executeTakeFirst();
  return found !== undefined;
}

export async function bytesOf(store: ReadStore<Tables>, upload: string): Promise<Buffer> {
  const pieces = await store
    .selectFrom("pieces")
    .select("bytes")
    .where("upload", "=", upload)
    .orderBy("start")
    .execute();
  return Buffer.concat(pieces.map(({ bytes }) => bytes));
}

/** Says what became of an upload, whose pieces nobody needs any more. */
export async function closeUpload(
  store: Kysely<Tables>,
  id: string,
  end: { state: "ready"; reason: null } | { state: "rejected"; reason: string },
): Promise<void> {
  await store.deleteFrom("pieces").where("upload", "=", id).execute();
  await store.updateTable("uploads").set(end).where("id", "=", id).execute();
}
