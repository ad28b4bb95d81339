import { createHash } from "node:crypto";
import type sharpModule from "sharp";

type Sharp = typeof sharpModule;

/**
 * Draws a picture anew, in two sizes, as WebP: only pixels come through. What a file says about place, camera or owner,
 * and whatever else was put into it, stays behind. Work is done in threads of libuv, so calls go on meanwhile.
 */

/** Loaded when the first picture comes: a process that draws none does not pay 20 MB for it. */
let loaded: Promise<Sharp> | undefined;
/** What strangers' bytes may be read by. No SVG, PDF or TIFF, whose readers can do much more than pictures need. */
const readers = ["Jpeg", "Png", "Webp", "Heif"].map((kind) => `VipsForeignLoad${kind}Buffer`);
/** A phone's 48 MP fit. Twice as many take twice the memory while a turned picture is decoded. */
const maxPixels = 50_000_000;
/** Smaller than this is no picture to look at. */
const minSide = 50;
const sizes = { large: { width: 1280, height: 1920 }, small: { width: 480, height: 720 } } as const;
/** A call carries about 1 MiB. Few pictures need more than the first of the qualities to stay below this. */
const maxBytes = 900_000;
const qualities = [80, 55, 30, 5];
const patienceSeconds = 8;
/** Pictures drawn at once in a process. More take memory from everything else in it, and are hardly faster. */
const atOnce = 2;

export type Rejection = "notAPicture" | "tooLarge" | "tooSmall";
export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly hash: string;
  readonly large: Buffer;
  readonly small: Buffer;
}

/** Waits for its turn. @throws what `signal` was aborted with */
export async function draw(bytes: Buffer, signal: AbortSignal): Promise<Drawing | Rejection> {
  await turn();
  try {
    signal.throwIfAborted();
    const sharp = await (loaded ??= load());
    const refused = await whyNot(sharp, bytes);
    return refused ?? (await drawBoth(sharp, bytes));
  } finally {
    const next = waiting.shift();
    if (next) next();
    else drawing--;
  }
}

let drawing = 0;
const waiting: (() => void)[] = [];

async function turn(): Promise<void> {
  if (drawing < atOnce) drawing++;
  // Whoever is done hands its place on, so nobody comes in between.
  else await new Promise<void>((resolve) => waiting.push(resolve));
}

async function load(): Promise<Sharp> {
  const { default: sharp } = await import("sharp");
  sharp.block({ operation: ["VipsForeignLoad"] });
  sharp.unblock({ operation: readers });
  sharp.cache(false);
  sharp.concurrency(1);
  return sharp;
}

/** What the file's head says; nothing is decoded yet. */
async function whyNot(sharp: Sharp, bytes: Buffer): Promise<Rejection | null> {
  const head = await sharp(bytes, { limitInputPixels: false })
    .metadata()
    .catch(() => null);
  if (!head || (head.pages ?? 1) > 1) return "notAPicture";
  if (head.width * head.height > maxPixels) return "tooLarge";
  return Math.min(head.width, head.height) < minSide ? "tooSmall" : null;
}

async function drawBoth(sharp: Sharp, bytes: Buffer): Promise<Drawing | Rejection> {
  try {
    const { data, info } = await sharp(bytes, { limitInputPixels: maxPixels, failOn: "error" })
      .timeout({ seconds: patienceSeconds })
      .autoOrient()
      .resize({ ...sizes.large, fit: "inside", withoutEnlargement: true })
      .raw()
      .toBuffer({ resolveWithObject: true });
    const { width, height, channels } = info;
    const pixels = () => sharp(data, { raw: { width, height, channels } });
    const large = await encode(pixels());
    const small = await encode(pixels().resize({ ...sizes.small, fit: "inside", withoutEnlargement: true }));
    const hash = createHash("sha256").update(large).digest("base64url").slice(0, 22);
    return { width, height, hash, large, small };
  } catch (error) {
    return /timeout/i.test(String(error)) ? "tooLarge" : "notAPicture";
  }
}

async function encode(image: ReturnType<Sharp>): Promise<Buffer> {
  let bytes: Buffer = Buffer.alloc(0);
  for (const quality of qualities) {
    bytes = await image.clone().webp({ quality }).toBuffer();
    if (bytes.length <= maxBytes) break;
  }
  return bytes;
}
