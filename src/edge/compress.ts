import { hash } from "node:crypto";
import { brotliCompress, constants, gzip } from "node:zlib";
import etag from "@fastify/etag";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

/**
 * Compresses answers that are text. A hook on Node's own zlib, because loading @fastify/compress takes about 25 ms,
 * a quarter of the edge's start. Streams are left alone: they may be events that must not wait in a buffer.
 */

/** Below this, in bytes, an answer fits in a packet anyway. */
const thresholdBytes = 1024;
/** 11 is the default, and takes a hundred times as long for a tenth less. */
const brotliOptions = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };
const compressible =
  /^(text\/(?!event-stream)|application\/([a-z.+-]*\+)?(json|xml)|application\/javascript|image\/svg)/;

/** Weak, because one tag stands for an answer compressed and plain. */
const etagOptions = {
  weak: true,
  hashFn: (payload: string | Buffer): string => hash("sha1", payload, "base64url"),
};

/** For a scope whose answers may be asked for again: an ETag, which is made first, of what is then compressed. */
export async function tagAndCompress(scope: FastifyInstance): Promise<void> {
  await scope.register(etag, etagOptions);
  compress(scope);
}

export function compress(scope: FastifyInstance): void {
  scope.addHook("onSend", compressText);
}

/** Calls back at once where there is nothing to do, which is most answers. */
function compressText(
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
  done: (error: Error | null, payload?: unknown) => void,
): void {
  if (!isLongText(reply, payload)) return done(null, payload);
  const vary = String(reply.getHeader("vary") ?? "");
  if (!vary.includes("accept-encoding"))
    reply.header("vary", vary === "" ? "accept-encoding" : `${vary}, accept-encoding`);
  const encoding = encodingOf(request.headers["accept-encoding"]);
  if (encoding === null || request.method === "HEAD") return done(null, payload);
  const packed = (error: Error | null, body: Buffer): void => {
    if (error !== null) return done(error);
    reply.header("content-encoding", encoding).header("content-length", body.length);
    done(null, body);
  };
  if (encoding === "br") brotliCompress(payload, brotliOptions, packed);
  else gzip(payload, packed);
}

function isLongText(reply: FastifyReply, payload: unknown): payload is string | Buffer {
  return (
    (typeof payload === "string" || Buffer.isBuffer(payload)) &&
    payload.length >= thresholdBytes &&
    !reply.hasHeader("content-encoding") &&
    compressible.test(String(reply.getHeader("content-type") ?? ""))
  );
}

/** The better of the two encodings that the client takes; null for neither. */
function encodingOf(accept: string | string[] | undefined): "br" | "gzip" | null {
  if (accept === undefined) return null;
  const taken = String(accept)
    .toLowerCase()
    .split(",")
    .filter((part) => !/;\s*q=0(\.0*)?\s*$/.test(part))
    .map((part) => part.split(";")[0]!.trim());
  return taken.includes("br") ? "br" : taken.includes("gzip") || taken.includes("*") ? "gzip" : null;
}
