import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Proxy } from "../src/faults/proxy/proxy.ts";
import { connectTo, listenOn } from "../src/wire/address.ts";
import type { Address } from "../src/wire/wire.ts";

/**
 * What a proxied link adds to a round trip while no fault is on it: `npm run bench -- links [--seconds S] [--json]`.
 *
 * One connection to a server in another process that gives back what it gets, directly and through the proxy, one round
 * trip at a time, in many short rounds A-B-B-A; medians of the rounds' medians, and of the differences of neighbours.
 */
const rounds = 24;
const question = Buffer.alloc(400, "x");

if (process.argv[2] === "server") await serve(process.argv[3]!);
else await measure();

async function serve(address: Address): Promise<void> {
  const server = createServer({ noDelay: true }, (socket) => socket.on("error", () => {}).pipe(socket));
  process.send!(await listenOn(server, address));
  process.on("disconnect", () => process.exit(0));
}

async function measure(): Promise<void> {
  const { values } = parseArgs({
    options: { seconds: { type: "string", default: "0.15" }, json: { type: "boolean", default: false } },
  });
  const seconds = Number(values.seconds);
  if (!(seconds > 0)) throw new Error("usage: links [--seconds S] [--json], where S is the length of a round, above 0");
  const directory = await mkdtemp(join(tmpdir(), "links-"));
  const proxy = new Proxy();
  try {
    // Processes of one machine speak over unix sockets; users, databases and other machines over TCP.
    for (const transport of ["unix", "tcp"]) {
      const place = (name: string): Address =>
        transport === "unix" ? `unix:${join(directory, name)}` : "tcp:127.0.0.1:0";
      const server = fork(fileURLToPath(import.meta.url), ["server", place("server")]);
      const [address] = (await once(server, "message")) as [Address];
      const at = await proxy.listen(transport, place("proxy"));
      await proxy.lead(transport, address);
      const [direct, proxied] = [await reach(address), await reach(at)];
      print(transport, await compare(direct, proxied, seconds), values.json);
      for (const socket of [direct, proxied]) socket.destroy();
      server.disconnect();
    }
  } finally {
    await proxy.close();
    await rm(directory, { recursive: true, force: true });
  }
}

interface Result {
  readonly directMs: number;
  readonly proxiedMs: number;
  readonly addedMs: number;
  readonly lowestMs: number;
  readonly highestMs: number;
}

async function compare(direct: Socket, proxied: Socket, seconds: number): Promise<Result> {
  const [a, b, added] = [[], [], []] as number[][];
  for (let round = 0; round < rounds; round++) {
    const first = round % 2 === 0;
    const one = await roundOf(first ? direct : proxied, seconds);
    const other = await roundOf(first ? proxied : direct, seconds);
    a!.push(first ? one : other);
    b!.push(first ? other : one);
    added!.push(b!.at(-1)! - a!.at(-1)!);
  }
  const lowestMs = Math.min(...added!);
  return {
    directMs: median(a!),
    proxiedMs: median(b!),
    addedMs: median(added!),
    lowestMs,
    highestMs: Math.max(...added!),
  };
}

async function roundOf(socket: Socket, seconds: number): Promise<number> {
  const times: number[] = [];
  for (const end = performance.now() + seconds * 1000; performance.now() < end;) {
    const begun = performance.now();
    await trip(socket);
    times.push(performance.now() - begun);
  }
  return median(times);
}

function trip(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    let left = question.length;
    const read = (chunk: Buffer): void => {
      left -= chunk.length;
      if (left > 0) return;
      socket.off("data", read);
      resolve();
    };
    socket.on("data", read);
    socket.write(question);
  });
}

async function reach(address: Address): Promise<Socket> {
  const socket = connectTo(address).setNoDelay();
  await once(socket, "connect");
  return socket;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

function print(transport: string, result: Result, json: boolean): void {
  if (json) return console.log(JSON.stringify({ transport, ...result }));
  const ms = (value: number): string => `${value.toFixed(3)} ms`;
  console.log(`${transport}: direct ${ms(result.directMs)}, through the proxy ${ms(result.proxiedMs)}`);
  console.log(`  added to a round trip: ${ms(result.addedMs)} (${ms(result.lowestMs)} to ${ms(result.highestMs)})`);
}
