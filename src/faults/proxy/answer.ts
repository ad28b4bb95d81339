import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";

/**
 * Answers to requests over HTTP/1.1 that the server behind never sees. A client sends its next request only after the
 * answer to the one before, so the first piece after an answer begins a request; whatever does not look like one goes on.
 */

/** The path of a request that begins here; null: none does. */
export function pathOf(piece: Buffer): string | null {
  return /^[A-Z]+ (\S+) HTTP\/1\.[01]\r\n/.exec(piece.toString("latin1", 0, longestHead))?.[1] ?? null;
}

/** Answers and ends the connection: the rest of the request is read, so that the answer is not lost to a reset. */
export function answerWith(client: Socket, code: number): void {
  const body = `${code} ${STATUS_CODES[code] ?? "Fault"} (a fault on purpose)\n`;
  const head = [
    `HTTP/1.1 ${code} ${STATUS_CODES[code] ?? "Fault"}`,
    "content-type: text/plain; charset=utf-8",
    `content-length: ${Buffer.byteLength(body)}`,
    "cache-control: no-store",
    "connection: close",
  ];
  client.end(`${head.join("\r\n")}\r\n\r\n${body}`);
  client.resume();
  setTimeout(() => client.destroy(), lingerMs).unref();
}

/** Long enough for any path that an app serves. */
const longestHead = 4096;
const lingerMs = 2000;
