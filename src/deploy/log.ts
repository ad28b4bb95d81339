import { closeSync, openSync, readSync, renameSync, fstatSync, statSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";

/** Above this a log is put aside (`.1`, the older one is dropped) at the next start. */
const rotateAboveBytes = 8 * 1024 * 1024;
const tailBytes = 16 * 1024;

/** A file that a process writes to by itself, so that nothing is lost when either side dies. */
export interface Log {
  readonly path: string;
  readonly fd: number;
  /** The last lines written since it was opened. */
  tail(lines: number): string[];
  close(): void;
}

export function openLog(path: string): Log {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > rotateAboveBytes) renameSync(path, `${path}.1`);
  const fd = openSync(path, "a", 0o600);
  const beganAt = fstatSync(fd).size;
  let open = true;
  return {
    path,
    fd,
    tail: (lines) => tailOf(path, beganAt, lines),
    close() {
      if (open) closeSync(fd);
      open = false;
    },
  };
}

/** Never throws: it is read to tell of another failure. */
function tailOf(path: string, from: number, lines: number): string[] {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch {
    return [];
  }
  try {
    const end = fstatSync(fd).size;
    const start = Math.max(from, end - tailBytes);
    const buffer = Buffer.alloc(Math.max(0, end - start));
    const size = readSync(fd, buffer, 0, buffer.length, start);
    return buffer.toString("utf8", 0, size).split("\n").filter(Boolean).slice(-lines);
  } finally {
    closeSync(fd);
  }
}
