import { randomUUIDv7 } from "node:crypto";
import type { Kysely, Selectable } from "kysely";
import type { ReadStore } from "seamline";
import { closedName } from "../accounts/contract.ts";
import { currentName } from "../authors.ts";
import { notesPerPage, type Note } from "./contract.ts";
import type { Tables } from "./migrations.ts";
import type { NewNote } from "./rules.ts";

/** The notes themselves. */

const dayMs = 86_400_000;
const keptDays = 90;
/** What a badge can show: beyond it there is "99+". */
const countedAtMost = 100;
/** Old rows removed in one transaction. */
const batch = 1000;

/** Leaves a note for its person, unless they have left, muted the type, or did it themselves. */
export async function leaveNote(store: Kysely<Tables>, note: NewNote, at: Date): Promise<void> {
  const { user, type, by, data = {}, link } = note;
  if (user === null || user === by?.id) return;
  if ((await nameNow(store, user, "")) === null) return;
  const muted = await store
    .selectFrom("muted")
    .select("type")
    .where("user_id", "=", user)
    .where("type", "=", type)
    .executeTakeFirst();
  if (muted) return;
  const by_name = by && (by.id === null ? by.name : await nameNow(store, by.id, by.name));
  const row = {
    id: randomUUIDv7(),
    user_id: user,
    type,
    data: JSON.stringify(data),
    link,
    at,
    read: false,
    by_id: by_name === null ? null : (by?.id ?? null),
    by_name: by_name === null ? closedName : (by_name ?? null),
  };
  await store.insertInto("notes").values(row).execute();
}

/** null: the account is closed. */
function nameNow(store: Kysely<Tables>, id: string, name: string): Promise<string | null> {
  return currentName(store, { id, name, roles: [] });
}

export async function countUnread(store: ReadStore<Tables>, user: string): Promise<number> {
  const { unread } = await store
    .selectFrom((from) =>
      from
        .selectFrom("notes")
        .select("id")
        .where("user_id", "=", user)
        .where("read", "=", false)
        .limit(countedAtMost)
        .as("some"),
    )
    .select(({ fn }) => fn.countAll<string>().as("unread"))
    .executeTakeFirstOrThrow();
  return Number(unread);
}

export async function pageOfNotes(
  store: ReadStore<Tables>,
  user: string,
  page: number,
): Promise<{ notes: Note[]; pages: number }> {
  const { total } = await store
    .selectFrom("notes")
    .select(({ fn }) => fn.countAll<string>().as("total"))
    .where("user_id", "=", user)
    .executeTakeFirstOrThrow();
  const rows = await store
    .selectFrom("notes")
    .selectAll()
    .where("user_id", "=", user)
    .orderBy("at", "desc")
    .orderBy("id", "desc")
    .offset((page - 1) * notesPerPage)
    .limit(notesPerPage)
    .execute();
  return { notes: rows.map(toNote), pages: Math.max(1, Math.ceil(Number(total) / notesPerPage)) };
}

function toNote({ id, type, data, link, at, read, by_name }: Selectable<Tables["notes"]>): Note {
  return { id, type, data: by_name === null ? data : { ...data, by: by_name }, link, at: at.toISOString(), read };
}

/** Removes notes, and events that waited in vain, after their time; true: there may be more. */
export async function forgetOld(store: Kysely<Tables>, now: Date): Promise<boolean> {
  const before = new Date(now.getTime() - keptDays * dayMs);
  let most = 0;
  for (const table of ["notes", "waiting"] as const) {
    const old = store.selectFrom(table).select("id").where("at", "<", before).limit(batch);
    const { numDeletedRows } = await store.deleteFrom(table).where("id", "in", old).executeTakeFirstOrThrow();
    most = Math.max(most, Number(numDeletedRows));
  }
  return most === batch;
}
