import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SeamlineError } from "../contract/errors.ts";
import { openBulk, type BulkTarget } from "../deploy/bulk.ts";
import type { Deployment } from "../deploy/deploy.ts";
import type { App, SeedProgram } from "../module/app.ts";
import type { Terminal } from "./terminal.ts";

/** The seed program of an app, which knows the size. @throws SeamlineError `usage` */
export async function loadSeed(app: App, size: string, { t }: Terminal): Promise<SeedProgram> {
  if (app.seed === null) throw new SeamlineError("usage", t.seedNone(app.name));
  const { default: program } = await app.seed();
  if (!program.sizes.includes(size)) throw new SeamlineError("usage", t.seedSize(size, program.sizes));
  return program;
}

/** Runs a seed program: all of its data is written, or none. */
export async function seedStores(
  program: SeedProgram,
  size: string,
  target: BulkTarget,
  { note, json: print, out, t }: Terminal,
  signal: AbortSignal,
  json = false,
): Promise<void> {
  const begun = performance.now();
  await using bulk = openBulk(target, (message) => note(message), signal);
  await program.run(size, bulk.access);
  signal.throwIfAborted();
  await bulk.commit();
  await noteStarted(target.directory);
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  if (json) print({ type: "seeded", size, seconds: Number(seconds) });
  else out(t.seedDone(size, seconds));
}

export function targetOf(deployment: Deployment): BulkTarget {
  const { directory, clockOffsetMs } = deployment;
  return { stores: deployment.stores(), directory, clockOffsetMs };
}

/**
 * At the first start of a deployment: fills it with what its app begins with, unless it is to stay empty or has data.
 * At later starts nothing happens.
 */
export async function seedFirst(
  app: App,
  deployment: Deployment,
  { stayEmpty, json }: { stayEmpty: boolean; json: boolean },
  screen: Terminal,
  signal: AbortSignal,
): Promise<void> {
  if (existsSync(startedFile(deployment.directory))) return;
  const program = stayEmpty || app.seed === null ? null : (await app.seed()).default;
  if (program?.first !== undefined) {
    screen.note(screen.t.seedFirst(program.first));
    try {
      await seedStores(program, program.first, targetOf(deployment), screen, signal, json);
    } catch (error) {
      // A deployment that others have filled, or an older one that has no note of its first start.
      if (!(error instanceof SeamlineError) || error.code !== "not_empty") throw error;
    }
  }
  await noteStarted(deployment.directory);
}

/** It is there once a deployment has begun with its data, or without any. */
function startedFile(directory: string): string {
  return join(directory, "started.json");
}

function noteStarted(directory: string): Promise<void> {
  return writeFile(startedFile(directory), `${JSON.stringify({ at: new Date().toISOString() })}\n`, { mode: 0o600 });
}
