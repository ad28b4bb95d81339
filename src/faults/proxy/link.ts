import { createServer, type Server, type Socket } from "node:net";
import { connectTo, listenOn } from "../../wire/address.ts";
import type { Address } from "../../wire/wire.ts";
import { answerWith, pathOf } from "./answer.ts";
import { Lane } from "./lane.ts";
import { toShape, type Rule, type Shape } from "./rules.ts";

/** One link: an address where callers come, the address that they get to, and what happens on the way. */
export class Link {
  readonly #server: Server;
  readonly #rules = new Map<string, Rule>();
  readonly #pairs = new Set<Pair>();
  #shape: Shape = toShape([]);
  #upstream: Address | null = null;

  constructor() {
    // Half-open: what one side has ended the other may still answer.
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#accept(client));
    this.#server.on("error", () => {}); // listen() tells its own; a failed accept is the client's loss
  }

  /** @returns where it listens @throws SeamlineError usage | port_in_use | start_failed */
  listen(address: Address): Promise<Address> {
    return listenOn(this.#server, address);
  }

  /** Where new connections lead; null: nowhere, they are broken at once. Old ones stay. */
  lead(upstream: Address | null): void {
    this.#upstream = upstream;
  }

  rule(fault: string, rule: Rule): void {
    this.#rules.set(fault, rule);
    this.#changed();
  }

  clear(fault: string): void {
    if (this.#rules.delete(fault)) this.#changed();
  }

  async close(): Promise<void> {
    for (const pair of this.#pairs) pair.reset();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #changed(): void {
    this.#shape = toShape(this.#rules.values());
    for (const pair of this.#pairs) pair.changed(this.#shape.cut);
  }

  #accept(client: Socket): void {
    const { cut } = this.#shape;
    client.on("error", () => {}); // its close tells
    if (cut === "close") return void client.resume().end();
    if (cut === "reset" || this.#upstream === null) return reset(client);
    const pair = new Pair(client, connectTo(this.#upstream), () => this.#shape);
    this.#pairs.add(pair);
    client.on("close", () => this.#pairs.delete(pair));
  }
}

/** A client's connection and the one that was made for it. Whatever ends one ends the other, in the same way. */
class Pair {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #up: Lane;
  readonly #down: Lane;
  /** Whether the next piece of the client begins something new. */
  #quiet = true;
  #answered = false;

  constructor(client: Socket, server: Socket, shape: () => Shape) {
    this.#client = client;
    this.#server = server;
    this.#up = new Lane(client, server, shape);
    this.#down = new Lane(server, client, shape);
    server.allowHalfOpen = true;
    server.setNoDelay();
    server.on("error", () => {});
    client.on("data", (piece: Buffer) => this.#fromClient(piece, shape().status));
    server.on("data", (piece: Buffer) => {
      this.#quiet = true;
      if (!this.#answered) this.#down.pass(piece);
    });
    client.on("end", () => this.#up.finish());
    server.on("end", () => this.#answered || this.#down.finish());
    client.on("close", (broken) => (broken ? reset(server) : server.destroy()));
    server.on("close", (broken) => broken && !this.#answered && reset(client));
  }

  changed(cut: Shape["cut"]): void {
    if (cut === "reset") return this.reset();
    if (cut === "close") for (const socket of [this.#client, this.#server]) socket.end();
    this.#up.changed();
    this.#down.changed();
  }

  reset(): void {
    reset(this.#client);
    reset(this.#server);
  }

  #fromClient(piece: Buffer, status: Shape["status"]): void {
    if (this.#answered) return;
    if (status !== null && this.#quiet && this.#isStruck(piece, status)) {
      this.#answered = true;
      this.#server.destroy();
      return answerWith(this.#client, status.code);
    }
    this.#quiet = false;
    this.#up.pass(piece);
  }

  #isStruck(piece: Buffer, { share, path }: NonNullable<Shape["status"]>): boolean {
    return (pathOf(piece)?.startsWith(path) ?? false) && Math.random() < share;
  }
}

/** As a machine that knows nothing of the connection would answer; a unix socket knows only its end. */
function reset(socket: Socket): void {
  if (socket.remoteAddress === undefined) socket.destroy();
  else socket.resetAndDestroy();
}
