import { createConnection, createServer, type Server, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { z } from "zod";
import { SeamlineError } from "../contract/errors.ts";

/**
 * How other commands ask a running deployment: a unix socket that only this user can reach, one JSON object a line each
 * way. A question is `{"ask": …}`; its answer `{"ok": true, "value": …}` or `{"ok": false, "code": …, "message": …}`.
 */

const Answer = z.discriminatedUnion("ok", [
  z.object({ ok: z.literal(true), value: z.unknown() }),
  z.object({ ok: z.literal(false), code: z.string(), message: z.string() }),
]);

const longestLineBytes = 1024 * 1024;

export interface ControlSocket {
  /** May be called twice. */
  close(): Promise<void>;
}

/** @param answer gives plain JSON for a question, or throws, which the asker is told */
export async function serveControl(
  path: string,
  answer: (question: unknown) => Promise<unknown>,
): Promise<ControlSocket> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => socket.destroy());
    let pending = 0;
    socket.on("data", (chunk: Buffer) => {
      const end = chunk.lastIndexOf(10);
      pending = end < 0 ? pending + chunk.length : chunk.length - end - 1;
      if (pending > longestLineBytes) socket.destroy();
    });
    createInterface({ input: socket })
      .on("line", (line) => void reply(socket, line, answer))
      .on("error", () => socket.destroy());
  });
  await listening(server, path);
  server.unref();
  return {
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Asks a running deployment. @throws SeamlineError `unavailable` when nobody answers, or what the answer says */
export function askControl(path: string, question: object, timeoutMs = 5000): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const socket = createConnection(path);
  const gone = (reason: string): void =>
    reject(
      new SeamlineError("unavailable", `the deployment does not answer at ${path} (${reason}); is it still running?`),
    );
  const timer = setTimeout(gone, timeoutMs, `nothing within ${timeoutMs} ms`);
  socket.on("error", (error) => gone(error.message)).on("close", () => gone("the connection was closed"));
  socket.on("connect", () => socket.write(`${JSON.stringify(question)}\n`));
  createInterface({ input: socket })
    .on("error", () => {})
    .on("line", (line) => {
      try {
        const said = Answer.parse(JSON.parse(line));
        if (said.ok) resolve(said.value);
        else reject(new SeamlineError(said.code, said.message));
      } catch (cause) {
        reject(new SeamlineError("internal", `the answer at ${path} cannot be read`, { cause }));
      }
    });
  return promise.finally(() => {
    clearTimeout(timer);
    socket.destroy();
  });
}

async function reply(socket: Socket, line: string, answer: (question: unknown) => Promise<unknown>): Promise<void> {
  let said: z.infer<typeof Answer>;
  try {
    said = { ok: true, value: (await answer(JSON.parse(line))) ?? null };
  } catch (error) {
    const code = error instanceof SeamlineError ? error.code : "invalid";
    said = { ok: false, code, message: error instanceof Error ? error.message : String(error) };
  }
  if (!socket.destroyed) socket.write(`${JSON.stringify(said)}\n`);
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => {
      server.off("error", reject).on("error", () => {});
      resolve();
    });
  });
}
