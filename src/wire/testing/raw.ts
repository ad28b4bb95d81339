import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { connectTo } from "../address.ts";
import { FrameReader, kinds, type Frame } from "../frame.ts";
import { Handshake, type Role } from "../handshake.ts";
import type { Address } from "../wire.ts";

/** Peers for tests that keep to the handshake, and then do what no honest peer does. */

export function frameOf(text: string | Buffer): Buffer {
  const body = Buffer.from(text as string);
  const head = Buffer.alloc(4);
  head.writeUInt32BE(body.length);
  return Buffer.concat([head, body]);
}

export class RawPeer {
  readonly socket: Socket;
  readonly frames: Frame[] = [];
  #open = Promise.withResolvers<void>();
  #handshake: Handshake;
  #onframe: (frame: Frame) => void;

  constructor(socket: Socket, role: Role, secret: Buffer, onframe: (peer: RawPeer, frame: Frame) => void = () => {}) {
    this.socket = socket;
    this.#handshake = new Handshake(role, secret, `raw ${role}`);
    this.#onframe = (frame) => onframe(this, frame);
    const reader = new FrameReader(1 << 20);
    let open = false;
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) =>
      reader.push(chunk, (frame) => {
        if (open) {
          this.frames.push(frame);
          this.#onframe(frame);
          return true;
        }
        open = this.#shakeHands(frame);
        return true;
      }),
    );
    if (role === "client") this.send(this.#handshake.hello());
  }

  /** With another secret than the other side's it goes on all the same, with a proof that proves nothing. */
  #shakeHands(frame: Frame): boolean {
    try {
      const { send, open } = this.#handshake.receive(frame);
      if (send !== null) this.send(send);
      if (open) this.#open.resolve();
      return open;
    } catch {
      this.send(JSON.stringify([kinds.proof, Buffer.alloc(32).toString("base64")]));
      return true;
    }
  }

  get open(): Promise<void> {
    return this.#open.promise;
  }

  send(text: string | Buffer): void {
    this.socket.write(frameOf(text));
  }

  static async connect(address: Address, secret: Buffer): Promise<RawPeer> {
    const peer = new RawPeer(connectTo(address), "client", secret);
    await peer.open;
    return peer;
  }

  static async serve(secret: Buffer, onframe: (peer: RawPeer, frame: Frame) => void): Promise<RawServer> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      new RawPeer(socket, "server", secret, onframe);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new RawServer(server, sockets);
  }
}

export class RawServer {
  readonly address: Address;
  readonly sockets: Set<Socket>;
  readonly #server: Server;

  constructor(server: Server, sockets: Set<Socket>) {
    this.#server = server;
    this.sockets = sockets;
    this.address = `tcp:127.0.0.1:${(server.address() as { port: number }).port}`;
  }

  [Symbol.dispose](): void {
    this.#server.close();
    for (const socket of this.sockets) socket.destroy();
  }
}
