import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The path of a unix socket may have 104 bytes on macOS, 108 on Linux. */
const longestPathBytes = 100;
/** "seamline-XXXXXX/999999.sock" and two separators. */
const belowBytes = 30;

/** Makes a directory that only this user can enter, with a path so short that sockets in it can be bound. */
export function makeSocketDirectory(base = tmpdir()): Promise<string> {
  const short = Buffer.byteLength(base) + belowBytes <= longestPathBytes;
  return mkdtemp(join(short ? base : "/tmp", "seamline-"));
}
