import type { Socket } from "node:net";
import { SeamlineError } from "../contract/errors.ts";
import { FrameReader, FrameWriter, kinds, protocolError, type Frame } from "./frame.ts";
import { Handshake, handshakeDeadlineMs, handshakeMaxFrameBytes, type Role } from "./handshake.ts";

/**
 * One connection between two processes, the same at both ends.
 *
 * What it promises its owner: nothing is heard of it before both sides have proved that they belong together; `closed`
 * comes exactly once, with the reason, whatever goes wrong, and after it nothing; no input of the other side throws
 * out of here. A link that is silent is asked for a sign of life, and one that stays silent is dead: that finds frozen
 * processes and half-open connections, which TCP alone reports after many minutes.
 *
 * States: handshaking → open → closed, or handshaking → closed (refused, too late, broken).
 */

/** A silent link is pinged after this long, and is dead after `silentChecks` times this. */
const pingEveryMs = 1500;
const silentChecks = 3;

export interface LinkOptions {
  readonly secret: Buffer;
  readonly name: string;
  readonly maxFrameBytes: number;
  readonly pingEveryMs?: number;
}

export interface LinkOwner {
  /** Both sides have proved themselves. */
  opened(link: Link): void;
  /** A frame other than those of handshake and sign of life. @throws SeamlineError wire_protocol: ends the link */
  frame(link: Link, frame: Frame): void;
  /** Once. `reason` is null when this side has ended it. */
  closed(link: Link, reason: SeamlineError | null): void;
}

export class Link {
  readonly socket: Socket;
  readonly #owner: LinkOwner;
  readonly #options: LinkOptions;
  readonly #handshake: Handshake;
  readonly #reader = new FrameReader(handshakeMaxFrameBytes);
  readonly #writer: FrameWriter;
  #state: "handshaking" | "open" | "closed" = "handshaking";
  #timer: ReturnType<typeof setTimeout>;
  #heard = true;
  #silent = 0;
  readonly #take = (frame: Frame): boolean => this.#receive(frame);

  /** Takes the socket over; a client's may still be connecting. */
  constructor(socket: Socket, role: Role, options: LinkOptions, owner: LinkOwner) {
    this.socket = socket;
    this.#owner = owner;
    this.#options = options;
    this.#handshake = new Handshake(role, options.secret, options.name);
    this.#writer = new FrameWriter(socket);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 5000);
    socket.on("data", (chunk: Buffer) => this.#data(chunk));
    socket.on("error", (error) => this.#close(broken(`the link broke: ${error.message}`, error)));
    socket.on("close", () => this.#close(broken("the other side closed the link")));
    this.#timer = setTimeout(() => this.#tooLate(), handshakeDeadlineMs);
    if (role === "client") this.#writer.write(this.#handshake.hello());
  }

  get peer(): string {
    return this.#handshake.peer;
  }

  get queuedBytes(): number {
    return this.#writer.queuedBytes;
  }

  /** One frame: a whole array, or one that lacks its last element, `value`, and the closing bracket. */
  send(text: string, value?: string): void {
    if (this.#state !== "closed") this.#writer.write(text, value);
  }

  /** Ends the link after what has been sent already is on its way. May be called twice. */
  end(): void {
    this.#close(null);
  }

  #data(chunk: Buffer): void {
    // Read to the end all the same: only so does the socket see that the other side has closed.
    if (this.#state === "closed") return;
    this.#heard = true;
    try {
      this.#reader.push(chunk, this.#take);
    } catch (error) {
      this.#fail(error as SeamlineError);
    }
  }

  #receive(frame: Frame): boolean {
    if (this.#state === "handshaking") this.#shakeHands(frame);
    else if (frame[0] === kinds.ping) this.send(pong);
    else if (frame[0] !== kinds.pong) this.#owner.frame(this, frame);
    return this.#state !== "closed";
  }

  #shakeHands(frame: Frame): void {
    const { send, open } = this.#handshake.receive(frame);
    if (send !== null) this.#writer.write(send);
    if (!open) return;
    this.#state = "open";
    this.#reader.maxBytes = this.#options.maxFrameBytes;
    clearTimeout(this.#timer);
    this.#timer = setInterval(() => this.#check(), this.#options.pingEveryMs ?? pingEveryMs);
    this.#timer.unref();
    this.#owner.opened(this);
  }

  #tooLate(): void {
    const within = `within ${handshakeDeadlineMs} ms`;
    if (this.socket.connecting) this.#close(broken(`no connection ${within}`));
    else this.#fail(protocolError(`no handshake ${within}`));
  }

  #check(): void {
    if (this.#heard) {
      this.#heard = false;
      this.#silent = 0;
    }
    if (++this.#silent > silentChecks) return this.#close(broken("no sign of life from the other side"));
    if (this.#silent > 1) this.send(ping);
  }

  #fail(error: SeamlineError): void {
    if (this.#state === "handshaking") this.#writer.write(JSON.stringify([kinds.refused, error.message.slice(0, 200)]));
    this.#close(error);
  }

  #close(reason: SeamlineError | null): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    clearTimeout(this.#timer);
    this.#writer.flush();
    this.socket.end();
    // The other side answers by closing too. One that does not read would keep the socket for ever.
    const linger = setTimeout(() => this.socket.destroy(), lingerMs);
    linger.unref();
    this.socket.once("close", () => clearTimeout(linger));
    this.#owner.closed(this, reason);
  }
}

const lingerMs = 200;
const ping = `[${kinds.ping}]`;
const pong = `[${kinds.pong}]`;

function broken(message: string, cause?: unknown): SeamlineError {
  return new SeamlineError("unavailable", message, { cause });
}
