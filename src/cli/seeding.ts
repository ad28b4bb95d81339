import { SeamlineError } from "../contract/errors.ts";
import type { StoreAddress } from "../data/data.ts";
import { openBulk } from "../deploy/bulk.ts";
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
  stores: Readonly<Record<string, StoreAddress>>,
  { note, json: print, out, t }: Terminal,
  signal: AbortSignal,
  json = false,
): Promise<void> {
  const begun = performance.now();
  await using bulk = openBulk(stores, (message) => note(message), signal);
  await program.run(size, bulk.access);
  signal.throwIfAborted();
  await bulk.commit();
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  if (json) print({ type: "seeded", size, seconds: Number(seconds) });
  else out(t.seedDone(size, seconds));
}
