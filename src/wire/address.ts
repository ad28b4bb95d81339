import { chmod, lstat, mkdir, rm } from "node:fs/promises";
import { connect as connectSocket, type NetConnectOpts, type Server, type Socket } from "node:net";
import { dirname } from "node:path";
import { SeamlineError } from "../contract/errors.ts";
import type { Address } from "./wire.ts";

/**
 * Addresses: "unix:/path.sock" on one machine, "tcp:127.0.0.1:4100" between machines; port 0 lets the system choose.
 *
 * A unix socket lies in a directory that only its owner may enter. A file that a dead process left behind is removed,
 * but only after nobody has answered on it, so that a second start cannot take the place of a live process.
 */

/** Linux and macOS allow 107 and 103 bytes; some of it is kept for whoever makes names from others. */
const maxSocketPathBytes = 100;

/** @throws SeamlineError usage */
function parse(address: Address): { path: string } | { host: string; port: number } {
  const unix = /^unix:(\/.+)$/.exec(address)?.[1];
  if (unix !== undefined) {
    const bytes = Buffer.byteLength(unix);
    if (bytes <= maxSocketPathBytes) return { path: unix };
    throw new SeamlineError(
      "usage",
      `the socket path ${unix} has ${bytes} bytes, and systems allow about ${maxSocketPathBytes}; choose a shorter state directory`,
    );
  }
  const tcp = /^tcp:(?:\[([0-9a-fA-F:.]+)\]|([^:]+)):(\d{1,5})$/.exec(address);
  const port = Number(tcp?.[3]);
  if (tcp !== null && port <= 65_535) return { host: (tcp[1] ?? tcp[2])!, port };
  throw new SeamlineError("usage", `the address "${address}" is neither unix:/path.sock nor tcp:host:port`);
}

/** @throws SeamlineError usage */
export function checkAddress(address: Address): void {
  parse(address);
}

/** A socket that is on its way. @throws SeamlineError usage */
export function connectTo(address: Address): Socket {
  return connectSocket(parse(address) as NetConnectOpts);
}

/** @returns the address with the port that was chosen. @throws SeamlineError usage | port_in_use | start_failed */
export async function listenOn(server: Server, address: Address): Promise<Address> {
  const target = parse(address);
  if ("port" in target) {
    await listening(server, target, address);
    const { port } = server.address() as { port: number };
    return `tcp:${target.host.includes(":") ? `[${target.host}]` : target.host}:${port}`;
  }
  await mkdir(dirname(target.path), { recursive: true, mode: 0o700 });
  if (await isStale(target.path)) await rm(target.path, { force: true });
  await listening(server, target, address);
  await chmod(target.path, 0o600);
  return address;
}

function listening(server: Server, target: object, address: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => {
      if (error.code === "EADDRINUSE")
        reject(new SeamlineError("port_in_use", `${address} is taken by another process`, { cause: error }));
      else reject(new SeamlineError("start_failed", `cannot listen on ${address}: ${error.message}`, { cause: error }));
    };
    server.once("error", failed);
    server.listen(target, () => {
      server.off("error", failed);
      resolve();
    });
  });
}

/** Whether a socket file is there and nobody listens on it. */
async function isStale(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => null);
  if (found === null || !found.isSocket()) return false;
  return new Promise((resolve) => {
    const probe = connectSocket({ path });
    probe.setTimeout(1000, () => probe.destroy());
    probe.once("connect", () => probe.destroy());
    probe.once("error", (error: NodeJS.ErrnoException) => resolve(error.code === "ECONNREFUSED"));
    probe.once("close", () => resolve(false));
  });
}
