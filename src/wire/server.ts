import { createServer as createSocketServer, type Server, type Socket } from "node:net";
import { deadlines } from "../contract/deadline.ts";
import type { SeamlineError } from "../contract/errors.ts";
import { listenOn } from "./address.ts";
import { defaultMaxFrameBytes, kinds, protocolError, type Frame } from "./frame.ts";
import { Link, type LinkOptions, type LinkOwner } from "./link.ts";
import type { Address, CallMeta, IncomingCall, WireFailure, WireServer, WireServerOptions } from "./wire.ts";

/**
 * The side that is called.
 *
 * Each link is a world of its own: what a peer sends wrong ends its link and nothing else, and a peer that does not
 * read its answers is not read from either, so that it holds up only itself. A call is handed to `receive` at once and
 * belongs to it; the answer finds its way by the id, in whatever order answers come. When the caller gives up or its
 * link breaks, the call is told, and its answer goes nowhere.
 *
 * Draining: every link is told that no more calls are wanted. Callers acknowledge that on the same link, so that once
 * every acknowledgement is here and every call is answered, nothing can be lost by closing.
 */

/** Answers that a peer has not taken yet, above which no more calls are read from it. */
const highWaterBytes = 4 * 1024 * 1024;

/** @throws SeamlineError usage | port_in_use | start_failed */
export async function createServer(options: WireServerOptions): Promise<WireServer> {
  const server = new TheServer(options);
  await server.listen();
  return server;
}

class TheServer implements WireServer {
  address: Address;
  readonly options: WireServerOptions & LinkOptions;
  readonly sessions = new Set<Session>();
  draining = false;
  readonly #sockets: Server;
  /** Who waits for the last call to be answered. */
  #drains = new Set<() => void>();

  constructor(options: WireServerOptions) {
    this.address = options.address;
    this.options = { ...options, maxFrameBytes: options.maxFrameBytes ?? defaultMaxFrameBytes };
    this.#sockets = createSocketServer((socket) => this.sessions.add(new Session(this, socket)));
  }

