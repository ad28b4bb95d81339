import type pg from "pg";
import { boundOf, within } from "../data/bound.ts";
import { monotonicMs } from "../contract/deadline.ts";
import { SeamlineError } from "../contract/errors.ts";
import type { Hand } from "./hand.ts";

/**
 * Rows from one server to another as PostgreSQL writes them, without reading them: `copy … to stdout` into
 * `copy … from stdin`. The driver has the messages but no statement that uses them, so here is one of each kind.
 */
interface Stream {
  readonly writableLength: number;
  pause(): void;
  resume(): void;
  once(event: "drain", listener: () => void): void;
}

interface Connection {
  readonly stream: Stream;
  query(text: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
  sendCopyFail(reason: string): void;
}

/** More: memory. Less: both servers wait for each other. */
const bufferedBytes = 1 << 20;
const batchBytes = 1 << 16;

export interface Piped {
  readonly rows: number;
  readonly bytes: number;
}

export interface Pipe {
  readonly from: Hand;
  readonly to: Hand;
  /** The statements: what `out` gives, `into` takes. */
  readonly out: string;
  readonly into: string;
  /** How long all of it may take. Default: as long as something comes. */
  readonly ms?: number;
  /** How long it may stand still. */
  readonly stallMs: number;
  /** Gives it up. */
  readonly signal?: AbortSignal;
  /** Told several times a second. */
  readonly report?: (sofar: Piped) => void;
}

/** Copies what one statement gives into what the other takes. After a failure both hands are lost. */
export function pipe(options: Pipe): Promise<Piped> {
  return options.from.use(() => options.to.use(() => carry(options)));
}

async function carry({ from, to, out, into, ms = Infinity, stallMs, signal, report }: Pipe): Promise<Piped> {
  let bytes = 0;
  let rows = 0;
  let movedAt = monotonicMs();
  const began = Promise.withResolvers<Connection>();
  const ended = Promise.withResolvers<number>();
  const given = Promise.withResolvers<number>();
  const stalled = Promise.withResolvers<never>();
  const timer = setInterval(() => {
    try {
      signal?.throwIfAborted();
      if (monotonicMs() - movedAt > stallMs) throw standsStill(to, stallMs);
      report?.({ rows, bytes });
    } catch (error) {
      stalled.reject(error);
    }
  }, 100);
  for (const { promise } of [began, ended, given, stalled]) promise.catch(() => {});
  try {
    submit(to, into, ended, { handleCopyInResponse: (connection) => began.resolve(connection) });
    const target = await within(
      boundOf(ms),
      "copying rows",
      Promise.race([began.promise, ended.promise, stalled.promise]),
    );
    if (typeof target === "number") throw new SeamlineError("internal", "the target took no rows");
    const batch = batchInto(target);
    let waiting = false;
    submit(from, out, given, {
      handleCopyData: ({ chunk }, source) => {
        bytes += chunk.length;
        rows += 1; // in the binary form a few of them are no rows
        movedAt = monotonicMs();
        batch.add(chunk);
        // Messages that were read already come all the same; one wait is enough for them.
        if (waiting || target.stream.writableLength < bufferedBytes) return;
        waiting = true;
        source.stream.pause();
        target.stream.once("drain", () => {
          waiting = false;
          source.stream.resume();
        });
      },
    });
    const all = given.promise.then(async (sent) => {
      batch.send();
      target.endCopyFrom();
      const taken = await ended.promise;
      if (taken !== sent) throw new SeamlineError("internal", `${sent} rows were copied out, and ${taken} in`);
      return sent;
    });
    const failed = ended.promise.then(() => new Promise<never>(() => {})); // the target fails before the source is through
    return { rows: await within(boundOf(ms), "copying rows", Promise.race([all, failed, stalled.promise])), bytes };
  } catch (error) {
    from.session.destroy();
    to.session.destroy();
    throw error;
  } finally {
    clearInterval(timer);
  }
}

/** Rows come one by one; sent on so, each would be a write to the socket. They are copied, for the reader reuses its memory. */
function batchInto(target: Connection): { add(chunk: Buffer): void; send(): void } {
  const memory = Buffer.allocUnsafe(batchBytes);
  let filled = 0;
  const send = (): void => {
    if (filled > 0) target.sendCopyFromChunk(memory.subarray(0, filled));
    filled = 0;
  };
  const add = (chunk: Buffer): void => {
    if (filled + chunk.length > batchBytes) send();
    if (chunk.length > batchBytes) return target.sendCopyFromChunk(chunk);
    filled += chunk.copy(memory, filled);
  };
  return { add, send };
}

function standsStill({ side: { address } }: Hand, stallMs: number): SeamlineError {
  const message = `copying to ${address.host}:${address.port} stood still for ${stallMs} ms`;
  return new SeamlineError("deadline_exceeded", message);
}

interface Ears {
  handleCopyInResponse?(connection: Connection): void;
  handleCopyData?(message: { readonly chunk: Buffer }, connection: Connection): void;
}

/** Sends a statement whose answer is heard by `ears`, and settles with how many rows it says that it was. */
function submit({ session }: Hand, text: string, ended: PromiseWithResolvers<number>, ears: Ears): void {
  let rows = 0;
  const ignore = (): void => {};
  const statement = {
    submit: (connection: Connection): null => (connection.query(text), null),
    handleRowDescription: ignore,
    handleDataRow: ignore,
    handlePortalSuspended: ignore,
    handleEmptyQuery: ignore,
    handleCopyData: ignore,
    handleCopyInResponse: (connection: Connection): void => connection.sendCopyFail("rows were not asked for"),
    ...ears,
    handleCommandComplete: ({ text: said }: { text: string }): void => void (rows = Number(said.split(" ").at(-1))),
    handleReadyForQuery: (): void => ended.resolve(rows),
    handleError: (error: Error): void => ended.reject(error),
  };
  session.client.query(statement as unknown as pg.Query);
}
