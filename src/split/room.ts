import { statfs } from "node:fs/promises";
import type { Hand } from "./hand.ts";

/** Room on the disk of a server. */
export interface Room {
  /** Where the server's data is. */
  readonly directory: string;
  readonly freeBytes: number;
}

export function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`;
}

/** Where a server's data is, and how much room that disk has; null: it is not known to be a disk of this machine. */
export async function roomOf({ side, superuser, rows }: Hand): Promise<Room | null> {
  if (!superuser || !/^(127\.|localhost$|::1$)/.test(side.address.host)) return null;
  const [row] = await rows<{ directory: string }>("select current_setting('data_directory') as directory");
  const found = await statfs(row!.directory).catch(() => null);
  return found === null ? null : { directory: row!.directory, freeBytes: found.bavail * found.bsize };
}

/** With less than this a disk is full to PostgreSQL, which writes its log in pieces of 16 MiB. */
const fullBytes = 16 * 1024 * 1024;

/** What is to be said of a disk that is full; null: it is not, or that is not known. */
export async function fullText(hand: Hand): Promise<string | null> {
  const room = await roomOf(hand).catch(() => null);
  if (room === null || room.freeBytes >= fullBytes) return null;
  const { host, port } = hand.side.address;
  return `the disk of ${host}:${port} (${room.directory}) has ${megabytes(room.freeBytes)} free: make room`;
}