  async listen(): Promise<void> {
    this.address = await listenOn(this.#sockets, this.address);
    this.#sockets.on("error", (error) => this.options.warn("the listening socket failed", { error: error.message }));
  }

  async drain(deadline: number): Promise<void> {
    this.draining = true;
    if (this.#sockets.listening) this.#sockets.close();
    for (const session of this.sessions) session.goAway();
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = { deadline, slot: -1, expire: resolve };
    this.#drains.add(resolve);
    if (deadline !== Infinity) deadlines.add(waiting);
    this.settled();
    try {
      await promise;
    } finally {
      deadlines.remove(waiting);
      this.#drains.delete(resolve);
    }
  }

  /** A call was answered or a link has ended: perhaps the last that a drain waits for. */
  settled(): void {
    if (this.#drains.size === 0) return;
    for (const session of this.sessions) if (!session.quiet) return;
    for (const resolve of this.#drains) resolve();
  }

  async close(): Promise<void> {
    for (const session of this.sessions) session.link.end();
    // Calls back with an error when closed already, which is as good; waits for the sockets in either case.
    await new Promise<void>((resolve) => {
      this.#sockets.close(() => resolve());
    });
  }
}

/** One link and the calls that came over it. */
class Session implements LinkOwner {
  readonly server: TheServer;
  readonly link: Link;
  readonly calls = new Map<number, Call>();
  #state: "greeting" | "open" | "leaving" | "left" = "greeting";

  constructor(server: TheServer, socket: Socket) {
    this.server = server;
    this.link = new Link(socket, "server", server.options, this);
  }

  /** Whether nothing can be lost by closing this link. */
  get quiet(): boolean {
    return this.calls.size === 0 && (this.#state === "left" || this.#state === "greeting");
  }

  goAway(): void {
    if (this.#state !== "open") return;
    this.#state = "leaving";
    this.link.send(goingAway);
  }

  opened(): void {
    this.#state = "open";
    if (this.server.draining) this.goAway();
  }

  frame(_: Link, frame: Frame): void {
    if (frame[0] === kinds.call) this.#receive(callOf(this, frame));
    else if (frame[0] === kinds.cancel) this.calls.get(frame[1] as number)?.cancel();
    else if (frame[0] === kinds.goingAway && this.#state === "leaving") this.#left();
    else throw protocolError("a frame of a kind that a server does not take");
  }

  #receive(call: Call): void {
    if (this.#state === "left") throw protocolError("a call after the last");
    if (this.calls.has(call.id)) throw protocolError("a call under an id that is in use");
    this.calls.set(call.id, call);
    const { options } = this.server;
    try {
      options.receive(call);
    } catch (error) {
      options.warn("a call could not be taken", { operation: call.operation, error: String(error) });
      call.fail({
        origin: "transport",
        code: "internal",
        message: "the call could not be taken",
        data: "",
        traceId: "",
      });
    }
  }

  #left(): void {
    this.#state = "left";
    this.server.settled();
  }

  send(text: string, value: string): void {
    const { link } = this;
    link.send(text, value);
    if (link.queuedBytes < highWaterBytes || link.socket.isPaused()) return;
    link.socket.pause();
    link.socket.once("drain", () => link.socket.resume());
  }

  closed(link: Link, reason: SeamlineError | null): void {
    this.server.sessions.delete(this);
    if (reason !== null && reason.code !== "unavailable")
      this.server.options.warn(`a link was ended: ${reason.message}`, { code: reason.code, peer: link.peer });
    for (const call of this.calls.values()) call.cancel();
    this.calls.clear();
    this.server.settled();
  }
}

class Call implements IncomingCall {
  readonly id: number;
  readonly operation: string;
  readonly input: unknown;
  readonly meta: CallMeta;
  readonly deadline: number;
  oncancel: (() => void) | null = null;
  readonly #session: Session;

  constructor(session: Session, id: number, operation: string, deadline: number, meta: CallMeta, input: unknown) {
    this.#session = session;
    this.id = id;
    this.operation = operation;
    this.deadline = deadline;
    this.meta = meta;
    this.input = input;
  }

  reply(output: string): void {
    if (!this.#finish()) return;
    if (output.length * 3 > this.#session.server.options.maxFrameBytes - 64 && this.#refuseLarge(output)) return;
    this.#session.send(output === "" ? `[${kinds.reply},${this.id}]` : `[${kinds.reply},${this.id},`, output);
  }

  fail(failure: WireFailure): void {
    if (this.#finish()) this.#sendFailure(failure);
  }

  /** The caller gave up. The answer, when it comes, goes nowhere. */
  cancel(): void {
    if (!this.#finish()) return;
    const { oncancel } = this;
    this.oncancel = null;
    oncancel?.();
  }

  /** @returns false when the call has ended before */
  #finish(): boolean {
    const { calls, server } = this.#session;
    if (calls.get(this.id) !== this) return false;
    calls.delete(this.id);
    server.settled();
    return true;
  }

  #refuseLarge(output: string): boolean {
    const limit = this.#session.server.options.maxFrameBytes;
    const bytes = Buffer.byteLength(output);
    if (bytes + 64 <= limit) return false;
    const message = `the output has ${bytes} bytes, and a frame may have ${limit}; return less at a time, in pages`;
    this.#sendFailure({ origin: "transport", code: "invalid", message, data: "", traceId: "" });
    return true;
  }

  #sendFailure({ origin, code, message, traceId, data }: WireFailure): void {
    const head = JSON.stringify([kinds.failure, this.id, origin, code, message, traceId]);
    this.#session.send(data === "" ? head : `${head.slice(0, -1)},`, data);
  }
}

const goingAway = `[${kinds.goingAway}]`;

function callOf(session: Session, frame: Frame): Call {
  // Not destructured: going through the array's iterator is felt at this rate.
  const id = frame[1];
  const operation = frame[2];
  const budgetMs = frame[3];
  const from = frame[4];
  const traceparent = frame[5];
  const identity = frame[6];
  const key = frame[7];
  if (
    typeof id !== "number" ||
    typeof operation !== "string" ||
    typeof budgetMs !== "number" ||
    typeof from !== "string" ||
    typeof traceparent !== "string" ||
    typeof identity !== "string" ||
    typeof key !== "string"
  )
    throw protocolError("a call with wrong fields");
  const deadline = budgetMs > 0 ? deadlines.nowMs() + budgetMs : Infinity;
  return new Call(session, id, operation, deadline, { from, traceparent, identity, key }, frame[8]);
}
