import { command, contract, event, query } from "seamline";
import { z } from "zod";
import { letterOperations } from "../letters.ts";
import { At, Id, line } from "../text.ts";

/**
 * Pictures. What somebody uploads is never shown as it came: it is decoded and drawn anew in two sizes, without anything
 * that was hidden in the file, and gets a name of ours.
 */

export const maxUploadBytes = 10_000_000;
/** What one person may have here at a time. */
export const keptBytesEach = 200_000_000;
/** Pieces in which an upload comes; a call carries about 1 MiB at most. */
export const pieceBytes = 400_000;

const Meta = z.object({
  id: Id,
  width: z.number().int(),
  height: z.number().int(),
  alt: z.string(),
  /** Changes when the picture does; for caches. */
  hash: z.string(),
});
const Forbidden = z.object({ reason: z.enum(["signIn", "notOwner"]) });
const NotFound = z.object({ id: Id });

/** Why a file is no picture for us; "tooLarge": more than 50 million pixels, "tooSmall": a side below 50. */
export const Rejection = z.enum(["notAPicture", "tooLarge", "tooSmall", "incomplete"]);
const Finished = z.discriminatedUnion("state", [
  z.object({ state: z.literal("ready"), meta: Meta }),
  z.object({ state: z.literal("rejected"), reason: Rejection }),
]);

export type MediaMeta = z.infer<typeof Meta>;
export type Finished = z.infer<typeof Finished>;

export const media = contract("media", {
  meta: query({ input: z.object({ ids: z.array(Id).max(100) }), output: z.array(Meta) }),
  /** A picture's bytes: at most 1280 px wide ("large") or 480 ("small"). */
  picture: query({
    input: z.object({ id: Id, size: z.enum(["small", "large"]) }),
    output: z.object({ bytes: z.instanceof(Uint8Array), type: z.string(), hash: z.string() }),
    errors: { notFound: NotFound },
    deadlineMs: 3000,
  }),
  beginUpload: command({
    input: z.object({ bytes: z.number().int().min(1).max(maxUploadBytes), alt: line(200) }),
    output: z.object({ id: Id }),
    errors: {
      forbidden: Forbidden,
      tooMany: z.object({ retryAfterSeconds: z.number().int() }),
      /** The caller's pictures take all the room that one person has. */
      full: z.object({ keptBytes: z.number().int(), maxBytes: z.number().int() }),
    },
  }),
  /**
   * The piece that begins at `offset`, in order, of at most `pieceBytes`. Sending one twice is once. `badPiece` tells the
   * offset at which the next one must begin.
   */
  addPiece: command({
    input: z.object({ id: Id, offset: z.number().int().min(0), bytes: z.instanceof(Uint8Array) }),
    errors: { forbidden: Forbidden, notFound: NotFound, badPiece: z.object({ expected: z.number().int() }) },
    deadlineMs: 3000,
  }),
  /** Draws it anew: from JPEG, PNG, WebP or AVIF with one picture in it. `rejected` is a result and no error, so that what was refused is remembered. */
  finish: command({
    input: z.object({ id: Id }),
    output: Finished,
    errors: { forbidden: Forbidden, notFound: NotFound },
    deadlineMs: 10_000,
  }),
  /**
   * Says that something of an app shows the picture. A picture that nothing shows is removed after a day. By its owner, by
   * admins, and by modules of the app that ask on nobody's behalf.
   */
  attach: command({
    input: z.object({ id: Id, to: z.string().max(100) }),
    errors: { forbidden: Forbidden, notFound: NotFound },
  }),
  detach: command({ input: z.object({ id: Id, to: z.string().max(100) }), errors: { forbidden: Forbidden } }),
  ...letterOperations,

  mediaReady: event(Meta.extend({ owner: Id, at: At }), { key: ({ id }) => id }),
  mediaRejected: event(z.object({ id: Id, owner: Id, reason: z.string(), at: At }), { key: ({ id }) => id }),
});
