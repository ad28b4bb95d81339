import { randomUUIDv7 } from "node:crypto";
import { sql } from "kysely";
import { module, type Caller, type Module, type ReadStore } from "seamline";
import { letterHandlers } from "../letters.ts";
import { paceSeconds } from "../pace.ts";
import { keptBytesEach, media, Rejection, type Finished } from "./contract.ts";
import { draw } from "./draw.ts";
import { tables, type Tables } from "./migrations.ts";
import { keepPicture, keptBytesOf, lockPicture, metaOf, removeUnwanted } from "./pictures.ts";
import { addPieceTo, bytesOf, closeUpload, lockUpload } from "./uploads.ts";

/** Uploads of one person in ten minutes. */
const pace = { writes: 20, windowMs: 600_000 };
const sweepMs = 60_000;

/** The module for one app; `modules` are those of its modules that attach pictures on nobody's behalf. */
export function mediaModule({ modules }: { modules: readonly string[] }): Module {
  /** Why a caller may not say what shows a picture; null: it may. */
  const whyNot = ({ user, module }: Caller, owner: string): "signIn" | "notOwner" | null => {
    if (!user) return modules.includes(module) ? null : "signIn";
    return user.id === owner || user.roles.includes("admin") ? null : "notOwner";
  };

  return module(media, {
    store: tables,
    ...letterHandlers,

    async meta({ ids }, { store }) {
      return await metaOf(store, ids);
    },

    async picture({ id, size }, { store, fail }) {
      const row = await store
        .selectFrom("drawings")
        .innerJoin("pictures", "pictures.id", "drawings.picture")
        .select(["bytes", "hash"])
        .where("picture", "=", id)
        .where("drawings.size", "=", size)
        .executeTakeFirst();
      if (!row) return fail("notFound", { id });
      return { bytes: new Uint8Array(row.bytes), type: "image/webp", hash: row.hash };
    },

    async beginUpload({ bytes, alt }, { store, caller: { user }, fail, now }) {
      const at = now();
      if (!user) return fail("forbidden", { reason: "signIn" });
      // One after the other for one person: each must see the room that the others take.
      await sql`select pg_advisory_xact_lock(hashtextextended(${`uploads:${user.id}`}, 0))`.execute(store);
      const retryAfterSeconds = await paceSeconds(store, "uploads", user.id, pace, at);
      if (retryAfterSeconds > 0) return fail("tooMany", { retryAfterSeconds });
      const keptBytes = await keptBytesOf(store, user.id);
      if (keptBytes + bytes > keptBytesEach) return fail("full", { keptBytes, maxBytes: keptBytesEach });
      const id = randomUUIDv7();
      const row = { id, author_id: user.id, size: bytes, alt, created_at: at };
      await store
        .insertInto("uploads")
        .values({ ...row, received: 0, state: "open", reason: null })
        .execute();
      return { id };
    },

    async addPiece({ id, offset, bytes }, { store, caller: { user }, fail }) {
      if (!user) return fail("forbidden", { reason: "signIn" });
      const upload = await lockUpload(store, id);
      if (!upload || upload.state !== "open") return fail("notFound", { id });
      if (upload.author_id !== user.id) return fail("forbidden", { reason: "notOwner" });
      if (!(await addPieceTo(store, upload, offset, bytes))) return fail("badPiece", { expected: upload.received });
    },

    async finish({ id }, { read, store, caller: { user }, signal, emit, fail, now }) {
      if (!user) return fail("forbidden", { reason: "signIn" });
      const sent = await read.selectFrom("uploads").selectAll().where("id", "=", id).executeTakeFirst();
      if (!sent) return fail("notFound", { id });
      if (sent.author_id !== user.id) return fail("forbidden", { reason: "notOwner" });
      // Before the transaction: drawing takes a while.
      const drawn =
        sent.state === "open" && sent.received === sent.size
          ? await draw(await bytesOf(read, sent.id), signal)
          : "incomplete";

      const upload = await lockUpload(store, id);
      const at = now();
      const told = { owner: user.id, at: at.toISOString() };
      if (!upload) return fail("notFound", { id });
      if (upload.state !== "open") return (await endOf(store, upload)) ?? fail("notFound", { id });
      if (typeof drawn === "string") {
        await closeUpload(store, upload.id, { state: "rejected", reason: drawn });
        emit("mediaRejected", { id: upload.id, reason: drawn, ...told });
        return { state: "rejected", reason: drawn };
      }
      const meta = await keepPicture(store, upload, drawn, at);
      await closeUpload(store, upload.id, { state: "ready", reason: null });
      emit("mediaReady", { ...meta, ...told });
      return { state: "ready", meta };
    },

    async attach({ id, to }, { store, caller, fail }) {
      const picture = await lockPicture(store, id);
      if (!picture) return fail("notFound", { id });
      const reason = whyNot(caller, picture.owner_id);
      if (reason) return fail("forbidden", { reason });
      await store
        .insertInto("uses")
        .values({ picture: picture.id, used_by: to })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      await store.updateTable("pictures").set({ unused_since: null }).where("id", "=", picture.id).execute();
    },

    async detach({ id, to }, { store, caller, fail, now }) {
      const picture = await lockPicture(store, id);
      if (!picture) return;
      const reason = whyNot(caller, picture.owner_id);
      if (reason) return fail("forbidden", { reason });
      await store.deleteFrom("uses").where("picture", "=", picture.id).where("used_by", "=", to).execute();
      const rest = await store
        .selectFrom("uses")
        .select("used_by")
        .where("picture", "=", picture.id)
        .limit(1)
        .execute();
      if (rest.length > 0) return;
      await store
        .updateTable("pictures")
        .set({ unused_since: now() })
        .where("id", "=", picture.id)
        .where("unused_since", "is", null)
        .execute();
    },

    schedules: (schedule) => [
      schedule("removeUnwanted", { everyMs: sweepMs }, async ({ store, now }) => ({
        again: await removeUnwanted(store, now()),
      })),
    ],
  });
}

/** What became of an upload that was finished before; undefined: its picture is gone. */
async function endOf(
  store: ReadStore<Tables>,
  { id, reason }: { id: string; reason: string | null },
): Promise<Finished | undefined> {
  if (reason !== null) return { state: "rejected", reason: Rejection.parse(reason) };
  const [meta] = await metaOf(store, [id]);
  return meta && { state: "ready", meta };
}
