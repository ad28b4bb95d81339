import { rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { monotonicMs } from "../../contract/deadline.ts";
import { provision } from "../../data/provision.ts";
import { startServer, type PostgresServer } from "../../data/server.ts";
import { openStore } from "../../data/store.ts";
import { reach } from "../hand.ts";
import { move } from "../move.ts";
import type { MoveOptions, Side } from "../split.ts";
import { definition } from "./notes.ts";

/**
 * Moves a module to a server on a small disk and back to sense, and tells each step as a line of JSON. Arguments: a directory
 * on the small disk, and one on another. For full.test.ts, in a process that alone sees that disk.
 */
const [small, large] = process.argv.slice(2) as [string, string];
const module = "notes";
const filler = join(small, "filler");

function tell(step: string, told: object): void {
  console.log(JSON.stringify({ step, ...told }));
}

/** Leaves so much of the small disk. */
function leave(bytes: number): void {
  const { bavail, bsize } = statfsSync(small);
  writeFileSync(filler, Buffer.alloc(bavail * bsize - bytes));
}

async function sideOn({ adminUrl }: PostgresServer): Promise<Side> {
  const options = { deployment: "full", secret: "full", modules: [module], dataTopology: "server-per-module" } as const;
  return { adminUrl, address: (await provision({ ...options, adminUrl }))[module]! };
}

const target = { directory: join(small, "target"), durable: true };
const source = await startServer({ directory: join(large, "source"), durable: true });
let full = await startServer(target);
const options: MoveOptions = {
  ...{ module, definition, from: await sideOn(source), to: await sideOn(full) },
  limits: { answerMs: 3000, stallMs: 5000, undoMs: 3000 },
};

async function ask(text: string): Promise<object[]> {
  const hand = await reach(options.from, 20_000);
  const { schema, role } = options.from.address;
  await hand.run(`set search_path to "${schema}"; set role "${role}"`);
  const rows = await hand.rows(text);
  await hand.close();
  return rows;
}

const attempt = async (report?: MoveOptions["report"]): Promise<object> =>
  move({ ...options, ...(report && { report }) }).then(
    ({ verified }) => ({ code: "moved", verified }),
    ({ code, message, data }: { code: string; message: string; data: object }) => ({ code, message, data }),
  );

const store = await openStore({
  ...{ module, definition, address: options.from.address, guards: "guarded", subscribers: {}, warn: () => {} },
});
await store.close(monotonicMs() + 1000);
await ask("insert into writers select n || repeat('.', 500), n from generate_series(1, 20000) n");

leave(64e6);
tell("no room", await attempt());

rmSync(filler);
const filled = await attempt(({ step, point }) => {
  if (step === "copy" && point === "slot") leave(8e6);
});
tell("filled meanwhile", filled);
tell("source", { rows: await ask("insert into writers values ('meanwhile') returning name") });

rmSync(filler);
await full.stop(); // it may have given up by itself
full = await startServer({ ...target, port: full.port });
tell("room again", await attempt());
await Promise.all([source.stop(), full.stop()]);
