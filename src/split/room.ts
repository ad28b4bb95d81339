import { statfs } from "node:fs/promises";
import { join } from "node:path";
import type { Hand } from "./hand.ts";

/** Room on the disk of a server. */
export interface Room {
  /** Where the server's data is. */
  readonly directory: string;
  readonly freeBytes: number;
}

/** With less than this a disk is full to PostgreSQL, which writes its log in pieces of 16 MiB. */
const fullBytes = 16 * 1024 * 1024;

export function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`;
}

/** null: it is not known to be a disk of this machine. */
export async function roomOf({ side, superuser, rows }: Hand): Promise<Room | null> {
  if (!superuser || !/^(127\.|localhost$|::1$)/.test(side.address.host)) return null;
  const [row] = await rows<{ directory: string }>("select current_setting('data_directory') as directory");
  return roomAt(row!.directory);
}

async function roomAt(directory: string): Promise<Room | null> {
  const found = await statfs(directory).catch(() => null);
  return found === null ? null : { directory, freeBytes: found.bavail * found.bsize };
}

/** What is to be said of a server whose disk is full; null: it is not, or that is not known. */
export async function fullText(hand: Hand): Promise<string | null> {
  return textOf(await roomOf(hand).catch(() => null));
}

/** The same when it is asked for, be it that the server does not answer any more: it ends when its log cannot grow. */
export async function fullTextLater(hand: Hand): Promise<() => Promise<string | null>> {
  const room = await roomOf(hand);
  return async () => (room === null ? null : textOf(await roomAt(room.directory)));
}

/** The same of an embedded server, which may not answer any more. @param directory the deployment's */
export async function fullServerText(directory: string, server: string | null): Promise<string | null> {
  return server === null ? null : textOf(await roomAt(join(directory, "postgres", server)));
}

/** Whether an error's words have it already. */
export function saysFull(text: string): boolean {
  return /the disk of .+ is full/.test(text);
}

function textOf(room: Room | null): string | null {
  if (room === null || room.freeBytes >= fullBytes) return null;
  return `the disk of ${room.directory} is full (${megabytes(room.freeBytes)} free): make room`;
}
