import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { SeamlineError } from "../contract/errors.ts";

/**
 * A free port on 127.0.0.1: the one asked for, else the one that the file names, else any. Another program can still take
 * it before the server does.
 *
 * @throws SeamlineError `port_in_use`
 */
export async function choosePort(file: string, asked: number | undefined): Promise<number> {
  if (asked !== undefined) {
    if (await isFree(asked)) return asked;
    throw portInUse(asked);
  }
  const remembered = Number(await readFile(file, "utf8").catch(() => ""));
  if (remembered > 0 && (await isFree(remembered))) return remembered;
  for (let tries = 0; tries < 200; tries++) {
    // Below the ports that systems give to outgoing connections, so that it is still free at the next start.
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (await isFree(port)) return port;
  }
  throw new SeamlineError("port_in_use", "none of 200 ports tried between 20000 and 32000 is free for PostgreSQL");
}

export function portInUse(port: number): SeamlineError {
  const message = `port ${port} for PostgreSQL is taken by another program: choose another, or leave the port out`;
  return new SeamlineError("port_in_use", message, { data: { port } });
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen({ port, host: "127.0.0.1", exclusive: true });
    await once(server, "listening");
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
