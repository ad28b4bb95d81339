import { once } from "node:events";
import { connect, createServer as createSocketServer, type Socket } from "node:net";

/**
 * The least that can carry a call between two processes: length-prefixed JSON frames of [id, value], one write per turn
 * of the event loop, a promise per call; no deadline, trace, handshake, cancellation, limits or back-pressure.
 */

type Call = (value: unknown) => Promise<unknown>;

function bareWriter(socket: Socket): (text: string) => void {
  let slab = Buffer.allocUnsafeSlow(1 << 16);
  let start = 0;
  let end = 0;
  let scheduled = false;
  const flush = (): void => {
    scheduled = false;
    socket.write(slab.subarray(start, end));
    start = end;
  };
  return (text) => {
    if (end + 4 + text.length * 3 > slab.length) {
      if (end > start) socket.write(slab.subarray(start, end));
      slab = Buffer.allocUnsafeSlow(1 << 16);
      start = end = 0;
    }
    const size = slab.write(text, end + 4, "utf8");
    slab.writeUInt32BE(size, end);
    end += 4 + size;
    if (scheduled) return;
    scheduled = true;
    setImmediate(flush);
  };
}

function bareReader(socket: Socket, take: (frame: [number, unknown]) => void): void {
  let rest: Buffer | null = null;
  socket.on("data", (data: Buffer) => {
    const chunk = rest === null ? data : Buffer.concat([rest, data]);
    let at = 0;
    while (chunk.length - at >= 4) {
      const end = at + 4 + chunk.readUInt32BE(at);
      if (end > chunk.length) break;
      take(JSON.parse(chunk.toString("utf8", at + 4, end)));
      at = end;
    }
    rest = at < chunk.length ? chunk.subarray(at) : null;
  });
}

export async function bareServer(): Promise<string> {
  const server = createSocketServer((socket) => {
    socket.setNoDelay(true);
    const write = bareWriter(socket);
    bareReader(socket, ([id, value]) => write(JSON.stringify([id, value])));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return String((server.address() as { port: number }).port);
}

export async function bareClient(port: string): Promise<Call> {
  const socket = connect({ host: "127.0.0.1", port: Number(port), noDelay: true });
  await once(socket, "connect");
  const write = bareWriter(socket);
  const pending = new Map<number, (value: unknown) => void>();
  let nextId = 1;
  bareReader(socket, ([id, value]) => {
    pending.get(id)!(value);
    pending.delete(id);
  });
  return (value) =>
    new Promise((resolve) => {
      pending.set(nextId, resolve);
      write(JSON.stringify([nextId++, value]));
    });
}
