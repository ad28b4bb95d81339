import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { readDeployment } from "../../../src/deploy/state.ts";
import type { LiveOptions, LiveReport, Wish } from "../../../src/split/live.ts";
import { beginMove } from "../../../src/split/moving.ts";
import type { Deployed } from "../../suites/deployed.ts";

/** What tests of moves share. */

export const out: Wish = { to: "own", portion: "both" };
export const back: Wish = { to: "rest", portion: "both", into: null };
/** Machines that are busy with other tests are slow: what is only late is tried again, not given up. */
const limits = { fenceMs: 3000, lockMs: 500 };

export async function optionsOf({ deployment: { directory } }: Deployed, module: string): Promise<LiveOptions> {
  return { control: (await readDeployment(directory))!.control!, directory, module, limits };
}

export function homeOf(
  { deployment: { topology: now } }: Deployed,
  module: string,
): { process: string; server: string } {
  const process = Object.keys(now.processes).find((name) => now.processes[name]!.modules.includes(module))!;
  const servers = Object.entries(now.servers ?? {});
  return { process, server: servers.find(([, modules]) => modules.includes(module))?.[0] ?? "main" };
}

export function assertEqual(report: LiveReport): void {
  assert.deepEqual(report.data?.verified?.differences, []);
}

/** On a busy machine a move may be given up, of which nobody notices anything, and is made again. */
export async function insistOn(options: LiveOptions, wish: Wish): Promise<LiveReport> {
  for (let attempt = 1; ; attempt++)
    try {
      return await beginMove(options, wish);
    } catch (error) {
      if (attempt === 5 || (error as { code?: string }).code !== "move_undone") throw error;
    }
}

export const bin = fileURLToPath(import.meta.resolve("../../../bin/seamline.mjs"));

export async function seamline(...words: string[]): Promise<{ code: number; out: string }> {
  const child = spawn(process.execPath, [bin, ...words], { stdio: ["ignore", "pipe", "ignore"] });
  const exited = once(child, "exit");
  const printed = await text(child.stdout);
  return { code: (await exited)[0] as number, out: printed };
}
