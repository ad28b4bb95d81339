import type { Socket } from "node:net";
import type { Shape } from "./rules.ts";

/**
 * One direction of a proxied connection. Bytes that nothing slows down go on at once; others wait in a queue, in order,
 * each piece until its time. A reader that is too slow holds up the writer, as it would without a proxy.
 */
export class Lane {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #shape: () => Shape;
  readonly #queue: { readonly at: number; readonly piece: Buffer | null }[] = [];
  #queuedBytes = 0;
  #lastAt = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(from: Socket, to: Socket, shape: () => Shape) {
    this.#from = from;
    this.#to = to;
    this.#shape = shape;
    to.on("drain", () => this.#read());
    to.on("close", () => this.#end());
  }

  pass(piece: Buffer): void {
    const shape = this.#shape();
    if (shape.free && this.#queue.length === 0 && shape.cut !== "blackhole") {
      if (!this.#to.write(piece)) this.#from.pause();
      return;
    }
    this.#enqueue(piece, shape);
  }

  /** The other side has sent all that it will. */
  finish(): void {
    if (this.#queue.length === 0 && !this.#stopped) this.#to.end();
    else this.#queue.push({ at: this.#lastAt, piece: null });
  }

  /** The rules have changed: what was stopped may go on. */
  changed(): void {
    this.#read();
    this.#release();
  }

  get #stopped(): boolean {
    return this.#shape().cut === "blackhole";
  }

  #enqueue(piece: Buffer, { delayMs, jitterMs, bytesPerSecond, loss }: Shape): void {
    const now = performance.now();
    const lost = loss > 0 && Math.random() < loss ? retransmissionMs : 0;
    const arrival = now + delayMs + (jitterMs > 0 ? Math.random() * jitterMs : 0) + lost;
    // Never before the piece in front of it: a connection keeps its order.
    const sendingMs = bytesPerSecond === Infinity ? 0 : (piece.length / bytesPerSecond) * 1000;
    this.#lastAt = Math.max(arrival, this.#lastAt) + sendingMs;
    this.#queue.push({ at: this.#lastAt, piece });
    this.#queuedBytes += piece.length;
    if (this.#queuedBytes > mostQueuedBytes) this.#from.pause();
    this.#arm();
  }

  #arm(): void {
    const [first] = this.#queue;
    if (this.#timer !== null || first === undefined || this.#stopped) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = null;
        this.#release();
      },
      Math.max(0, first.at - performance.now()),
    );
  }

  #release(): void {
    if (this.#stopped) return;
    // A timer may fire a fraction of a millisecond early; a second one would be later than that.
    const now = performance.now() + 0.5;
    let count = 0;
    for (const { at, piece } of this.#queue) {
      if (at > now) break;
      count += 1;
      if (piece === null) this.#to.end();
      else {
        this.#queuedBytes -= piece.length;
        this.#to.write(piece);
      }
    }
    this.#queue.splice(0, count);
    if (count > 0) this.#read();
    this.#arm();
  }

  #read(): void {
    if (!this.#stopped && this.#queuedBytes <= mostQueuedBytes && !this.#to.writableNeedDrain) this.#from.resume();
  }

  #end(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#queue.length = 0;
  }
}

/** More: a slow link hides from its sender that it is slow. Less: a delay also narrows the link. */
const mostQueuedBytes = 1024 * 1024;
/** What Linux waits at least before it sends a lost segment again (RFC 6298 would have 1 s). */
const retransmissionMs = 200;
