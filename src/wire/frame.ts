import type { Socket } from "node:net";
import { SeamlineError } from "../contract/errors.ts";

/**
 * Frames: how the byte stream of a socket becomes JSON arrays, and back.
 *
 * A frame is a 4-byte big-endian length and that many bytes of UTF-8: one JSON array whose first element is its kind.
 * Inputs and outputs are spliced in as text by whoever made them, and one `JSON.parse` reads header and value together.
 *
 * Writing: everything that is sent within a turn of the event loop leaves in one write, because a system call costs more
 * than many frames. Frames are laid into a slab that is handed to the socket and never touched again. Reading: frames
 * are parsed where they lie in the socket's chunk; only one that spans two chunks is copied.
 *
 * What a stranger may send is bounded: a length above the limit ends the link before anything is kept of it.
 */

/** The first element of each frame. Numbers, because they are compared for every frame. */
export const kinds = {
  hello: 0,
  challenge: 1,
  proof: 2,
  refused: 3,
  call: 4,
  reply: 5,
  failure: 6,
  cancel: 7,
  goingAway: 8,
  ping: 9,
  pong: 10,
} as const;

export const defaultMaxFrameBytes = 16 * 1024 * 1024;

export type Frame = readonly unknown[];

export function protocolError(message: string): SeamlineError {
  return new SeamlineError("wire_protocol", message);
}

/** Turns chunks into frames. After it has thrown, the stream cannot be understood any more and must be ended. */
export class FrameReader {
  maxBytes: number;
  #parts: Buffer[] = [];
  #size = 0;
  /** Bytes without which the first frame in `#parts` is incomplete. */
  #need = 4;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** Calls `take` for each complete frame, in order, until it returns false. @throws SeamlineError wire_protocol */
  push(chunk: Buffer, take: (frame: Frame) => boolean): void {
    if (this.#size > 0) {
      this.#parts.push(chunk);
      this.#size += chunk.length;
      if (this.#size < this.#need) return;
      chunk = Buffer.concat(this.#parts, this.#size);
      this.#parts = [];
      this.#size = 0;
    }
    let at = 0;
    while (chunk.length - at >= 4) {
      const end = at + 4 + this.#length(chunk, at);
      if (end > chunk.length) return this.#keep(chunk, at, end - at);
      if (!take(parse(chunk, at + 4, end))) return;
      at = end;
    }
    if (at < chunk.length) this.#keep(chunk, at, 4);
  }

  #length(chunk: Buffer, at: number): number {
    const length = chunk.readUInt32BE(at);
    if (length > this.maxBytes) throw protocolError(`a frame of ${length} bytes; the limit is ${this.maxBytes}`);
    return length;
  }

  #keep(chunk: Buffer, at: number, need: number): void {
    this.#parts.push(chunk.subarray(at));
    this.#size = chunk.length - at;
    this.#need = need;
  }
}

function parse(chunk: Buffer, start: number, end: number): Frame {
  let frame: unknown;
  try {
    frame = JSON.parse(chunk.toString("utf8", start, end));
  } catch {
    throw protocolError(`a frame of ${end - start} bytes that is not JSON`);
  }
  if (!Array.isArray(frame)) throw protocolError("a frame that is not a JSON array");
  return frame as Frame;
}

const closingBracket = 0x5d;

/** Larger slabs hold more frames per write; smaller ones waste less when a turn sends little. */
const slabBytes = 64 * 1024;

/** Collects the frames of one turn of the event loop and writes them at its end. */
export class FrameWriter {
  readonly #socket: Socket;
  #slab: Buffer = Buffer.allocUnsafeSlow(slabBytes);
  /** Where the frames that wait for the end of the turn begin, and where the next one goes. */
  #start = 0;
  #end = 0;
  #scheduled = false;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Bytes that the socket has not taken yet. */
  get queuedBytes(): number {
    return this.#socket.writableLength + this.#end - this.#start;
  }

  /**
   * One frame: a whole array, or, with `value`, an array that lacks its last element and closing bracket. The value
   * is laid in as it is, because joining it to a header first would copy it once more.
   */
  write(text: string, value = ""): void {
    // UTF-8 needs at most three bytes for a UTF-16 unit.
    const most = 5 + (text.length + value.length) * 3;
    if (most > slabBytes / 2) return this.#writeAlone(text, value);
    if (this.#end + most > slabBytes) this.#renew();
    const slab = this.#slab;
    let end = this.#end + 4;
    end += slab.write(text, end, "utf8");
    if (value !== "") {
      end += slab.write(value, end, "utf8");
      slab[end++] = closingBracket;
    }
    slab.writeUInt32BE(end - this.#end - 4, this.#end);
    this.#end = end;
    this.#schedule();
  }

  flush(): void {
    if (this.#start === this.#end) return;
    const batch = this.#slab.subarray(this.#start, this.#end);
    this.#start = this.#end;
    if (this.#socket.writable) this.#socket.write(batch);
  }

  #writeAlone(text: string, value: string): void {
    this.flush();
    const body = value === "" ? text : `${text}${value}]`;
    const size = Buffer.byteLength(body);
    const frame = Buffer.allocUnsafeSlow(4 + size);
    frame.writeUInt32BE(size, 0);
    frame.write(body, 4, "utf8");
    if (this.#socket.writable) this.#socket.write(frame);
  }

  #renew(): void {
    this.flush();
    this.#slab = Buffer.allocUnsafeSlow(slabBytes);
    this.#start = this.#end = 0;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(flushTurn, this);
  }

  /** @internal */
  endTurn(): void {
    this.#scheduled = false;
    this.flush();
  }
}

function flushTurn(writer: FrameWriter): void {
  writer.endTurn();
}
