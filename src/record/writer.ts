import { mkdir, open, readdir, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { SeamlineError } from "../contract/errors.ts";
import type { EventInput, RunLine, SampleLine } from "./recording.ts";

/** How long a line may wait in memory. Longer loses more when the process is killed; shorter writes more often. */
const flushMs = 200;

/**
 * Appends lines to one file of a recording. Lines are kept for a moment and written together; what a killed process had
 * not yet written is at most the last 200 ms.
 *
 * When writing fails, as on a full disk, the file is cut back to its last whole line, `failed` is aborted with the
 * reason, and later lines are ignored, so that an experiment can stop in good order.
 */
export class LineWriter {
  readonly path: string;
  readonly #handle: FileHandle;
  readonly #failed = new AbortController();
  #pending: string[] = [];
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();
  #wholeBytes: number;
  #closed: Promise<void> | null = null;

  private constructor(path: string, handle: FileHandle, wholeBytes: number) {
    this.path = path;
    this.#handle = handle;
    this.#wholeBytes = wholeBytes;
  }

  /** @throws SeamlineError `recording_failed` */
  static async open(path: string): Promise<LineWriter> {
    try {
      const handle = await open(path, "a");
      return new LineWriter(path, handle, (await handle.stat()).size);
    } catch (cause) {
      throw cannotWrite(path, cause);
    }
  }

  /** Aborted, with the error as its reason, as soon as a line could not be written. */
  get failed(): AbortSignal {
    return this.#failed.signal;
  }

  /** After `close` or a failure it is ignored. */
  write(line: EventInput | SampleLine): void {
    if (this.#closed !== null || this.failed.aborted) return;
    this.#pending.push(JSON.stringify(line));
    this.#timer ??= setTimeout(() => void this.#flush(), flushMs);
  }

  /** Writes what is pending and closes the file; may be called twice. @throws SeamlineError `recording_failed` */
  async close(): Promise<void> {
    this.#closed ??= this.#end();
    await this.#closed;
    this.failed.throwIfAborted();
  }

  #flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const lines = this.#pending;
    this.#pending = [];
    if (lines.length > 0) this.#writing = this.#writing.then(() => this.#put(Buffer.from(`${lines.join("\n")}\n`)));
    return this.#writing;
  }

  async #end(): Promise<void> {
    await this.#flush();
    await this.#handle.close();
  }

  /** Never rejects: whoever listens to `failed` learns of it. */
  async #put(bytes: Buffer): Promise<void> {
    if (this.failed.aborted) return;
    try {
      await this.#handle.appendFile(bytes);
      this.#wholeBytes += bytes.length;
    } catch (cause) {
      // What is not a file, such as a device, cannot be cut back; the reader drops a torn line anyway.
      await this.#handle.truncate(this.#wholeBytes).catch(() => {});
      this.#failed.abort(cannotWrite(this.path, cause));
    }
  }
}

export interface Run {
  readonly number: number;
  readonly directory: string;
  readonly events: LineWriter;
}

/** Makes the directory of a new run, the next number in `runs`, and begins its recording. @throws SeamlineError `recording_failed` */
export async function createRun(runs: string, line: Omit<RunLine, "id">): Promise<Run> {
  try {
    await mkdir(runs, { recursive: true });
    for (let number = (await runNumbers(runs)).at(-1) ?? 0; ;) {
      const directory = join(runs, String((number += 1)));
      // Two experiments may begin at once: whoever makes the directory has the number.
      const made = await mkdir(directory).then(
        () => true,
        (error: NodeJS.ErrnoException) => (error.code === "EEXIST" ? false : Promise.reject(error)),
      );
      if (!made) continue;
      const events = await LineWriter.open(join(directory, "events.ndjson"));
      events.write({ ...line, id: String(number) });
      return { number, directory, events };
    }
  } catch (cause) {
    throw cause instanceof SeamlineError ? cause : cannotWrite(runs, cause);
  }
}

/** The runs that there are, oldest first. */
export async function runNumbers(runs: string): Promise<number[]> {
  const names = await readdir(runs).catch((error: NodeJS.ErrnoException) =>
    error.code === "ENOENT" ? [] : Promise.reject(error),
  );
  return names
    .filter((name) => /^[1-9]\d*$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
}

function cannotWrite(path: string, cause: unknown): SeamlineError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const why = code === "ENOSPC" ? "the disk is full; make room and run again" : message;
  return new SeamlineError("recording_failed", `the recording cannot be written: ${path}: ${why}`, {
    data: { path, code },
    cause,
  });
}
