import { createHash } from "node:crypto";
import multipart from "@fastify/multipart";
import type { FastifyInstance } from "fastify";
import { maxUploadBytes, pieceBytes, type Finished } from "../../../shared/media/contract.ts";
import type { Visit } from "../visit.ts";

/**
 * Files that browsers send. A request is read as a whole before its visit begins, so that a slow line does not use up the
 * time that the modules have; there are few such requests at a time, and one address takes them.
 */

export const uploadAddress = "/host/listings/:id/photos";
/** Each takes up to `maxUploadBytes` of memory while it comes. */
const atOnce = 6;

export async function takeUploads(fastify: FastifyInstance): Promise<void> {
  let inHand = 0;
  fastify.addHook("onRequest", async (request, reply) => {
    if (!/^multipart\//i.test(request.headers["content-type"] ?? "")) return;
    if (request.routeOptions.url !== uploadAddress) throw refusal("this address takes no files", 415);
    if (inHand >= atOnce) {
      reply.header("retry-after", "5");
      throw refusal("too many files are coming at once", 429);
    }
    inHand++;
    reply.raw.once("close", () => void inHand--);
  });
  await fastify.register(multipart, {
    attachFieldsToBody: "keyValues",
    throwFileSizeLimit: false,
    limits: { fileSize: maxUploadBytes, files: 1, fields: 5, parts: 6, fieldSize: 4000, fieldNameSize: 40 },
    async onFile(part) {
      const pieces: Buffer[] = [];
      for await (const piece of part.file) pieces.push(piece as Buffer);
      part.value = part.file.truncated ? tooBig : Buffer.concat(pieces);
    },
  });
}

function refusal(message: string, statusCode: number): Error {
  return Object.assign(new Error(message), { statusCode });
}

const tooBig = Symbol("too big");

/** The file in a field of a form. */
export function fileIn({ request }: Visit, name: string): Uint8Array<ArrayBuffer> | "missing" | "tooBig" {
  const value = (request.body as Record<string, unknown> | null)?.[name];
  if (value === tooBig) return "tooBig";
  return Buffer.isBuffer(value) && value.length > 0 ? new Uint8Array(value) : "missing";
}

/** Hands a picture to media, piece by piece. The same form sent again goes on with the same upload. */
export async function upload(
  visit: Visit,
  key: string,
  bytes: Uint8Array<ArrayBuffer>,
  alt: string,
): Promise<Finished> {
  const { media } = visit.context;
  const digest = createHash("sha256").update(bytes).digest("base64url");
  const keyOf = (operation: string, ...values: unknown[]) => ({
    key: visit.callKey(key, operation, [digest, alt, ...values]),
  });
  const { id } = await media.beginUpload({ bytes: bytes.length, alt }, keyOf("beginUpload"));
  for (let offset = 0; offset < bytes.length; offset += pieceBytes) {
    const piece = { id, offset, bytes: bytes.subarray(offset, offset + pieceBytes) };
    await media.addPiece(piece, keyOf("addPiece", offset));
  }
  return media.finish({ id }, keyOf("finish"));
}
