import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import type { DataTopology } from "../topology/topology.ts";
import { chmodOpen, removeAbandoned } from "./cluster.ts";
import type { StoreAddress } from "./data.ts";
import { provision } from "./provision.ts";
import { startServer, type PostgresServer } from "./server.ts";

/**
 * Real stores for tests. A test file that imports this has one throw-away PostgreSQL server, started by the first call
 * (about 0.2 s) and gone after the file's last test; each `freshStores` is an empty database in it (about 40 ms).
 *
 *     const { board, comments } = await freshStores(["board", "comments"]);
 *     const store = await openStore({ module: "board", address: board, … });
 *     after(() => store.close(0));
 *
 * A test that kills or freezes its server starts one of its own: `throwAwayServer()`.
 */

const place = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
const prefix = "seamline-test";
const started = new Set<PostgresServer>();
let shared: Promise<PostgresServer> | undefined;
let count = 0;

after(async () => {
  for (const server of started) {
    await server.stop();
    await rm(server.directory, { recursive: true, force: true });
  }
});

/** The server that all tests of this process share. */
export function testServer(): Promise<PostgresServer> {
  return (shared ??= throwAwayServer());
}

/** A server of the caller's own, stopped and removed after the file's last test at the latest. */
export async function throwAwayServer(): Promise<PostgresServer> {
  const server = await startServer({ directory: await throwAwayDirectory(), durable: false });
  started.add(server);
  return server;
}

/** A directory that the next test run removes if this one is killed; else its maker does. */
export async function throwAwayDirectory(): Promise<string> {
  await removeAbandoned(place, prefix);
  const directory = await mkdtemp(join(place, `${prefix}.${process.pid}.`));
  await chmodOpen(directory);
  return directory;
}

/** Addresses of an empty database of its own for each call, all on `testServer()`. */
export async function freshStores<M extends string>(
  modules: readonly M[],
  dataTopology: DataTopology = "pool-per-module",
): Promise<Record<M, StoreAddress>> {
  const { adminUrl } = await testServer();
  const secret = randomBytes(16).toString("hex");
  return provision({ adminUrl, deployment: `test${++count}`, secret, modules, dataTopology }) as Promise<
    Record<M, StoreAddress>
  >;
}
