import { Client, type Dispatcher } from "undici";

/**
 * Connections to one address, each for one request at a time, as many as there are requests on their way: what waits for
 * one part of the app must not hold up what goes to another. The one that was used last is used next, so that few stay
 * open. (undici's own Pool looks for a free one among all, which thousands of frozen requests make slow.)
 */
export class Connections {
  readonly #origin: string;
  readonly #connectMs: number;
  readonly #idle: Client[] = [];
  readonly #all = new Set<Client>();

  /** @param connectMs no longer than this may it take to connect */
  constructor(url: string, connectMs: number) {
    this.#origin = new URL(url).origin;
    this.#connectMs = connectMs;
  }

  /** The connection is the caller's until it gives it back with `release` or `destroy`, once. */
  take(): Client {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    // Deadlines are kept by whoever has the connection.
    const deadlines = { headersTimeout: 0, bodyTimeout: 0, connect: { timeout: this.#connectMs } };
    const client = new Client(this.#origin, deadlines);
    this.#all.add(client);
    return client;
  }

  release(client: Client): void {
    this.#idle.push(client);
  }

  destroy(client: Client): void {
    this.#all.delete(client);
    client.destroy().catch(() => {});
  }

  async close(): Promise<void> {
    await Promise.all([...this.#all].map((client) => client.destroy()));
  }
}

export type Handler = Dispatcher.DispatchHandler;
export type Headers = Dispatcher.ResponseData["headers"];
