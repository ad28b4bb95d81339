import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

/**
 * What a process costs before it does anything: `npm run bench -- start [--rounds 12]`.
 *
 * A fresh Node, whose cache of compiled code is warm, loads what a process with stay's bookings loads: with packages in
 * one file each (src/kernel/packed.ts), and as they are. Rounds A-B-B-A; CPU time of the whole process, and what it keeps.
 */
interface Cost {
  readonly cpuMs: number;
  readonly rssMiB: number;
}

const ways = ["packed", "as they are"] as const;

if (process.send === undefined) await measure();
else await load(process.argv[2] === "packed");

async function load(packed: boolean): Promise<void> {
  if (packed) await import("../src/kernel/packed.ts");
  await import("../src/kernel/process.ts");
  await import("../src/data/store.ts");
  await import("../apps/stay/bookings/bookings.ts");
  const { user, system } = process.cpuUsage();
  process.send!({ cpuMs: (user + system) / 1000, rssMiB: process.memoryUsage.rss() / 2 ** 20 } satisfies Cost);
  process.disconnect?.();
}

async function measure(): Promise<void> {
  const { values } = parseArgs({ options: { rounds: { type: "string", default: "12" } } });
  const cache = await mkdtemp(join(tmpdir(), "seamline-bench-"));
  const costs: Record<(typeof ways)[number], Cost[]> = { packed: [], "as they are": [] };
  try {
    for (const way of ways) await costOf(way, cache);
    for (let round = 0; round < Number(values.rounds); round += 1)
      for (const way of round % 2 === 0 ? ways : ways.toReversed()) costs[way].push(await costOf(way, cache));
  } finally {
    await rm(cache, { recursive: true });
  }
  console.log(`Node ${process.versions.node}, ${values.rounds} rounds; median (least to most)`);
  for (const way of ways) {
    const cpu = costs[way].map(({ cpuMs }) => cpuMs);
    const rss = costs[way].map(({ rssMiB }) => rssMiB);
    console.log(`  packages ${way.padEnd(11)}: ${spread(cpu)} ms of CPU, ${spread(rss)} MiB`);
  }
}

async function costOf(way: string, cache: string): Promise<Cost> {
  const child = fork(import.meta.filename, [way], { execArgv: [], env: { ...process.env, NODE_COMPILE_CACHE: cache } });
  const exit = once(child, "exit");
  const [cost] = (await Promise.race([once(child, "message"), exit.then(() => [null])])) as [Cost | null];
  await exit;
  if (cost === null) throw new Error(`a process with packages ${way} ended with code ${child.exitCode}`);
  return cost;
}

function spread(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const median = (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
  return `${median.toFixed(0)} (${sorted[0]!.toFixed(0)} to ${sorted.at(-1)!.toFixed(0)})`;
}
